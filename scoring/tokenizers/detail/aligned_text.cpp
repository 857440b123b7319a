#include "scoring/tokenizers/detail/aligned_text.h"

namespace prospect::tokenizers {
namespace {

// Walks over the code points that a rewriting replaces.
class OldText {
 public:
  OldText(std::string_view text, Range part) : text_(text), at_(part.begin), end_(part.end) {}

  std::size_t offset() const { return at_; }
  void skip(std::size_t count) {
    for (; count > 0 && at_ < end_; --count) next_code_point(text_, at_);
  }

 private:
  std::string_view text_;
  std::size_t at_, end_;
};

}  // namespace

AlignedText::AlignedText(std::string_view piece, std::uint32_t source_begin, bool tracked,
                         Start start)
    : text_(piece), source_begin_(source_begin), tracked_(tracked), start_(start) {
  if (!tracked_) return;
  sources_.reserve(piece.size());
  for (std::size_t offset = 0; offset < piece.size();) {
    const auto begin = static_cast<std::uint32_t>(offset);
    next_code_point(piece, offset);
    const Range range{source_begin + begin, source_begin + static_cast<std::uint32_t>(offset)};
    sources_.insert(sources_.end(), offset - begin, range);
  }
}

Range AlignedText::source(std::uint32_t begin, std::uint32_t end) const {
  if (!tracked_) return {};
  if (begin >= end) return {source_begin_ + begin, source_begin_ + end};
  return {sources_[begin].begin, sources_[end - 1].end};
}

AlignedText AlignedText::slice(Range part) const {
  AlignedText result({}, source(part.begin, part.end).begin, tracked_, start(part.begin));
  result.text_ = text_.substr(part.begin, part.end - part.begin);
  if (tracked_) result.sources_.assign(sources_.begin() + part.begin, sources_.begin() + part.end);
  return result;
}

void AlignedText::rewrite(Range part, std::span<const Change> changes, std::size_t dropped) {
  std::string fresh;
  fresh.reserve(changes.size() + changes.size() / 4);
  std::vector<Range> fresh_sources;
  if (tracked_) fresh_sources.reserve(changes.size());

  OldText old(text_, part);
  old.skip(dropped);
  for (const Change& change : changes) {
    append_utf8(fresh, change.code_point);
    if (!tracked_) continue;
    // An added code point shares the source of what stands before it.
    Range source{source_begin_, source_begin_};
    if (change.change <= 0 && old.offset() < sources_.size())
      source = sources_[old.offset()];
    else if (old.offset() > 0)
      source = sources_[old.offset() - 1];
    fresh_sources.insert(fresh_sources.end(), utf8_length(change.code_point), source);
    if (change.change <= 0) old.skip(1 + static_cast<std::size_t>(-change.change));
  }

  if (part.begin == 0 && dropped > 0) lose_start();
  const bool whole = part.begin == 0 && part.end == text_.size();
  if (whole) {
    text_ = std::move(fresh);
    sources_ = std::move(fresh_sources);
    return;
  }
  text_.replace(part.begin, part.end - part.begin, fresh);
  if (!tracked_) return;
  const auto begin = sources_.begin() + part.begin;
  const auto at = sources_.erase(begin, begin + (part.end - part.begin));
  sources_.insert(at, fresh_sources.begin(), fresh_sources.end());
}

void AlignedText::replace(std::span<const Range> parts, std::string_view content) {
  std::string fresh;
  std::vector<Range> fresh_sources;
  const auto keep = [&](std::size_t begin, std::size_t end) {
    fresh.append(text_, begin, end - begin);
    if (tracked_)
      fresh_sources.insert(fresh_sources.end(),
                           sources_.begin() + static_cast<std::ptrdiff_t>(begin),
                           sources_.begin() + static_cast<std::ptrdiff_t>(end));
  };
  std::size_t done = 0;
  if (content.empty() && !parts.empty() && parts.front().begin == 0) lose_start();
  for (const Range& part : parts) {
    keep(done, part.begin);
    fresh += content;
    if (tracked_) fresh_sources.insert(fresh_sources.end(), content.size(), sources_[part.end - 1]);
    done = part.end;
  }
  keep(done, text_.size());
  text_ = std::move(fresh);
  sources_ = std::move(fresh_sources);
}

void AlignedText::insert(std::span<const std::uint32_t> places, std::string_view content) {
  if (places.empty()) return;
  std::string fresh;
  fresh.reserve(text_.size() + places.size() * content.size());
  std::vector<Range> fresh_sources;
  std::size_t done = 0;
  const auto keep_until = [&](std::size_t end) {
    fresh.append(text_, done, end - done);
    if (tracked_)
      fresh_sources.insert(fresh_sources.end(),
                           sources_.begin() + static_cast<std::ptrdiff_t>(done),
                           sources_.begin() + static_cast<std::ptrdiff_t>(end));
    done = end;
  };
  for (const std::uint32_t place : places) {
    keep_until(place);
    fresh += content;
    if (tracked_) fresh_sources.insert(fresh_sources.end(), content.size(), sources_[place]);
  }
  keep_until(text_.size());
  text_ = std::move(fresh);
  sources_ = std::move(fresh_sources);
}

void AlignedText::map_bytes(const std::string* table, std::span<Range> ranges) {
  std::string fresh;
  fresh.reserve(text_.size() + text_.size() / 2);
  std::vector<Range> fresh_sources;
  std::size_t done = 0;
  const auto map_until = [&](std::size_t end) {
    for (; done < end; ++done) {
      const std::string& content = table[static_cast<unsigned char>(text_[done])];
      fresh += content;
      if (tracked_) fresh_sources.insert(fresh_sources.end(), content.size(), sources_[done]);
    }
    return static_cast<std::uint32_t>(fresh.size());
  };
  for (Range& range : ranges) {
    range.begin = map_until(range.begin);
    range.end = map_until(range.end);
  }
  map_until(text_.size());
  text_ = std::move(fresh);
  sources_ = std::move(fresh_sources);
}

void AlignedText::map_ascii(const std::int8_t* table) {
  std::size_t kept = 0;
  if (!text_.empty() && table[static_cast<unsigned char>(text_[0])] < 0) lose_start();
  for (std::size_t i = 0; i < text_.size(); ++i) {
    const std::int8_t byte = table[static_cast<unsigned char>(text_[i])];
    if (byte < 0) continue;
    text_[kept] = static_cast<char>(byte);
    if (tracked_) sources_[kept] = sources_[i];
    ++kept;
  }
  text_.resize(kept);
  if (tracked_) sources_.resize(kept);
}

}  // namespace prospect::tokenizers
