#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "scoring/tokenizers/tokenizer.h"
#include "tests/scoring/tokenizers/piece_model.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"

namespace prospect {
namespace {

using Ids = std::vector<TokenId>;
using test::PieceModelWriter;
using test::small_piece_model;

// Opens a folder with a model of this name, and this tokenizer_config.json.
std::unique_ptr<Tokenizer> open_model(const std::string& file, const PieceModelWriter& model,
                                      const std::string& config) {
  const test::ScratchFolder folder;
  folder.write(file, model.bytes());
  folder.write("tokenizer_config.json", config);
  return open_tokenizer(folder.path());
}

std::unique_ptr<Tokenizer> open_llama(const std::string& more = "",
                                      const PieceModelWriter& model = small_piece_model()) {
  return open_model("tokenizer.model", model,
                    R"({"tokenizer_class":"LlamaTokenizer")" + more + "}");
}

TEST_CASE("Llama's texts start with BOS, and each piece of a text with a blank") {
  const auto tokenizer = open_llama();
  CHECK(tokenizer->size() == 18);
  CHECK(tokenizer->encode("good films", true) == Ids{1, 4, 6, 7});
  CHECK(tokenizer->encode("good</s>good", false) == Ids{4, 2, 4});
  CHECK(tokenizer->encode("", true) == Ids{1});
  CHECK(tokenizer->encode("good \u754c", false) == Ids{4, 3, 0});
  CHECK(tokenizer->decode(Ids{1, 4, 6, 7, 2}, true) == "good films");
  CHECK(tokenizer->encode_pair("good", "film", true).ids == Ids{1, 4, 1, 6});
  CHECK(tokenizer->encode_pair("good", "film", true).type_ids ==
        std::vector<std::int32_t>{0, 0, 1, 1});
  CHECK(tokenizer->special("eos_token") == TokenId{2});
}

TEST_CASE("the settings of tokenizer_config.json are followed") {
  CHECK(open_llama(R"(,"add_bos_token":false,"add_eos_token":true)")->encode("good", true) ==
        Ids{4, 2});
  CHECK(open_llama(R"(,"legacy":false)")->encode("good</s>good", false) == Ids{4, 2, 5});
  CHECK(open_llama(R"(,"legacy":false)")->encode("good</s> good", false) == Ids{4, 2, 4});
  CHECK(open_llama(R"(,"add_prefix_space":false)")->encode("good", false) == Ids{5});
  // A token that no vocabulary has gets the next id.
  const auto more = open_llama(R"(,"additional_special_tokens":["<keep>",{"content":"film"}])");
  CHECK(more->encode("good<keep>", false) == Ids{4, 18});
  CHECK(more->size() == 19);
  CHECK(more->decode(Ids{4, 18, 16}, true) == "good");
}

TEST_CASE("a part of a text that others continue gets no blank of its own") {
  const auto tokenizer = open_llama();
  Example row;
  row.fields["text"] = "good";
  const auto filled = tokenizer->fill(Template::parse("{text}{trigger=6}s {mask}"), row);
  CHECK(filled.ids == Ids{1, 4, 6, 7});
  const Template tmpl = Template::parse("it was {mask}");
  CHECK(tokenizer->encode_answer(tmpl, {.text = "good"}) == Ids{4});
  CHECK(tokenizer->encode_answer(Template::parse("it was{mask}"), {.text = "good"}) == Ids{5});
}

TEST_CASE("Gemma's model puts no blank before a text, and the class no BOS where told so") {
  PieceModelWriter model = small_piece_model();
  model.pieces[0] = {"<pad>", 0, 3};
  model.pieces[1] = {"<eos>", 0, 3};
  model.pieces[2] = {"<bos>", 0, 3};
  model.pieces.insert(model.pieces.begin() + 3, {"<unk>", 0, 2});
  model.adds_blank = model.removes_blanks = false;
  const auto tokenizer =
      open_model("tokenizer.model", model, R"({"tokenizer_class":"GemmaTokenizerFast"})");
  CHECK(tokenizer->encode("good good", true) == Ids{2, 6, 5});
  CHECK(tokenizer->decode(Ids{6, 5}, true) == "good good");
  CHECK(tokenizer->answer_form() == AnswerForm::next_token);
}

TEST_CASE("T5's sentinels stand behind the pieces, the first last") {
  PieceModelWriter model = small_piece_model();
  model.pieces[0] = {"<pad>", 0, 3};
  model.pieces[1] = {"</s>", 0, 3};
  model.pieces[2] = {"<unk>", 0, 2};
  const auto open = [&](const std::string& config) {
    return open_model("spiece.model", model, R"({"tokenizer_class":"T5Tokenizer")" + config + "}");
  };
  const auto tokenizer = open("");
  CHECK(tokenizer->size() == 118);
  CHECK(tokenizer->sentinel(0) == TokenId{117});
  CHECK(tokenizer->sentinel(99) == TokenId{18});
  CHECK(tokenizer->encode("good <extra_id_0> film", true) == Ids{4, 117, 6, 1});
  CHECK(tokenizer->encode_pair("good", "film", true).ids == Ids{4, 1, 6, 1});
  CHECK(tokenizer->traits(117).special);
  CHECK(open(R"(,"extra_ids":2)")->sentinel(1) == TokenId{18});
  CHECK_FALSE(open(R"(,"extra_ids":0)")->sentinel(0));
  CHECK(open(R"(,"additional_special_tokens":["<extra_id_0>"])")->size() == 19);
  test::expect_error(ErrorKind::model, "#/extra_ids: expected 1", [&] {
    open(R"(,"extra_ids":5,"additional_special_tokens":["<extra_id_0>"])");
  });
}

TEST_CASE("XLM-R and CamemBERT number their pieces anew") {
  const auto xlm = open_model("sentencepiece.bpe.model", small_piece_model(),
                              R"({"tokenizer_class":"XLMRobertaTokenizer"})");
  CHECK(xlm->size() == 20);
  CHECK(xlm->mask() == TokenId{19});
  CHECK(xlm->encode("good \u754c <mask>s", true) == Ids{0, 5, 4, 3, 19, 4, 8, 2});
  CHECK(xlm->encode_pair("good", "film", true).ids == Ids{0, 5, 2, 2, 7, 2});
  CHECK(xlm->token(1) == "<pad>");
  CHECK(xlm->decode(Ids{0, 5, 7, 8, 2}, true) == "good films");

  const auto camembert = open_model("sentencepiece.bpe.model", small_piece_model(),
                                    R"({"tokenizer_class":"CamembertTokenizer"})");
  CHECK(camembert->size() == 23);
  CHECK(camembert->mask() == TokenId{22});
  CHECK(camembert->encode("good \u754c", true) == Ids{5, 8, 7, 3, 6});
}

TEST_CASE("ALBERT lowers the case and parts a comma from the digit before it") {
  PieceModelWriter model = small_piece_model();
  for (const char* name : {"<pad>", "[CLS]", "[SEP]", "[MASK]"})
    model.pieces.push_back({name, 0, 3});
  const auto tokenizer =
      open_model("spiece.model", model, R"({"tokenizer_class":"AlbertTokenizer"})");
  CHECK(tokenizer->encode("Good", true) == Ids{19, 4, 20});
  CHECK(tokenizer->encode("9,9", false) == Ids{11, 9, 10});
  CHECK(tokenizer->encode("99,9", false) == Ids{11, 10, 9, 10});
  CHECK(tokenizer->encode("it [MASK]", false) == Ids{14, 21});
  CHECK(tokenizer->encode_pair("it", "was", true).type_ids ==
        std::vector<std::int32_t>{0, 0, 0, 1, 1});
}

TEST_CASE("an unknown character becomes the tokens of its bytes where the model says so") {
  PieceModelWriter model = small_piece_model();
  model.bpe = model.byte_fallback = true;
  for (int byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", static_cast<unsigned>(byte));
    model.pieces.push_back({name, 0, 6});
  }
  const auto tokenizer = open_llama("", model);
  CHECK(tokenizer->encode("\u754c", false) == Ids{3, 18 + 0xE7, 18 + 0x95, 18 + 0x8C});
  CHECK(tokenizer->decode(Ids{3, 18 + 0xE7, 18 + 0x95, 18 + 0x8C}) == "\u754c");
  CHECK(tokenizer->encode(std::string("\0", 1), false) == Ids{3, 18});
}

TEST_CASE("many threads get the same ids from one SentencePiece model") {
  const auto tokenizer = open_llama(R"(,"legacy":false)");
  const auto expected = tokenizer->encode("good films</s>good", true);
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i)
        wrong[t] += tokenizer->encode("good films</s>good", true) == expected ? 0 : 1;
    });
  for (auto& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4, 0));
}

void open_bytes(const std::string& bytes) {
  const test::ScratchFolder folder;
  folder.write("tokenizer.model", bytes);
  folder.write("tokenizer_config.json", R"({"tokenizer_class":"LlamaTokenizer"})");
  open_tokenizer(folder.path());
}

TEST_CASE("a SentencePiece model that is cut off or something else is one error") {
  const std::string whole = small_piece_model().bytes();
  open_bytes(whole);
  // A beginning that ends with a field is a model of fewer pieces, and may lack what Llama needs.
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    try {
      open_bytes(whole.substr(0, length));
    } catch (const Error& error) {
      CHECK((error.kind() == ErrorKind::input || error.kind() == ErrorKind::model));
      CHECK(std::string(error.what()).find("tokenizer.model") != std::string::npos);
    }
  }
  using test::expect_error;
  expect_error(ErrorKind::input,
               "tokenizer.model: expected a SentencePiece model, found one "
               "without pieces",
               [] { open_bytes(""); });
  expect_error(ErrorKind::input, "the file is cut off or no such model",
               [] { open_bytes("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n"); });
  expect_error(ErrorKind::input, "the file is cut off or no such model",
               [&] { open_bytes(whole.substr(0, whole.size() - 1)); });
  expect_error(ErrorKind::input, "the file is cut off or no such model",
               [] { open_bytes("{\"model\": {}}"); });
}

TEST_CASE("pieces that contradict each other are one error") {
  using test::expect_error;
  PieceModelWriter model = small_piece_model();
  model.pieces[5].text = model.pieces[4].text;
  expect_error(ErrorKind::model, "already defined", [&] { open_llama("", model); });
  model = small_piece_model();
  model.pieces[0].type = 1;
  expect_error(ErrorKind::model, "unk", [&] { open_llama("", model); });
  model = small_piece_model();
  model.pieces[7].text = "\xFF";
  expect_error(ErrorKind::input, "expected a piece 7 of UTF-8", [&] { open_llama("", model); });
  model.pieces[7].text = "";
  expect_error(ErrorKind::input, "expected a piece 7", [&] { open_llama("", model); });
  model = small_piece_model();
  model.byte_fallback = true;
  expect_error(ErrorKind::model, "byte", [&] { open_llama("", model); });
  std::swap(model.pieces[0], model.pieces[5]);
  model.byte_fallback = false;
  expect_error(ErrorKind::model, "expected <unk>, <s> and </s> as the first three pieces", [&] {
    open_model("sentencepiece.bpe.model", model, R"({"tokenizer_class":"XLMRobertaTokenizer"})");
  });
}

TEST_CASE("a damaged table of replacements is refused before anything is looked up in it") {
  const auto open_map = [](const std::string& map) {
    PieceModelWriter model = small_piece_model();
    model.character_map = map;
    return open_llama("", model);
  };
  const auto table = [](const std::vector<std::uint32_t>& units, const std::string& strings) {
    const auto size = static_cast<std::uint32_t>(4 * units.size());
    std::string bytes(reinterpret_cast<const char*>(&size), 4);
    for (const std::uint32_t unit : units) bytes.append(reinterpret_cast<const char*>(&unit), 4);
    return bytes + strings;
  };
  std::vector<std::uint32_t> units(256, 0);
  const std::string strings("a\0", 2);
  CHECK(open_map(table(units, strings))->encode("good", false) == Ids{4});
  const auto refused = [&](const std::string& map) {
    test::expect_error(ErrorKind::input, "precompiled_charsmap", [&] { open_map(map); });
  };
  refused("abc");
  refused(table(units, ""));
  refused(table(units, "a"));
  refused(table(units, std::string("\xFF\0", 2)));
  refused(std::string("\xFF\xFF\xFF\x7F", 4) + table(units, strings));
  units[7] = 0xFFFFFF00U & ~0x80000000U;  // leads far beyond the table
  refused(table(units, strings));
  units[7] = 0x80000002U;  // a replacement behind the strings
  refused(table(units, strings));
}

TEST_CASE("a class that is not known, and a model under another name, are refused by name") {
  using test::expect_error;
  const PieceModelWriter model = small_piece_model();
  expect_error(ErrorKind::unsupported, "found 'MBartTokenizer'; save the tokenizer as", [&] {
    open_model("sentencepiece.bpe.model", model, R"({"tokenizer_class":"MBartTokenizer"})");
  });
  expect_error(ErrorKind::unsupported, "found none",
               [&] { open_model("tokenizer.model", model, "{}"); });
  expect_error(ErrorKind::model, "expected spiece.model, the vocabulary of a T5Tokenizer", [&] {
    open_model("tokenizer.model", model, R"({"tokenizer_class":"T5Tokenizer"})");
  });
  const test::ScratchFolder folder;
  folder.write("tokenizer.model", model.bytes());
  folder.write("config.json", R"({"model_type":"mistral"})");
  CHECK(open_tokenizer(folder.path())->encode("good", true) == Ids{1, 4});
}

TEST_CASE("Marian looks its pieces up in one vocabulary, and knows language codes") {
  const test::ScratchFolder folder;
  folder.write("source.spm", small_piece_model().bytes());
  PieceModelWriter target = small_piece_model();
  target.pieces.erase(target.pieces.begin() + 4);
  folder.write("target.spm", target.bytes());
  folder.write(
      "vocab.json",
      R"({"</s>":0,"<unk>":1,"▁good":2,"▁":3,"good":4,">>nob<<":5,"界":6,"▁film":7,"<pad>":8})");
  folder.write("tokenizer_config.json", R"({"tokenizer_class":"MarianTokenizer"})");
  const auto tokenizer = open_tokenizer(folder.path());

  CHECK(tokenizer->encode("good film", true) == Ids{2, 7, 0});
  CHECK(tokenizer->encode_target("good film", true) == Ids{3, 4, 7, 0});
  CHECK(tokenizer->encode(">>nob<< good", true) == Ids{5, 2, 0});
  CHECK(tokenizer->encode(">>xyz<<good", true) == Ids{1, 2, 0});
  CHECK(tokenizer->encode("good >>nob<<", false).front() == 2);
  // A piece that the source does not know is looked up as it stands.
  CHECK(tokenizer->encode("\u754c", false) == Ids{3, 6});
  CHECK(tokenizer->encode_pair("good", "film", true).ids == Ids{2, 7, 0});
  CHECK(tokenizer->decode(Ids{2, 7, 0}, true) == "good film");
  CHECK(tokenizer->decode(Ids{2, 7, 0}) == "good film</s>");
  CHECK(tokenizer->answer_form() == AnswerForm::target);
  const auto open_with = [&](const char* file, const char* content) {
    folder.write(file, content);
    open_tokenizer(folder.path());
  };
  using test::expect_error;
  expect_error(ErrorKind::unsupported, "#/separate_vocabs",
               [&] { open_with("tokenizer_config.json", R"({"separate_vocabs":true})"); });
  folder.write("tokenizer_config.json", "{}");
  expect_error(ErrorKind::model, "unknown token '<unk>'",
               [&] { open_with("vocab.json", R"({"</s>":0,"<pad>":1})"); });
  folder.write("vocab.json", R"({"</s>":0,"<unk>":1,"<pad>":2})");
  expect_error(ErrorKind::input, "target.spm", [&] { open_with("target.spm", "text"); });
  std::filesystem::remove(folder.path() / "target.spm");
  expect_error(ErrorKind::model, "expected target.spm beside source.spm",
               [&] { open_tokenizer(folder.path()); });
}

}  // namespace
}  // namespace prospect
