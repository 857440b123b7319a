#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "core/error.h"
#include "tests/scoring/tokenizers/small_tokenizer.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::expect_error;
using test::ScratchFolder;

// What a change of the small tokenizer.json leads to.
struct Fault {
  const char* claim;
  std::function<void(Json&)> change;
  ErrorKind kind;
  const char* fragment;
};

const Fault kFaults[] = {
    {"no model", [](Json& j) { j.erase("model"); }, ErrorKind::input, "'model', which is missing"},
    {"model of another type", [](Json& j) { j["model"] = 3; }, ErrorKind::input, "#/model"},
    {"unknown model", [](Json& j) { j["model"]["type"] = "WordPieces"; }, ErrorKind::unsupported,
     "tokenizer.json#/model/type: unknown model 'WordPieces'; did you mean 'WordPiece'?"},
    {"unknown normalizer", [](Json& j) { j["normalizer"]["type"] = "Moses"; },
     ErrorKind::unsupported, "tokenizer.json#/normalizer/type: unknown normalizer 'Moses'"},
    {"unknown step of a sequence",
     [](Json& j) {
       j["normalizer"] = {{"type", "Sequence"},
                          {"normalizers", {{{"type", "NFC"}}, {{"type", "X"}}}}};
     },
     ErrorKind::unsupported, "#/normalizer/normalizers/1/type"},
    {"unknown pre-tokenizer", [](Json& j) { j["pre_tokenizer"]["type"] = "Moses"; },
     ErrorKind::unsupported, "unknown pre-tokenizer 'Moses'"},
    {"unknown post-processor", [](Json& j) { j["post_processor"]["type"] = "X"; },
     ErrorKind::unsupported, "#/post_processor/type"},
    {"unknown decoder", [](Json& j) { j["decoder"]["type"] = "Moses"; }, ErrorKind::unsupported,
     "#/decoder/type"},
    {"type that is no string", [](Json& j) { j["decoder"]["type"] = 1; }, ErrorKind::input,
     "#/decoder/type: expected a string, found 1"},
    {"switch that is no boolean", [](Json& j) { j["normalizer"]["lowercase"] = "yes"; },
     ErrorKind::input, "#/normalizer/lowercase: expected true or false"},
    {"vocabulary that is a list",
     [](Json& j) {
       j["model"]["vocab"] = {"a", "b"};
     },
     ErrorKind::input, "#/model/vocab: expected an object"},
    {"empty vocabulary", [](Json& j) { j["model"]["vocab"] = Json::object(); }, ErrorKind::input,
     "#/model/vocab: expected at least one token"},
    {"id that is no number", [](Json& j) { j["model"]["vocab"]["good"] = "9"; }, ErrorKind::input,
     "#/model/vocab/good"},
    {"negative id", [](Json& j) { j["model"]["vocab"]["good"] = -1; }, ErrorKind::input,
     "#/model/vocab/good"},
    {"huge id", [](Json& j) { j["model"]["vocab"]["good"] = 2000000000; }, ErrorKind::model,
     "found 2000000000"},
    {"id beyond all integers", [](Json& j) { j["model"]["vocab"]["good"] = 18446744073709551615U; },
     ErrorKind::input, "#/model/vocab/good"},
    {"id given twice", [](Json& j) { j["model"]["vocab"]["good"] = 10; }, ErrorKind::model,
     "expected an id of its own, found 10"},
    {"no unknown token", [](Json& j) { j["model"]["unk_token"] = "<unk>"; }, ErrorKind::model,
     "expected the unknown token '<unk>' in the vocabulary"},
    {"negative length of words", [](Json& j) { j["model"]["max_input_chars_per_word"] = -5; },
     ErrorKind::input, "#/model/max_input_chars_per_word"},
    {"added token without content", [](Json& j) { j["added_tokens"][0].erase("content"); },
     ErrorKind::input, "#/added_tokens/0"},
    {"added token with a wrong id", [](Json& j) { j["added_tokens"][4]["id"] = 7; },
     ErrorKind::model, "#/added_tokens/4/id: expected 4 for '[MASK]'"},
    {"added token behind a gap",
     [](Json& j) {
       j["added_tokens"].push_back({{"id", 30}, {"content", "<new>"}});
     },
     ErrorKind::model, "expected 22 for '<new>'"},
    {"special token of a frame that is not listed",
     [](Json& j) { j["post_processor"]["special_tokens"].erase("[SEP]"); }, ErrorKind::model,
     "#/post_processor/single/2/SpecialToken/id"},
    {"special token of a frame without a token",
     [](Json& j) { j["post_processor"]["special_tokens"]["[SEP]"]["ids"] = {99}; },
     ErrorKind::model, "found 99"},
    {"frame without its text", [](Json& j) { j["post_processor"]["single"].erase(1); },
     ErrorKind::unsupported, "expected A once, found A 0 times"},
    {"text that is neither A nor B",
     [](Json& j) { j["post_processor"]["single"][1]["Sequence"]["id"] = "C"; }, ErrorKind::input,
     "unknown value 'C'"},
    {"broken regular expression",
     [](Json& j) {
       j["pre_tokenizer"] = {
           {"type", "Split"}, {"pattern", {{"Regex", "(a"}}}, {"behavior", "Isolated"}};
     },
     ErrorKind::unsupported, "#/pre_tokenizer/pattern/Regex"},
    {"pattern of no kind",
     [](Json& j) {
       j["normalizer"] = {{"type", "Replace"}, {"pattern", "a"}, {"content", "b"}};
     },
     ErrorKind::input, "#/normalizer/pattern"},
    {"unknown behaviour",
     [](Json& j) {
       j["pre_tokenizer"] = {{"type", "Punctuation"}, {"behavior", "isolated"}};
     },
     ErrorKind::input, "#/pre_tokenizer/behavior"},
};

TEST_CASE("a wrong tokenizer.json is one error with the place of the fault") {
  for (const Fault& fault : kFaults) {
    CAPTURE(fault.claim);
    Json json = test::small_tokenizer_json();
    fault.change(json);
    expect_error(fault.kind, fault.fragment, [&] { test::open_json(json); });
  }
}

TEST_CASE("every beginning of a tokenizer.json is an error, never a crash") {
  const std::string whole = test::small_tokenizer_json().dump();
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    CAPTURE(length);
    const ScratchFolder folder;
    folder.write("tokenizer.json", whole.substr(0, length));
    expect_error(ErrorKind::input, "tokenizer.json:1", [&] { open_tokenizer(folder.path()); });
  }
}

TEST_CASE("a tokenizer.json that is JSON of another kind is refused") {
  for (const char* content : {"[]", "3", "null", "\"text\"", "{}"}) {
    CAPTURE(content);
    const ScratchFolder folder;
    folder.write("tokenizer.json", content);
    expect_error(ErrorKind::input, "tokenizer.json", [&] { open_tokenizer(folder.path()); });
  }
}

TEST_CASE("what is no folder with a tokenizer is refused by name") {
  const ScratchFolder folder;
  expect_error(ErrorKind::io, "no-such-folder",
               [&] { open_tokenizer(folder.path() / "no-such-folder"); });
  const auto file = folder.write("tokenizer.json", "{}");
  expect_error(ErrorKind::input, "found a file", [&] { open_tokenizer(file); });
  const ScratchFolder empty;
  expect_error(ErrorKind::model, "expected tokenizer.json or vocab.txt, found neither",
               [&] { open_tokenizer(empty.path()); });
  const ScratchFolder nested;
  std::filesystem::create_directory(nested.path() / "tokenizer.json");
  expect_error(ErrorKind::io, "tokenizer.json", [&] { open_tokenizer(nested.path()); });
}

constexpr const char* kVocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nfilm\n##s\n";

TEST_CASE("a wrong vocab.txt is one error with the line of the fault") {
  const auto open_lines = [](const std::string& lines) {
    const ScratchFolder folder;
    folder.write("vocab.txt", lines);
    open_tokenizer(folder.path());
  };
  expect_error(ErrorKind::model, "vocab.txt: expected one token a line", [&] { open_lines(""); });
  expect_error(ErrorKind::model,
               "vocab.txt:8: expected each token once, found 'film', which is also on line 6",
               [&] { open_lines(std::string(kVocabulary) + "film\n"); });
  expect_error(ErrorKind::input, "vocab.txt:6: expected UTF-8",
               [&] { open_lines("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nfi\xFFlm\n"); });
  expect_error(ErrorKind::model, "unknown token '[UNK]'", [&] { open_lines("a\nb\n"); });
  expect_error(ErrorKind::model, "mask_token '[MASK]'",
               [&] { open_lines("[PAD]\n[UNK]\n[CLS]\n[SEP]\nfilm\n"); });
}

TEST_CASE("wrong settings beside a vocabulary are one error with the place") {
  struct Row {
    const char *file, *content;
    ErrorKind kind;
    const char* fragment;
  };
  const Row rows[] = {
      {"tokenizer_config.json", "{", ErrorKind::input, "tokenizer_config.json:1"},
      {"tokenizer_config.json", "[]", ErrorKind::input, "expected an object"},
      {"tokenizer_config.json", R"({"do_lower_case": 1})", ErrorKind::input, "#/do_lower_case"},
      {"tokenizer_config.json", R"({"mask_token": "<m>"})", ErrorKind::model, "mask_token '<m>'"},
      {"tokenizer_config.json", R"({"mask_token": {"contents": "<m>"}})", ErrorKind::input,
       "#/mask_token"},
      {"special_tokens_map.json", R"({"mask_token": 4})", ErrorKind::input, "#/mask_token"},
      {"tokenizer_config.json", R"({"model_max_length": "long"})", ErrorKind::input,
       "#/model_max_length"},
      {"tokenizer_config.json", R"({"model_max_length": 0})", ErrorKind::input, "at least 1"},
      {"tokenizer_config.json", R"({"tokenizer_class": "MPNetTokenizer"})", ErrorKind::unsupported,
       "MPNetTokenizer"},
      {"tokenizer_config.json", R"({"added_tokens_decoder": {"x": {"content": "a"}}})",
       ErrorKind::input, "found 'x'"},
      {"tokenizer_config.json", R"({"added_tokens_decoder": {"5": {"content": "a"}}})",
       ErrorKind::model, "found 5 for 'a'"},
      {"added_tokens.json", R"({"a": 900000000})", ErrorKind::model, "found 900000000"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.content);
    const ScratchFolder folder;
    folder.write("vocab.txt", kVocabulary);
    folder.write(row.file, row.content);
    expect_error(row.kind, row.fragment, [&] { open_tokenizer(folder.path()); });
  }
}

TEST_CASE("ids without a token are allowed, as published vocabularies have them") {
  Json json = test::small_tokenizer_json();
  json["model"]["vocab"]["the"] = 40;

  const auto tokenizer = test::open_json(json);

  CHECK(tokenizer->size() == 41);
  CHECK(tokenizer->token(30).empty());
  CHECK(tokenizer->traits(30).unused);
  CHECK(tokenizer->encode("the", false) == std::vector<TokenId>{40});
  CHECK(tokenizer->decode(std::vector<TokenId>{9, 30, 40, -1, 99}) == "good the");
}

}  // namespace
}  // namespace prospect
