#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/template.h"
#include "scoring/tokenizers/detail/utf8.h"

namespace prospect::tokenizers {

/// One place of a frame: a text, or a special token.
struct FramePart {
  enum class Kind { first, second, special };
  Kind kind = Kind::special;
  TokenId id = 0;  ///< Of the special token.
  std::int32_t type_id = 0;
};

/// What stands around one text or two: [CLS] A [SEP] B [SEP].
using Frame = std::vector<FramePart>;

/// The fourth step of a tokenizer: puts the model's own special tokens around the texts.
class PostProcessor {
 public:
  virtual ~PostProcessor() = default;
  /// @param pair  whether there are two texts.
  virtual const Frame& frame(bool pair) const = 0;
  /// Takes the blanks of a token out of its source, where the tokenizer does that.
  /// @param text   the whole source.
  /// @param token  as the vocabulary writes it; an added token as the text has it.
  /// @param index  of the token in its text.
  virtual void trim([[maybe_unused]] std::string_view text, [[maybe_unused]] std::string_view token,
                    [[maybe_unused]] std::size_t index, [[maybe_unused]] Range& source) const {}
};

/// Makes the post-processor that a member "post_processor" of tokenizer.json describes.
/// @throws Error (unsupported) for an unknown type, (input, model) for wrong members, with the
/// place.
std::unique_ptr<const PostProcessor> make_post_processor(const JsonReader& reader);

/// One that adds no tokens; the second text has type id 1.
std::unique_ptr<const PostProcessor> make_bare_post_processor();

/// The number of special tokens in a frame.
std::size_t num_special(const Frame& frame);

}  // namespace prospect::tokenizers
