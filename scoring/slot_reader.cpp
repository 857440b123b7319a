#include "scoring/slot_reader.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "scoring/run_prompts.h"

namespace prospect {
namespace {

std::int32_t rank_of(std::span<const float> logits, TokenId id) {
  const float own = logits[static_cast<std::size_t>(id)];
  return static_cast<std::int32_t>(
      std::count_if(logits.begin(), logits.end(), [&](float other) { return other >= own; }));
}

// The reads in order of prompt and position, and what each prompt must compute for them.
struct Plan {
  std::vector<std::size_t> order;                  // of the reads
  std::vector<std::size_t> begin;                  // per prompt, into `order`
  std::vector<std::vector<std::uint32_t>> wanted;  // per prompt, ascending
};

Plan plan_reads(std::size_t num_prompts, std::span<const Read> reads) {
  Plan plan;
  plan.order.resize(reads.size());
  std::iota(plan.order.begin(), plan.order.end(), std::size_t{0});
  std::stable_sort(plan.order.begin(), plan.order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(reads[a].prompt, reads[a].position) <
           std::pair(reads[b].prompt, reads[b].position);
  });
  plan.wanted.resize(num_prompts);
  plan.begin.assign(num_prompts + 1, 0);
  for (const std::size_t index : plan.order) {
    const Read& read = reads[index];
    auto& positions = plan.wanted[read.prompt];
    if (positions.empty() || positions.back() != read.position) positions.push_back(read.position);
    ++plan.begin[read.prompt + 1];
  }
  std::partial_sum(plan.begin.begin(), plan.begin.end(), plan.begin.begin());
  return plan;
}

// Answers the reads of one work item.
class ItemReader {
 public:
  ItemReader(const PretrainedLM& lm, const at::Tensor& vectors, ReadSpace space)
      : lm_(lm), vectors_(vectors) {
    if (space == ReadSpace::probabilities) logits_ = lm.logits(vectors);
  }

  // Moves on to the next wanted position.
  void next() {
    ++at_;
    if (logits_.defined()) log_sum_ = log_sum_exp(logits());
  }

  ReadValue read(const Read& read) const {
    const TokenId id = read.id;
    if (logits_.defined())
      return {static_cast<double>(logits()[static_cast<std::size_t>(id)]) - log_sum_,
              read.rank ? rank_of(logits(), id) : 0};
    return {lm_.logit(vectors_.data_ptr<float>() + at_ * vectors_.size(1), id), 0};
  }

 private:
  std::span<const float> logits() const {
    const std::int64_t size = logits_.size(1);
    return {logits_.data_ptr<float>() + at_ * size, static_cast<std::size_t>(size)};
  }

  const PretrainedLM& lm_;
  const at::Tensor& vectors_;  // [W, D]
  at::Tensor logits_;          // [W, V]
  std::int64_t at_ = -1;
  double log_sum_ = 0;
};

}  // namespace

double log_sum_exp(std::span<const float> logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - largest);
  return largest + std::log(sum);
}

std::vector<ReadValue> read_slots(const PretrainedLM& lm, const WorkPool& pool,
                                  std::span<const Prompt> prompts, std::span<const Read> reads,
                                  ReadSpace space, Precision precision) {
  const Plan plan = plan_reads(prompts.size(), reads);
  std::vector<ReadValue> values(reads.size());
  run_prompts(
      lm, pool, prompts, plan.wanted,
      [&](const PromptResults& results) {
        ItemReader reader(lm, results.vectors, space);
        for (const std::uint32_t prompt : results.prompts) {
          std::size_t at = plan.begin[prompt];
          for (const std::uint32_t position : plan.wanted[prompt]) {
            reader.next();
            for (; at < plan.begin[prompt + 1] && reads[plan.order[at]].position == position; ++at)
              values[plan.order[at]] = reader.read(reads[plan.order[at]]);
          }
        }
      },
      precision);
  return values;
}

}  // namespace prospect
