#include <map>

#include "core/error.h"
#include "core/text.h"
#include "scoring/tokenizers/post_processors/kinds.h"

namespace prospect::tokenizers {
namespace {

using Kind = FramePart::Kind;
using SpecialTokens = std::map<std::string, std::vector<TokenId>>;

SpecialTokens read_special_tokens(const JsonReader& reader) {
  SpecialTokens tokens;
  for (const auto& [name, token] : reader.members()) {
    for (const auto& id : token.at("ids").items())
      tokens[name].push_back(static_cast<TokenId>(id.integer(0, INT32_MAX)));
  }
  return tokens;
}

std::int32_t read_type_id(const JsonReader& part) {
  return static_cast<std::int32_t>(part.at("type_id").integer(0, INT32_MAX));
}

// Reads `[{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id":
// 0}}]`.
Frame read_frame(const JsonReader& reader, const SpecialTokens& special) {
  Frame frame;
  for (const auto& item : reader.items()) {
    if (item.has("Sequence")) {
      const JsonReader part = item.at("Sequence");
      const bool first = part.at("id").choice({"A", "B"}) == "A";
      frame.push_back({first ? Kind::first : Kind::second, 0, read_type_id(part)});
      continue;
    }
    if (!item.has("SpecialToken")) item.fail_expected("a Sequence or a SpecialToken");
    const JsonReader part = item.at("SpecialToken");
    const std::string name = part.at("id").string();
    const auto token = special.find(name);
    if (token == special.end()) {
      std::vector<std::string> known;
      for (const auto& [key, ids] : special) known.push_back(key);
      fail(ErrorKind::model, part.at("id").where(), "expected a token of special_tokens, found '",
           name, "'", suggestion(name, known));
    }
    for (const TokenId id : token->second) frame.push_back({Kind::special, id, read_type_id(part)});
  }
  return frame;
}

// Each text must stand once, or tokens would get lost.
void check_texts(const JsonReader& reader, const Frame& frame, bool pair) {
  std::size_t num_first = 0, num_second = 0;
  for (const FramePart& part : frame) {
    num_first += part.kind == Kind::first ? 1 : 0;
    num_second += part.kind == Kind::second ? 1 : 0;
  }
  if (num_first != 1 || num_second != (pair ? 1 : 0))
    fail(ErrorKind::unsupported, reader.where(), "expected ", pair ? "A and B once each" : "A once",
         ", found A ", num_first, " times and B ", num_second, " times");
}

}  // namespace

std::unique_ptr<const PostProcessor> make_template_processing(const JsonReader& reader) {
  const auto special = read_special_tokens(reader.at("special_tokens"));
  const JsonReader single = reader.at("single"), pair = reader.at("pair");
  Frame single_frame = read_frame(single, special), pair_frame = read_frame(pair, special);
  check_texts(single, single_frame, false);
  check_texts(pair, pair_frame, true);
  return std::make_unique<FixedFrames>(std::move(single_frame), std::move(pair_frame));
}

}  // namespace prospect::tokenizers
