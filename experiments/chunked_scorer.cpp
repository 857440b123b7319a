#include "experiments/chunked_scorer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "core/log_space.h"
#include "experiments/precision_ladder.h"

namespace prospect {
namespace {

constexpr double kChunkSeconds = 0.5;
constexpr std::size_t kLeastChunk = 64, kMostChunk = 1 << 16;

// All candidates of an example side by side: those that differ in their label words alone have one
// prompt, which a scorer computes once in a call.
std::vector<std::size_t> by_example(std::span<const Row> rows) {
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rows[a].example < rows[b].example; });
  return order;
}

}  // namespace

ChunkedScorer::ChunkedScorer(Scorer& scorer, ScoringSpec spec, std::function<void()> poll,
                             bool can_screen)
    : scorer_(scorer),
      spec_(exact_spec(spec)),
      poll_(std::move(poll)),
      screens_(can_screen && spec.precision == Precision::automatic) {}

std::vector<RowOutcome> ChunkedScorer::score(std::span<const Candidate> candidates,
                                             std::span<const Example> examples,
                                             std::span<const Row> rows, Pass pass) {
  ScoringSpec spec = spec_;
  if (pass == Pass::screen && screens_) spec.precision = Precision::bfloat16;
  using Clock = std::chrono::steady_clock;
  const std::vector<std::size_t> order = by_example(rows);
  std::vector<RowOutcome> outcomes(rows.size());
  for (std::size_t done = 0; done < rows.size();) {
    poll_();
    std::vector<Row> chunk;
    for (std::size_t i = done; i < std::min(done + chunk_, rows.size()); ++i)
      chunk.push_back(rows[order[i]]);
    const auto begin = Clock::now();
    auto scored = scorer_.score({candidates, examples, {}, chunk, spec});
    if (scored.size() != chunk.size())
      fail(ErrorKind::internal, "Scorer::score", "expected ", chunk.size(), " outcomes, found ",
           scored.size());
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (chunk.size() == chunk_) {
      const double fitting = static_cast<double>(chunk_) * kChunkSeconds / std::max(seconds, 1e-6);
      chunk_ = static_cast<std::size_t>(
          std::clamp(fitting, static_cast<double>(kLeastChunk), static_cast<double>(kMostChunk)));
    }
    for (auto& outcome : scored) outcomes[order[done++]] = std::move(outcome);
  }
  return outcomes;
}

std::vector<RowOutcome> ChunkedScorer::score(const Candidate& candidate,
                                             std::span<const Example> examples) {
  std::vector<Row> rows(examples.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].example = static_cast<std::uint32_t>(i);
  return score(std::span(&candidate, 1), examples, rows);
}

std::vector<RowOutcome> ChunkedScorer::score(const Candidate& candidate, const MatrixXf& vectors,
                                             std::span<const Example> examples) {
  if (oracle_ == nullptr)
    fail(ErrorKind::unsupported, "soft prompt",
         "expected a model that scores free vectors, found none");
  const Loss loss{.kind = LossKind::label_likelihood, .spec = spec_};
  std::vector<RowOutcome> rows(examples.size());
  for (auto& row : rows) {
    row.coverage = std::numeric_limits<double>::quiet_NaN();
    row.num_forwards = static_cast<std::int32_t>(oracle_->num_forwards(candidate, loss));
  }
  std::vector<Example> asked(examples.begin(), examples.end());
  for (std::size_t k = 0; k < candidate.verbalizer.labels.size(); ++k) {
    poll_();
    for (auto& example : asked) example.label = static_cast<std::int32_t>(k);
    try {
      const Gradient gradient = oracle_->at_vectors(candidate, vectors, asked, loss);
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i].log_p.push_back(-gradient.loss.at(i));
    } catch (const Error& error) {  // some example does not fit the template
      if (error.kind() != ErrorKind::input && error.kind() != ErrorKind::unsupported) throw;
      for (auto& row : rows) row.failure = Failure{error.message()};
      return rows;
    }
  }
  if (spec_.space == AnswerSpace::labels)
    for (auto& row : rows) log_normalise(row.log_p);
  return rows;
}

std::optional<std::string> fault_of(const RowOutcome& row) {
  if (row.failure) return row.failure->reason;
  if (std::any_of(row.log_p.begin(), row.log_p.end(), [](double p) { return std::isnan(p); }))
    return "the language model's log-probabilities are not numbers";
  return std::nullopt;
}

std::optional<std::string> first_fault(std::span<const RowOutcome> rows) {
  for (const auto& row : rows)
    if (auto fault = fault_of(row)) return fault;
  return std::nullopt;
}

}  // namespace prospect
