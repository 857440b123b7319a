#include "search/gradient/shortlists.h"

#include <algorithm>
#include <utility>

#include "search/detail/best_tokens.h"
#include "search/gradient/slot_question.h"

namespace prospect {
namespace {

// Row r of the averaged gradient holds token r mod m and example r mod N.
std::size_t num_rows(std::size_t num_tokens, std::size_t num_examples) {
  return std::max(num_tokens, num_examples);
}

}  // namespace

std::int64_t Shortlister::cost(const Candidate& candidate, std::size_t num_examples,
                               std::size_t num_slots) const {
  const auto count = [](std::size_t size) { return static_cast<std::int64_t>(size); };
  const std::int64_t row = kGradientCost * context_.oracles.gradient()->num_forwards(
                                               candidate, loss_of(options_, context_.spec));
  const auto num_tokens = static_cast<std::size_t>(options_.gradient_tokens);
  std::int64_t cost = num_tokens == 0
                          ? row * count(num_examples)
                          : row * count(num_rows(num_tokens, num_examples)) * count(num_slots);
  if (options_.fluent_top > 0) cost += count(num_examples) * count(num_slots);
  return cost;
}

std::vector<TokenIds> Shortlister::shortlists(const Candidate& candidate,
                                              std::span<const Example> examples,
                                              std::span<const std::size_t> slots,
                                              const TriedSwaps& tried, Rng& rng) const {
  const MatrixXf rows = gradient_rows(candidate, examples, slots, rng);
  std::vector<TokenIds> lists;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const TokenMask allowed = allowed_at(candidate, examples, slots[i], tried);
    const auto num_allowed =
        static_cast<std::size_t>(std::count(allowed.begin(), allowed.end(), true));
    const std::size_t k = std::min(static_cast<std::size_t>(options_.top_k), num_allowed);
    const MatrixXf row = rows.row(static_cast<Eigen::Index>(i));
    lists.push_back(context_.oracles.gradient()->shortlist(row, allowed, k).front().ids);
  }
  return lists;
}

// [slots.size(), D]
MatrixXf Shortlister::gradient_rows(const Candidate& candidate, std::span<const Example> examples,
                                    std::span<const std::size_t> slots, Rng& rng) const {
  MatrixXf rows;
  if (options_.gradient_tokens == 0) {
    const Gradient gradient = context_.oracles.gradient()->at_tokens(
        candidate, examples, loss_of(options_, context_.spec));
    rows.resize(static_cast<Eigen::Index>(slots.size()), gradient.at_slots.cols());
    for (std::size_t i = 0; i < slots.size(); ++i)
      rows.row(static_cast<Eigen::Index>(i)) =
          gradient.at_slots.row(static_cast<Eigen::Index>(slots[i]));
    return rows;
  }
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const Eigen::RowVectorXf mean = mean_gradient(candidate, examples, slots[i], rng);
    if (i == 0) rows.resize(static_cast<Eigen::Index>(slots.size()), mean.cols());
    rows.row(static_cast<Eigen::Index>(i)) = mean;
  }
  return rows;
}

Eigen::RowVectorXf Shortlister::mean_gradient(const Candidate& candidate,
                                              std::span<const Example> examples, std::size_t slot,
                                              Rng& rng) const {
  const auto num_tokens = static_cast<std::size_t>(options_.gradient_tokens);
  const std::size_t total = num_rows(num_tokens, examples.size());
  const Loss loss = loss_of(options_, context_.spec);
  TokenIds ids = candidate.tmpl.triggers();
  Eigen::RowVectorXf sum;
  for (std::size_t t = 0; t < num_tokens; ++t) {
    ids[slot] = space_.allowed_ids()[rng.below(space_.num_allowed())];
    std::vector<Example> dealt;
    for (std::size_t r = t; r < total; r += num_tokens)
      dealt.push_back(examples[r % examples.size()]);
    Candidate filled = candidate;
    filled.tmpl = candidate.tmpl.with_triggers(ids);
    const Gradient gradient = context_.oracles.gradient()->at_tokens(filled, dealt, loss);
    const Eigen::RowVectorXf row =
        gradient.at_slots.row(static_cast<Eigen::Index>(slot)) * static_cast<float>(dealt.size());
    if (t == 0)
      sum = row;
    else
      sum += row;
  }
  return sum / static_cast<float>(total);
}

TokenMask Shortlister::allowed_at(const Candidate& candidate, std::span<const Example> examples,
                                  std::size_t slot, const TriedSwaps& tried) const {
  TokenMask allowed = space_.allowed();
  const TokenId present = candidate.tmpl.triggers()[slot];
  if (present != kUnsetToken) allowed[static_cast<std::size_t>(present)] = false;
  for (const TokenId id : tried.at(candidate.tmpl, slot))
    allowed[static_cast<std::size_t>(id)] = false;
  if (options_.fluent_top == 0) return allowed;

  const VectorXf log_p = slot_log_p(candidate, examples, slot, *context_.oracles.slot());
  TokenIds ids;
  for (std::size_t id = 0; id < allowed.size() && id < static_cast<std::size_t>(log_p.size()); ++id)
    if (allowed[id]) ids.push_back(static_cast<TokenId>(id));
  TokenMask fluent(allowed.size(), false);
  for (const TokenId id :
       best_tokens(std::move(ids), log_p, static_cast<std::size_t>(options_.fluent_top)))
    fluent[static_cast<std::size_t>(id)] = true;
  return fluent;
}

}  // namespace prospect
