#pragma once

#include <memory>
#include <vector>

#include "core/json.h"
#include "scoring/tokenizers/detail/aligned_text.h"

namespace prospect::tokenizers {

/// A text and the words that it was split into: ranges in ascending order. What lies between them
/// is dropped.
struct Words {
  AlignedText text;
  std::vector<Range> ranges;

  /// `text` as one word, or none where it is empty.
  explicit Words(AlignedText whole) : text(std::move(whole)) {
    if (!text.text().empty()) ranges.push_back({0, static_cast<std::uint32_t>(text.text().size())});
  }
};

/// The second step of a tokenizer: splits each word into smaller ones. It may rewrite the text.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  virtual void split(Words& words) const = 0;
};

/// Makes the pre-tokenizer that a member "pre_tokenizer" of tokenizer.json describes.
/// @throws Error (unsupported) for an unknown type, (input) for wrong members, with the place.
std::unique_ptr<const PreTokenizer> make_pre_tokenizer(const JsonReader& reader);

}  // namespace prospect::tokenizers
