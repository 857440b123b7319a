#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "scoring/tokenizers/tokenizer.h"
#include "tests/scoring/tokenizers/small_tokenizer.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"

namespace prospect {
namespace {

// Tokenizers of every kind.
constexpr const char* kKinds[] = {"parity/albert",
                                  "parity/bert-uncased",
                                  "parity/gpt2",
                                  "parity/llama2",
                                  "parity/llama3",
                                  "parity/marian",
                                  "parity/qwen2",
                                  "parity/roberta",
                                  "parity/t5",
                                  "parity/tokenizer-spm-llama2",
                                  "parity/mistral",
                                  "parity/xlm-roberta",
                                  "parity/modernbert",
                                  "parity/tokenizer-spm-t5",
                                  "parity/tokenizer-spm-xlm-r"};

template <class Check>
void for_each_kind(Check check) {
  for (const std::string folder : kKinds) {
    if (!test::has_shared(folder)) continue;
    CAPTURE(folder);
    check(*open_tokenizer(test::shared_folder() / folder));
  }
}

std::vector<std::string> edge_texts() {
  return {"",
          " ",
          "     ",
          "\t\n\r\v\f",
          std::string("\0", 1),
          std::string("a\0b\0", 4),
          "\x01\x02\x1F\x7F\u0080\u009F",
          "\U0001F468\u200D\U0001F469\u200D\U0001F467 \U0001F1F3\U0001F1F4",
          "\u65E5\u672C\u8A9E\u3001\u30AB\u30FC",
          "\u05E9\u05DC\u05D5\u05DD \u202Eabc\u202C \u0645\u0631\u062D\u0628\u0627",
          "e\u0301\u0327\u0300\u0300\u0300 \u0345\u0301",
          "\uFEFF\u200B\u2060",
          "\xFF\xFE\x80 \xC3\x28 \xED\xA0\x80 \xF4\x90\x80\x80",
          "\xE2\x82",
          "\U0010FFFF\uFFFD\uFFFF",
          "<s></s><pad>[MASK]<mask><extra_id_0><|endoftext|>"};
}

TEST_CASE("edge texts have ids of the vocabulary, spans inside the text, and decode to UTF-8") {
  for_each_kind([](const Tokenizer& tokenizer) {
    for (const std::string& text : edge_texts()) {
      CAPTURE(text);
      const auto encoding = tokenizer.encode_pair(text, text, true);
      for (const TokenId id : encoding.ids) {
        CHECK(id >= 0);
        CHECK(static_cast<std::size_t>(id) < tokenizer.size());
      }
      // Invalid bytes are repaired first, to three bytes each at most.
      for (const auto& span : encoding.offsets) {
        CHECK(span.begin <= span.end);
        CHECK(span.end <= 3 * text.size());
      }
      CHECK_FALSE(invalid_utf8(tokenizer.decode(encoding.ids)));
      CHECK(tokenizer.encode(text, true) == tokenizer.encode_pair(text, std::nullopt, true).ids);
    }
  });
}

TEST_CASE("a word of a megabyte is tokenised like a shorter one") {
  for_each_kind([](const Tokenizer& tokenizer) {
    std::string text;
    while (text.size() < 1'000'000) text += "ab";
    const auto ids = tokenizer.encode(text, false);
    CHECK(!ids.empty());
    CHECK(ids.size() <= text.size() + 1);
  });
}

std::string bpe(const std::string& vocab, const std::string& merges) {
  return R"({"model":{"type":"BPE","vocab":)" + vocab + R"(,"merges":)" + merges + "}}";
}

TEST_CASE("wrong merges and ids are one error with the place of the fault") {
  struct Row {
    const char *vocab, *merges;
    ErrorKind kind;
    const char* fragment;
  };
  const char* vocab = R"({"a":0,"b":1,"ab":2,"":3})";
  const Row rows[] = {
      {vocab, R"(["a c"])", ErrorKind::model, "#/model/merges/0: expected a merge of tokens"},
      {vocab, R"(["a b","b a"])", ErrorKind::model, "'b' + 'a', and no token 'ba'"},
      {vocab, R"([["a",""]])", ErrorKind::model, "which is cyclic"},
      {vocab, R"([["","b"]])", ErrorKind::model, "which is cyclic"},
      {vocab, R"(["ab"])", ErrorKind::input, "#/model/merges/0"},
      {vocab, R"(["a b c"])", ErrorKind::input, "#/model/merges/0"},
      {vocab, R"([["a"]])", ErrorKind::input, "#/model/merges/0: expected a merge of two tokens"},
      {vocab, R"([["a",1]])", ErrorKind::input, "#/model/merges/0"},
      {vocab, R"([3])", ErrorKind::input, "#/model/merges/0"},
      {vocab, R"({"a":"b"})", ErrorKind::input, "#/model/merges"},
      {R"({"a":0,"b":0})", "[]", ErrorKind::model, "which is also that of"},
      {R"({"a":0.5})", "[]", ErrorKind::input, "#/model/vocab/a"},
      {R"({"a":-3})", "[]", ErrorKind::input, "#/model/vocab/a"},
      {R"({"a":4000000000})", "[]", ErrorKind::input, "#/model/vocab/a"},
      {R"(["a"])", "[]", ErrorKind::input, "#/model/vocab"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.vocab);
    CAPTURE(row.merges);
    const test::ScratchFolder folder;
    folder.write("tokenizer.json", bpe(row.vocab, row.merges));
    test::expect_error(row.kind, row.fragment, [&] { open_tokenizer(folder.path()); });
  }
}

TEST_CASE("wrong unigram models and damaged tables of replacements are one error") {
  const auto refused = [](const std::string& json, ErrorKind kind, const char* fragment) {
    CAPTURE(json);
    const test::ScratchFolder folder;
    folder.write("tokenizer.json", json);
    test::expect_error(kind, fragment, [&] { open_tokenizer(folder.path()); });
  };
  const auto unigram = [](const std::string& vocab, const std::string& unknown) {
    return R"({"model":{"type":"Unigram","vocab":)" + vocab + R"(,"unk_id":)" + unknown + "}}";
  };
  refused(unigram("[]", "0"), ErrorKind::input, "#/model/vocab: expected at least one token");
  refused(unigram(R"([["a",0]])", "1"), ErrorKind::input, "#/model/unk_id");
  refused(unigram(R"([["a",0]])", "-1"), ErrorKind::input, "#/model/unk_id");
  refused(unigram(R"([["a"]])", "0"), ErrorKind::input, "#/model/vocab/0");
  refused(unigram(R"([["a","0"]])", "0"), ErrorKind::input, "#/model/vocab/0/1");
  refused(unigram(R"({"a":0})", "0"), ErrorKind::input, "#/model/vocab");
  for (const std::string map : {"", "AAAA", "####", "BAAAAP///38A", "/////wAAAAAA"}) {
    Json json = test::small_tokenizer_json();
    json["normalizer"] = {{"type", "Precompiled"}, {"precompiled_charsmap", map}};
    refused(json.dump(), ErrorKind::input, "#/normalizer/precompiled_charsmap");
  }
  refused("{\"model\": \"\xFF\"}", ErrorKind::input, "tokenizer.json:1: expected UTF-8");
}

}  // namespace
}  // namespace prospect
