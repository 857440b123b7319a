#include "core/error.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/post_processors/kinds.h"

namespace prospect::tokenizers {
namespace {

using Part = FramePart::Kind;

// Reads `["[SEP]", 102]`, of which the id counts.
TokenId read_id(const JsonReader& reader) {
  const auto items = reader.items();
  if (items.size() != 2) reader.fail_expected("a token and its id");
  items[0].string();
  return static_cast<TokenId>(items[1].integer(0, INT32_MAX));
}

}  // namespace

std::unique_ptr<const PostProcessor> make_bert_processing(TokenId cls, TokenId sep) {
  Frame single{{Part::special, cls, 0}, {Part::first, 0, 0}, {Part::special, sep, 0}};
  Frame pair = single;
  pair.push_back({Part::second, 0, 1});
  pair.push_back({Part::special, sep, 1});
  return std::make_unique<FixedFrames>(std::move(single), std::move(pair));
}

std::unique_ptr<const PostProcessor> make_bert_processing(const JsonReader& reader) {
  return make_bert_processing(read_id(reader.at("cls")), read_id(reader.at("sep")));
}

// As BERT's, but with a second </s> between the texts, and one type for all.
std::unique_ptr<const PostProcessor> make_roberta_processing(TokenId cls, TokenId sep,
                                                             BlankTrimming trim) {
  Frame single{{Part::special, cls, 0}, {Part::first, 0, 0}, {Part::special, sep, 0}};
  Frame pair = single;
  pair.push_back({Part::special, sep, 0});
  pair.push_back({Part::second, 0, 0});
  pair.push_back({Part::special, sep, 0});
  return std::make_unique<FixedFrames>(std::move(single), std::move(pair), trim);
}

std::unique_ptr<const PostProcessor> make_roberta_processing(const JsonReader& reader) {
  const BlankTrimming trim{boolean_or(reader, "trim_offsets", true),
                           boolean_or(reader, "add_prefix_space", true)};
  return make_roberta_processing(read_id(reader.at("cls")), read_id(reader.at("sep")), trim);
}

}  // namespace prospect::tokenizers
