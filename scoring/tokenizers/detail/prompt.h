#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/vocabulary.h"
#include "scoring/tokenizers/detail/pipeline.h"

namespace prospect::tokenizers {

/// Literals and fields between two slots: one string for the tokenizer, made of parts that may be
/// shortened or not.
struct TextRun {
  struct Part {
    std::string text;
    bool shortenable = false;
    bool is_field = false;
  };
  std::vector<Part> parts;
  Start start = Start::text;  ///< What stands before it.
  bool trim_end = false;      ///< Without the white space at its end.

  std::string text() const;
};

/// Ids that stand as they are.
struct IdRun {
  enum class Slot { none, answer, trigger };
  std::vector<TokenId> ids;
  Slot slot = Slot::none;
};

/// A template with an example's fields put in, before it is tokenised.
struct Prompt {
  using Run = std::variant<TextRun, IdRun>;
  std::vector<Run> segments[2];
  bool pair = false;
  bool has_answer = false;
};

/// What `shorten` did.
struct Shortening {
  std::size_t num_cut = 0;           ///< How many tokens fewer there are.
  std::optional<std::size_t> least;  ///< Where nothing more can be cut: how many tokens are left.
};

/// Cuts shortenable parts from their end, the longest first, by whole tokens, until the prompt has
/// at most `room` tokens.
Shortening shorten(Prompt& prompt, const Pipeline& pipeline, std::size_t room);

}  // namespace prospect::tokenizers
