#include "search/detail/shared_beam.h"

#include <algorithm>
#include <utility>

namespace prospect {
namespace {

// More than the beam is wide, since some tokens are passed over [LM-BFF].
constexpr std::size_t kSpareTokens = 3;

bool holds(const TokenIds& ids, TokenId id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

bool has_text(const BeamText& text) {
  return !text.infill.before.empty() || !text.infill.after.empty();
}

class Beam {
 public:
  Beam(GenerationOracle& oracle, std::span<const GenerationContext> contexts,
       const SharedBeamOptions& options)
      : oracle_(oracle), contexts_(contexts), options_(options), kind_(oracle.kind()) {}

  std::vector<BeamText> open_ended() {
    std::vector<BeamText> open{BeamText{}}, finished;
    for (std::int64_t step = 0; step < options_.max_length && !open.empty(); ++step) {
      struct Next {
        BeamText text;
        bool is_finished = false;
      };
      std::vector<Next> all;
      for (auto& text : finished) all.push_back({std::move(text), true});
      const auto continuations = next(open);
      for (std::size_t i = 0; i < open.size(); ++i) {
        BeamText ended = open[i];
        ended.log_p += continuations[i].end_log_p;
        ++ended.num_tokens;
        const bool is_finished = std::exchange(ended.infill.is_behind, true);
        all.push_back({std::move(ended), is_finished});
        for (auto& longer : extended(open[i], continuations[i]))
          all.push_back({std::move(longer), false});
      }
      std::stable_sort(all.begin(), all.end(),
                       [](const Next& a, const Next& b) { return a.text.log_p > b.text.log_p; });
      if (all.size() > options_.width) all.resize(options_.width);
      open.clear();
      finished.clear();
      for (auto& item : all) (item.is_finished ? finished : open).push_back(std::move(item.text));
    }
    if (finished.empty())
      for (auto& text : open)
        if (text.infill.is_behind) finished.push_back(std::move(text));
    return best_of(std::move(finished));
  }

  std::vector<BeamText> before_answer() {
    std::vector<BeamText> open{BeamText{}}, finished;
    for (std::int64_t step = 0; step <= options_.max_length && !open.empty(); ++step) {
      const auto continuations = next(open);
      std::vector<BeamText> longer;
      for (std::size_t i = 0; i < open.size(); ++i) {
        BeamText ended = open[i];
        ended.log_p += continuations[i].end_log_p;
        ++ended.num_tokens;
        finished.push_back(std::move(ended));
        for (auto& text : extended(open[i], continuations[i])) longer.push_back(std::move(text));
      }
      open = step < options_.max_length ? cut(std::move(longer)) : std::vector<BeamText>{};
    }
    return best_of(std::move(finished));
  }

  std::vector<BeamText> fixed_length() {
    std::vector<BeamText> finished;
    for (std::int64_t before = 0; before <= options_.masks_before; ++before)
      for (std::int64_t after = 0; after <= options_.masks_after; ++after) {
        BeamText start;
        start.infill.open_before = before;
        start.infill.open_after = after;
        start.infill.is_behind = before == 0;
        std::vector<BeamText> open{start};
        for (std::int64_t i = 0; i < before + after; ++i) {
          const auto continuations = next(open);
          std::vector<BeamText> longer;
          for (std::size_t b = 0; b < open.size(); ++b)
            for (auto& text : extended(open[b], continuations[b]))
              longer.push_back(std::move(text));
          open = cut(std::move(longer));
        }
        finished.insert(finished.end(), open.begin(), open.end());
      }
    return best_of(std::move(finished));
  }

 private:
  std::vector<Continuation> next(const std::vector<BeamText>& open) {
    std::vector<Infill> infills;
    for (const auto& text : open) infills.push_back(text.infill);
    const std::size_t passed_over = options_.forbidden.size() + options_.not_repeated.size();
    return oracle_.next(contexts_, infills, options_.mean,
                        options_.width + kSpareTokens + passed_over);
  }

  std::vector<BeamText> extended(const BeamText& text, const Continuation& continuation) const {
    std::vector<BeamText> result;
    const TokenIds& written = text.infill.is_behind ? text.infill.after : text.infill.before;
    for (std::size_t i = 0; i < continuation.tokens.ids.size(); ++i) {
      const TokenId id = continuation.tokens.ids[i];
      if (holds(options_.forbidden, id)) continue;
      if (!written.empty() && written.back() == id && holds(options_.not_repeated, id)) continue;
      BeamText longer = text;
      longer.log_p += static_cast<double>(continuation.tokens.scores[i]);
      ++longer.num_tokens;
      Infill& infill = longer.infill;
      (infill.is_behind ? infill.after : infill.before).push_back(id);
      if (kind_ == InfillKind::fixed_length) {
        --(infill.is_behind ? infill.open_after : infill.open_before);
        if (!infill.is_behind && infill.open_before == 0) infill.is_behind = true;
      }
      result.push_back(std::move(longer));
    }
    return result;
  }

  std::vector<BeamText> cut(std::vector<BeamText> texts) const {
    std::stable_sort(texts.begin(), texts.end(),
                     [](const BeamText& a, const BeamText& b) { return a.log_p > b.log_p; });
    if (texts.size() > options_.width) texts.resize(options_.width);
    return texts;
  }

  std::vector<BeamText> best_of(std::vector<BeamText> texts) const {
    std::erase_if(texts, [](const BeamText& text) { return !has_text(text); });
    std::stable_sort(texts.begin(), texts.end(), [&](const BeamText& a, const BeamText& b) {
      return a.score(kind_) > b.score(kind_);
    });
    return texts;
  }

  GenerationOracle& oracle_;
  std::span<const GenerationContext> contexts_;
  const SharedBeamOptions& options_;
  InfillKind kind_;
};

}  // namespace

double BeamText::score(InfillKind kind) const {
  return kind == InfillKind::open_ended
             ? log_p
             : log_p / static_cast<double>(std::max<std::int64_t>(num_tokens, 1));
}

std::vector<BeamText> shared_beam(GenerationOracle& oracle,
                                  std::span<const GenerationContext> contexts,
                                  const SharedBeamOptions& options) {
  Beam beam(oracle, contexts, options);
  switch (oracle.kind()) {
    case InfillKind::open_ended:
      return beam.open_ended();
    case InfillKind::before_answer:
      return beam.before_answer();
    case InfillKind::fixed_length:
      return beam.fixed_length();
  }
  return {};
}

std::int64_t shared_beam_cost(InfillKind kind, std::size_t num_contexts,
                              const SharedBeamOptions& options) {
  const auto width = static_cast<std::int64_t>(options.width);
  const auto contexts = static_cast<std::int64_t>(num_contexts);
  // The first token of a beam extends one text, the others as many as it is wide.
  const auto of_tokens = [&](std::int64_t count) {
    return count == 0 ? 0 : (1 + (count - 1) * width) * contexts;
  };
  if (kind == InfillKind::open_ended) return of_tokens(options.max_length);
  if (kind == InfillKind::before_answer) return of_tokens(options.max_length + 1);
  std::int64_t sum = 0;
  for (std::int64_t before = 0; before <= options.masks_before; ++before)
    for (std::int64_t after = 0; after <= options.masks_after; ++after)
      sum += of_tokens(before + after);
  return sum;
}

}  // namespace prospect
