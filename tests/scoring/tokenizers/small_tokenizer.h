#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/json.h"
#include "scoring/tokenizers/tokenizer.h"
#include "tests/support/scratch_folder.h"

namespace prospect::test {

/// A tokenizer.json with a BERT tokenizer of few words; tests change a part of it and open it.
inline Json small_tokenizer_json() {
  const std::vector<std::string> tokens{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused0]",
                                        ".",     ",",     "a",     "good",  "bad",    "film",
                                        "it",    "was",   "##ly",  "##s",   "Paris",  "##x",
                                        "##y",   "fun",   "!",     "the"};
  Json vocabulary = Json::object(), added = Json::array();
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    vocabulary[tokens[id]] = id;
    if (id < 5)
      added.push_back(
          {{"id", id}, {"content", tokens[id]}, {"special", true}, {"normalized", false}});
  }
  const auto special = [](const char* name, int type) {
    return Json{{"SpecialToken", {{"id", name}, {"type_id", type}}}};
  };
  const auto text = [](const char* name, int type) {
    return Json{{"Sequence", {{"id", name}, {"type_id", type}}}};
  };
  return {{"added_tokens", added},
          {"normalizer", {{"type", "BertNormalizer"}, {"lowercase", false}}},
          {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
          {"model", {{"type", "WordPiece"}, {"unk_token", "[UNK]"}, {"vocab", vocabulary}}},
          {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
          {"post_processor",
           {{"type", "TemplateProcessing"},
            {"single", {special("[CLS]", 0), text("A", 0), special("[SEP]", 0)}},
            {"pair",
             {special("[CLS]", 0), text("A", 0), special("[SEP]", 0), text("B", 1),
              special("[SEP]", 1)}},
            {"special_tokens",
             {{"[CLS]", {{"id", "[CLS]"}, {"ids", {2}}, {"tokens", {"[CLS]"}}}},
              {"[SEP]", {{"id", "[SEP]"}, {"ids", {3}}, {"tokens", {"[SEP]"}}}}}}}}};
}

/// Opens a tokenizer from the content of its tokenizer.json.
inline std::unique_ptr<Tokenizer> open_json(const Json& json) {
  const ScratchFolder folder;
  folder.write("tokenizer.json", json.dump());
  return open_tokenizer(folder.path());
}

inline std::unique_ptr<Tokenizer> small_tokenizer() {
  return open_json(small_tokenizer_json());
}

}  // namespace prospect::test
