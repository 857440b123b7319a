#include "scoring/tokenizers/detail/prompt.h"

#include <algorithm>

#include "scoring/tokenizers/detail/unicode.h"

namespace prospect::tokenizers {
namespace {

// A shortenable part and where its tokens start in it.
struct Cuttable {
  TextRun::Part* part = nullptr;
  std::vector<std::size_t> starts;
  std::size_t kept = 0;  // how many of its tokens stay
};

struct Measured {
  std::size_t num_tokens = 0;
  std::vector<Cuttable> cuttable;
};

void measure(TextRun& run, const Pipeline& pipeline, Measured& measured) {
  const auto tokens = pipeline.tokenize(run.text(), true, run.start);
  measured.num_tokens += tokens.size();
  std::size_t begin = 0;
  for (auto& part : run.parts) {
    const std::size_t end = begin + part.text.size();
    if (part.shortenable && !part.text.empty()) {
      Cuttable cuttable{&part, {}, 0};
      for (const SourceToken& token : tokens)
        if (token.source.begin >= begin && token.source.begin < end)
          cuttable.starts.push_back(token.source.begin - begin);
      cuttable.kept = cuttable.starts.size();
      measured.cuttable.push_back(std::move(cuttable));
    }
    begin = end;
  }
}

Measured measure(Prompt& prompt, const Pipeline& pipeline) {
  Measured measured;
  for (auto& segment : prompt.segments) {
    for (auto& run : segment) {
      if (auto* text = std::get_if<TextRun>(&run))
        measure(*text, pipeline, measured);
      else
        measured.num_tokens += std::get<IdRun>(run).ids.size();
    }
  }
  return measured;
}

// Takes tokens away one by one from the part that has the most, of equal ones from the last.
void choose(std::vector<Cuttable>& parts, std::size_t excess) {
  for (; excess > 0; --excess) {
    Cuttable* longest = nullptr;
    for (auto& part : parts)
      if (longest == nullptr || part.kept >= longest->kept) longest = &part;
    if (longest == nullptr || longest->kept == 0) return;
    --longest->kept;
  }
}

// Cuts a part before the first token that does not stay; whether anything was cut.
bool cut(const Cuttable& cuttable) {
  std::string& text = cuttable.part->text;
  std::size_t end = text.size();
  if (cuttable.kept < cuttable.starts.size()) end = cuttable.starts[cuttable.kept];
  if (cuttable.kept == 0) end = 0;
  const bool shorter = end < text.size();
  text.resize(end);
  return shorter;
}

}  // namespace

std::string TextRun::text() const {
  std::string text;
  for (const auto& part : parts) text += part.text;
  while (trim_end && !text.empty() && is_white_space(last_code_point(text)))
    text.resize(text.size() - utf8_length(last_code_point(text)));
  return text;
}

Shortening shorten(Prompt& prompt, const Pipeline& pipeline, std::size_t room) {
  Measured measured = measure(prompt, pipeline);
  const std::size_t before = measured.num_tokens;
  // A word cut in its middle may have more tokens than before: measure again until it fits.
  while (measured.num_tokens > room) {
    choose(measured.cuttable, measured.num_tokens - room);
    bool any = false;
    for (const auto& cuttable : measured.cuttable) any = cut(cuttable) || any;
    if (!any) return {0, measured.num_tokens};
    measured = measure(prompt, pipeline);
  }
  return {before - measured.num_tokens, std::nullopt};
}

}  // namespace prospect::tokenizers
