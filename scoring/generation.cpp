#include "scoring/generation.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "scoring/run_prompts.h"
#include "scoring/slot_reader.h"

namespace prospect {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

struct Beam {
  std::vector<TokenId> ids;  // what was written
  double log_p = 0;
};

struct Step {
  std::size_t beam = 0;
  TokenId id = 0;
  double log_p = 0;  // of the whole text
};

class Writer {
 public:
  Writer(const PretrainedLM& lm, const WorkPool& pool, const Prompt& prompt,
         const GenerationOptions& options)
      : lm_(lm), pool_(pool), prompt_(prompt), options_(options) {}

  std::vector<Generation> write() {
    const auto num_beams = static_cast<std::size_t>(options_.num_beams);
    const std::size_t width = num_beams * std::max<std::size_t>(2, 1 + options_.eos_ids.size());
    std::vector<Beam> open{Beam{}}, ended;
    for (std::int64_t length = 1; length <= options_.max_new_tokens; ++length) {
      const bool last = length == options_.max_new_tokens;
      const auto steps = best_steps(open, last, num_beams == 1 ? 1 : width);
      std::vector<Beam> next;
      for (std::size_t rank = 0; rank < steps.size(); ++rank) {
        Beam beam{open[steps[rank].beam].ids, steps[rank].log_p};
        beam.ids.push_back(steps[rank].id);
        const bool ends = last || is_end(steps[rank].id);
        if (!ends && next.size() < num_beams)
          next.push_back(std::move(beam));
        else if (ends && rank < num_beams)
          ended.push_back(std::move(beam));
      }
      std::stable_sort(ended.begin(), ended.end(),
                       [&](const Beam& a, const Beam& b) { return score(a) > score(b); });
      if (ended.size() > num_beams) ended.resize(num_beams);
      open = std::move(next);
      if (open.empty()) break;
      if (ended.size() == num_beams &&
          !(open.front().log_p / normaliser(length) > score(ended.back())))
        break;
    }
    std::vector<Generation> texts;
    for (const auto& beam : ended) texts.push_back({beam.ids, score(beam)});
    return texts;
  }

 private:
  double normaliser(std::int64_t length) const {
    return std::pow(static_cast<double>(length), options_.length_penalty);
  }
  double score(const Beam& beam) const {
    return beam.log_p / normaliser(static_cast<std::int64_t>(beam.ids.size()));
  }
  bool is_end(TokenId id) const {
    return std::find(options_.eos_ids.begin(), options_.eos_ids.end(), id) !=
           options_.eos_ids.end();
  }

  // The most probable continuations of all beams, best first; equal ones in order of beam and id.
  std::vector<Step> best_steps(const std::vector<Beam>& beams, bool last, std::size_t count) const {
    std::vector<Prompt> prompts;
    std::vector<std::vector<std::uint32_t>> wanted;
    for (const auto& beam : beams) {
      Prompt prompt = prompt_;
      auto& row = lm_.kind() == ModelKind::seq2seq_lm ? prompt.target_ids : prompt.ids;
      row.insert(row.end(), beam.ids.begin(), beam.ids.end());
      prompt.type_ids.resize(prompt.ids.size(), 0);
      if (const std::string fault = lm_.fault_of(prompt); !fault.empty())
        fail(ErrorKind::input, "text", "cannot be continued: ", fault);
      wanted.push_back({static_cast<std::uint32_t>(row.size() - 1)});
      prompts.push_back(std::move(prompt));
    }
    std::vector<std::vector<double>> log_p(beams.size());
    run_prompts(lm_, pool_, prompts, wanted, [&](const PromptResults& results) {
      const at::Tensor logits = lm_.logits(results.vectors);
      const std::int64_t size = logits.size(1);
      std::int64_t at = 0;
      for (const std::uint32_t beam : results.prompts) {
        const std::span<const float> row(logits.data_ptr<float>() + size * at++,
                                         static_cast<std::size_t>(size));
        const double sum = log_sum_exp(row);
        for (const float logit : row) log_p[beam].push_back(static_cast<double>(logit) - sum);
      }
    });
    std::vector<Step> steps;
    for (std::size_t b = 0; b < beams.size(); ++b) {
      restrict(log_p[b], last);
      for (std::size_t id = 0; id < log_p[b].size(); ++id)
        if (log_p[b][id] > kNever)
          steps.push_back({b, static_cast<TokenId>(id), beams[b].log_p + log_p[b][id]});
    }
    const auto end = steps.begin() + static_cast<std::ptrdiff_t>(std::min(count, steps.size()));
    std::partial_sort(steps.begin(), end, steps.end(), [](const Step& a, const Step& b) {
      if (a.log_p != b.log_p) return a.log_p > b.log_p;
      return a.beam != b.beam ? a.beam < b.beam : a.id < b.id;
    });
    steps.erase(end, steps.end());
    return steps;
  }

  void restrict(std::vector<double>& log_p, bool last) const {
    for (const TokenId id : options_.forbidden_ids)
      if (id >= 0 && static_cast<std::size_t>(id) < log_p.size())
        log_p[static_cast<std::size_t>(id)] = kNever;
    if (!last || !options_.forced_last) return;
    std::fill(log_p.begin(), log_p.end(), kNever);
    log_p.at(static_cast<std::size_t>(*options_.forced_last)) = 0;
  }

  const PretrainedLM& lm_;
  const WorkPool& pool_;
  const Prompt& prompt_;
  const GenerationOptions& options_;
};

}  // namespace

std::vector<Generation> generate_text(const PretrainedLM& lm, const WorkPool& pool, const Prompt& prompt,
                         const GenerationOptions& options) {
  if (options.num_beams < 1 || options.max_new_tokens < 1)
    fail(ErrorKind::usage, "generation", "expected at least one beam and one token, found ",
         options.num_beams, " and ", options.max_new_tokens);
  return Writer(lm, pool, prompt, options).write();
}

}  // namespace prospect
