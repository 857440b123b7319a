#pragma once

#include "scoring/tokenizers/post_processor.h"

// One function per type of post-processor, listed in kinds.cpp.
namespace prospect::tokenizers {

std::unique_ptr<const PostProcessor> make_bert_processing(const JsonReader& reader);
std::unique_ptr<const PostProcessor> make_byte_level_processing(const JsonReader& reader);
std::unique_ptr<const PostProcessor> make_post_processor_sequence(const JsonReader& reader);
std::unique_ptr<const PostProcessor> make_roberta_processing(const JsonReader& reader);
std::unique_ptr<const PostProcessor> make_template_processing(const JsonReader& reader);

/// Whether and how the blanks of byte-level tokens are taken out of their sources.
struct BlankTrimming {
  bool trim = false;
  bool add_prefix_space = false;  ///< Then the first blank of a text may be no part of it.

  void apply(std::string_view text, std::string_view token, std::size_t index, Range& source) const;
};

/// `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`, the second text and what follows it with type id 1.
std::unique_ptr<const PostProcessor> make_bert_processing(TokenId cls, TokenId sep);

/// `<s> A </s>` and `<s> A </s> </s> B </s>`, all of type 0.
/// @param trim  the blank before a word is taken out of its source.
std::unique_ptr<const PostProcessor> make_roberta_processing(TokenId cls, TokenId sep,
                                                             BlankTrimming trim);

/// A post-processor that is its two frames.
class FixedFrames final : public PostProcessor {
 public:
  FixedFrames(Frame single, Frame pair, BlankTrimming trimming = {})
      : single_(std::move(single)), pair_(std::move(pair)), trimming_(trimming) {}
  const Frame& frame(bool pair) const override { return pair ? pair_ : single_; }
  void trim(std::string_view text, std::string_view token, std::size_t index,
            Range& source) const override {
    trimming_.apply(text, token, index, source);
  }

 private:
  Frame single_, pair_;
  BlankTrimming trimming_;
};

}  // namespace prospect::tokenizers
