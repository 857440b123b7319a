#pragma once

#include "scoring/tokenizers/post_processor.h"

// One function per type of post-processor, listed in kinds.cpp.
namespace prospect::tokenizers {

std::unique_ptr<const PostProcessor> make_bert_processing(const JsonReader& reader);
std::unique_ptr<const PostProcessor> make_roberta_processing(const JsonReader& reader);
std::unique_ptr<const PostProcessor> make_template_processing(const JsonReader& reader);

/// `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`, the second text and what follows it with type id 1.
std::unique_ptr<const PostProcessor> make_bert_processing(TokenId cls, TokenId sep);

/// A post-processor that is its two frames.
class FixedFrames final : public PostProcessor {
 public:
  FixedFrames(Frame single, Frame pair) : single_(std::move(single)), pair_(std::move(pair)) {}
  const Frame& frame(bool pair) const override { return pair ? pair_ : single_; }

 private:
  Frame single_, pair_;
};

}  // namespace prospect::tokenizers
