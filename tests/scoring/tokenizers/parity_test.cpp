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
    "parity/mistral",
    "parity/modernbert",
    "parity/opt",
    "parity/qwen2",
    "parity/roberta",
    "parity/t5",
    "parity/tokenizer-metaspace-always",
    "parity/tokenizer-metaspace-first",
    "parity/tokenizer-metaspace-never",
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

// The encoding, or null where the tokenizer refuses.
Json cut(const Tokenizer& tokenizer, const std::string& text, std::optional<std::string> pair,
         Truncation truncation) {
  try {
    const auto encoding = tokenizer.encode_pair(text, pair, true, truncation);
    return {{"ids", encoding.ids}, {"type_ids", encoding.type_ids}};
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    return nullptr;
  }
}

TEST_CASE("ids, offsets and decoded text of every string are the reference's") {
  for_each_folder([](const Goldens& goldens) {
    const Tokenizer& tokenizer = *goldens.tokenizer;
    REQUIRE(goldens.tokens["strings"].size() == goldens.strings.size());
    for (std::size_t i = 0; i < goldens.strings.size(); ++i) {
      const auto text = goldens.strings[i].get<std::string>();
      const Json& expected = goldens.tokens["strings"][i];
      CAPTURE(text);
      const auto encoding = tokenizer.encode_pair(text, std::nullopt, true);
      CHECK(Json(encoding.ids) == expected["ids"]);
      CHECK(Json(tokenizer.encode(text, true)) == expected["ids"]);
      CHECK(Json(tokenizer.encode(text, false)) == expected["plain"]);
      CHECK(in_characters(text, encoding.offsets) == expected["offsets"]);
      CHECK(tokenizer.decode(encoding.ids, true) == expected["decoded"].get<std::string>());
      CHECK(tokenizer.decode(encoding.ids) == expected["decoded_all"].get<std::string>());
      if (!expected.contains("truncated")) continue;
      const Truncation truncation{goldens.tokens["truncated_to"], Truncation::Side::only_first};
      CHECK(cut(tokenizer, text, std::nullopt, truncation)["ids"] == expected["truncated"]);
    }
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
      const auto encoding = goldens.tokenizer->encode_pair(first, second, true);
      CHECK(Json(encoding.ids) == expected["ids"]);
      CHECK(Json(encoding.type_ids) == expected["type_ids"]);
      const std::size_t length = goldens.tokens["truncated_to"];
      CHECK(cut(*goldens.tokenizer, first, second, {length, Truncation::Side::only_first}) ==
            expected["only_first"]);
      CHECK(cut(*goldens.tokenizer, first, second, {length, Truncation::Side::only_second}) ==
            expected["only_second"]);
    }
  });
}

TEST_CASE("the size and the special tokens are the reference's") {
  for_each_folder([](const Goldens& goldens) {
    CHECK(Json(goldens.tokenizer->size()) == goldens.tokens["size"]);
    for (const auto& [role, id] : goldens.tokens["special"].items()) {
      CAPTURE(role);
      CHECK(Json(goldens.tokenizer->special(role).value_or(-1)) == id);
    }
  });
}

}  // namespace
}  // namespace prospect
