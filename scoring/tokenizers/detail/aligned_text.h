#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/tokenizers/detail/utf8.h"

namespace prospect::tokenizers {

/// One code point of a rewritten text, and how it came about.
struct Change {
  char32_t code_point = 0;
  /// 0: it stands for the next old code point; 1: it was added; -n: it stands for the next old one,
  /// and n more after that are gone.
  std::int32_t change = 0;
};

/// What stands before a text: where a tokenizer puts a space before texts, it depends on this.
enum class Start {
  text,    ///< Nothing: the source begins here.
  piece,   ///< An added token.
  inside,  ///< Tokens that the text continues; nothing is put before it.
};

/// A text under normalisation that knows from which bytes of the source each of its bytes comes.
///
/// Where only ids are wanted the alignment is not kept (`tracked` is false), which is faster.
class AlignedText {
 public:
  /// The piece of a source that starts at its byte `source_begin`; valid UTF-8.
  AlignedText(std::string_view piece, std::uint32_t source_begin, bool tracked,
              Start start = Start::text);

  const std::string& text() const { return text_; }
  bool tracked() const { return tracked_; }
  /// Where the piece starts in the source.
  std::uint32_t source_begin() const { return source_begin_; }
  /// What stands before the place `at` of the text.
  Start start(std::uint32_t at = 0) const { return at == 0 ? start_ : Start::piece; }

  /// The bytes of the source behind the bytes [begin, end) of the text; {0, 0} when not tracked.
  Range source(std::uint32_t begin, std::uint32_t end) const;

  /// A part of the text, with its alignment.
  AlignedText slice(Range part) const;

  /// Replaces the whole text. @param dropped  how many code points at its start are gone.
  void rewrite(std::span<const Change> changes, std::size_t dropped = 0) {
    rewrite({0, static_cast<std::uint32_t>(text_.size())}, changes, dropped);
  }
  /// Replaces a part, given in whole code points.
  void rewrite(Range part, std::span<const Change> changes, std::size_t dropped = 0);

  /// Puts `content` in the place of each part, which are in ascending order and not empty. It comes
  /// from the last code point of what it replaces.
  void replace(std::span<const Range> parts, std::string_view content);

  /// Puts `content` before the code points at `places`, which are in ascending order; it then comes
  /// from what they come from.
  void insert(std::span<const std::uint32_t> places, std::string_view content);

  /// Replaces the byte `i` by `table[byte]`, which comes from where the byte comes from.
  /// @param table   256 strings.
  /// @param ranges  of the text, in ascending order; they become those of the new text.
  void map_bytes(const std::string* table, std::span<Range> ranges);

  /// Rewrites an ASCII text byte by byte.
  /// @param table  128 entries: the new byte, or -1 where the byte is dropped.
  void map_ascii(const std::int8_t* table);

  /// Keeps the code points for which `keep(c)`.
  template <class Predicate>
  void filter(Predicate keep) {
    std::vector<Change> changes;
    std::size_t dropped = 0;
    for (std::size_t offset = 0; offset < text_.size();) {
      const char32_t c = next_code_point(text_, offset);
      if (keep(c))
        changes.push_back({c, 0});
      else if (changes.empty())
        ++dropped;
      else
        --changes.back().change;
    }
    rewrite(changes, dropped);
  }

  /// Replaces each code point by what `change(c, changes)` appends.
  template <class Rewriter>
  void rewrite_each(Rewriter change) {
    std::vector<Change> changes;
    changes.reserve(text_.size() + text_.size() / 4);
    for (std::size_t offset = 0; offset < text_.size();)
      change(next_code_point(text_, offset), changes);
    rewrite(changes);
  }

 private:
  // A text whose first character is gone no longer stands at the start of the source.
  void lose_start() {
    if (start_ == Start::text) start_ = Start::piece;
  }

  std::string text_;
  std::vector<Range> sources_;  // one per byte of text_, where tracked
  std::uint32_t source_begin_;
  bool tracked_;
  Start start_;
};

}  // namespace prospect::tokenizers
