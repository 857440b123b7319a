#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/json.h"
#include "scoring/tokenizers/tokenizer.h"
#include "tests/support/shared_data.h"

namespace prospect {
namespace {

// The folders whose goldens must be met to the id; one row each.
constexpr const char* kFolders[] = {
    "models/pocket-mlm",
    "parity/albert",
    "parity/bert-cased",
    "parity/bert-uncased",
    "parity/distilbert",
    "parity/electra",
    "parity/gpt-neox",
    "parity/gpt2",
    "parity/llama2",
    "parity/llama3",
    "parity/marian",
    "parity/mistral",
    "parity/modernbert",
    "parity/opt",
    "parity/qwen2",
    "parity/roberta",
    "parity/t5",
    "parity/tokenizer-metaspace-always",
    "parity/tokenizer-metaspace-first",
    "parity/tokenizer-metaspace-never",
    "parity/tokenizer-spm-llama2",
    "parity/tokenizer-spm-t5",
    "parity/tokenizer-spm-xlm-r",
    "parity/tokenizer-vocab-merges",
    "parity/tokenizer-vocab-txt",
    "parity/xlm-roberta",
};

constexpr const char* kStrings = "parity/strings.json";

using Ids = std::vector<TokenId>;

struct Goldens {
  std::string folder;
  std::unique_ptr<Tokenizer> tokenizer;
  Json strings, pairs, tokens;
};

// Runs `check` for each folder whose goldens are there.
template <class Check>
void for_each_folder(Check check) {
  if (!test::has_shared(kStrings)) return;
  const Json texts = read_json_file(test::shared_folder() / kStrings);
  for (const std::string folder : kFolders) {
    if (!test::has_shared(folder)) continue;
    CAPTURE(folder);
    check(Goldens{folder, open_tokenizer(test::shared_folder() / folder), texts["strings"],
                  texts["pairs"], read_json_file(test::shared_folder() / folder / "tokens.json")});
  }
}

std::size_t characters_before(const std::string& text, std::uint32_t byte) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < byte; ++i)
    count += (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

Json in_characters(const std::string& text, const std::vector<TokenSpan>& offsets) {
  Json spans = Json::array();
  for (const auto& span : offsets)
    spans.push_back({characters_before(text, span.begin), characters_before(text, span.end)});
  return spans;
}

// The encoding, or null where the tokenizer refuses; types only where the reference has them.
Json cut(const Tokenizer& tokenizer, const std::string& text, std::optional<std::string> pair,
         Truncation truncation, bool with_types) {
  try {
    const auto encoding = tokenizer.encode_pair(text, pair, true, truncation);
    if (!with_types) return {{"ids", encoding.ids}};
    return {{"ids", encoding.ids}, {"type_ids", encoding.type_ids}};
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return nullptr;
  }
}

// The SentencePiece library alone neither decodes with special tokens nor cuts.
bool by_library(const Goldens& goldens) {
  return goldens.tokens["source"].get<std::string>().ends_with(".model");
}

void check_string(const Goldens& goldens, const std::string& text, const Json& expected) {
  const Tokenizer& tokenizer = *goldens.tokenizer;
  const auto encoding = tokenizer.encode_pair(text, std::nullopt, true);
  CHECK(Json(encoding.ids) == expected["ids"]);
  CHECK(Json(tokenizer.encode(text, true)) == expected["ids"]);
  CHECK(Json(tokenizer.encode(text, false)) == expected["plain"]);
  if (expected.contains("offsets"))
    CHECK(in_characters(text, encoding.offsets) == expected["offsets"]);
  if (expected.contains("decoded")) {
    CHECK(tokenizer.decode(encoding.ids, true) == expected["decoded"].get<std::string>());
    CHECK(tokenizer.decode(encoding.ids) == expected["decoded_all"].get<std::string>());
  }
  if (!expected.contains("truncated")) return;
  const Truncation truncation{goldens.tokens["truncated_to"], Truncation::Side::only_first};
  CHECK(cut(tokenizer, text, std::nullopt, truncation, false)["ids"] == expected["truncated"]);
}

TEST_CASE("ids, offsets and decoded text of every string are the reference's") {
  for_each_folder([](const Goldens& goldens) {
    REQUIRE(goldens.tokens["strings"].size() == goldens.strings.size());
    std::size_t num_checked = 0;
    for (std::size_t i = 0; i < goldens.strings.size(); ++i) {
      const auto text = goldens.strings[i].get<std::string>();
      const Json& expected = goldens.tokens["strings"][i];
      CAPTURE(text);
      // The library knows no special tokens in texts: those rows are left out.
      if (expected.is_null() && by_library(goldens)) continue;
      check_string(goldens, text, expected);
      ++num_checked;
    }
    CHECK(num_checked > 50);
  });
}

TEST_CASE("pairs have the reference's ids and types, cut on either side") {
  for_each_folder([](const Goldens& goldens) {
    REQUIRE(goldens.tokens["pairs"].size() == goldens.pairs.size());
    for (std::size_t i = 0; i < goldens.pairs.size(); ++i) {
      const auto first = goldens.pairs[i][0].get<std::string>();
      const auto second = goldens.pairs[i][1].get<std::string>();
      const Json& expected = goldens.tokens["pairs"][i];
      CAPTURE(first);
      CAPTURE(second);
      if (expected["ids"].is_null()) continue;
      const bool types = expected.contains("type_ids");
      const auto encoding = goldens.tokenizer->encode_pair(first, second, true);
      CHECK(Json(encoding.ids) == expected["ids"]);
      if (types) CHECK(Json(encoding.type_ids) == expected["type_ids"]);
      if (by_library(goldens)) continue;
      const std::size_t length = goldens.tokens["truncated_to"];
      CHECK(cut(*goldens.tokenizer, first, second, {length, Truncation::Side::only_first}, types) ==
            expected["only_first"]);
      CHECK(cut(*goldens.tokenizer, first, second, {length, Truncation::Side::only_second},
                types) == expected["only_second"]);
    }
  });
}

TEST_CASE("the size and the special tokens are the reference's") {
  for_each_folder([](const Goldens& goldens) {
    // T5's sentinels are no pieces: the library does not count them.
    const std::size_t more = by_library(goldens) && goldens.tokenizer->sentinel(0) ? 100 : 0;
    CHECK(Json(goldens.tokenizer->size() - more) == goldens.tokens["size"]);
    for (const auto& [role, id] : goldens.tokens["special"].items()) {
      CAPTURE(role);
      CHECK(Json(goldens.tokenizer->special(role).value_or(-1)) == id);
    }
  });
}

TEST_CASE("a translation model's targets are tokenised with their own model") {
  if (!test::has_shared("parity/marian")) return;
  const auto folder = test::shared_folder() / "parity/marian";
  const auto tokenizer = open_tokenizer(folder);
  const Json golden = read_json_file(folder / "golden.json");
  const Json spec = read_json_file(test::shared_folder() / "parity/spec.json");
  const Json& texts = spec["inputs"]["seq2seq_lm"];
  REQUIRE(golden["inputs"].size() == texts.size());
  int different = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto text = texts[i]["target"].get<std::string>();
    const auto target = golden["inputs"][i]["target_ids"].get<Ids>();
    CAPTURE(text);
    CHECK(tokenizer->encode_target(text, true) == target);
    different += tokenizer->encode(text, true) == target ? 0 : 1;
  }
  CHECK(different > 0);
}

}  // namespace
}  // namespace prospect
