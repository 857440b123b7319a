#include "experiments/precision_ladder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/rng.h"
#include "experiments/trial_scorer.h"
#include "tests/support/toy_model.h"

namespace prospect {
namespace {

using test::toy_task;
using test::ToyModel;

// Gives every answer an error of its own in bfloat16, a fixed function of prompt and example; to
// prompts without triggers only where it errs everywhere.
class NoisyScorer : public Scorer {
 public:
  NoisyScorer(Scorer& scorer, double error, bool everywhere)
      : scorer_(scorer), error_(error), everywhere_(everywhere) {}

  std::vector<RowOutcome> score(const ScoreRequest& request) override {
    auto outcomes = scorer_.score(request);
    if (request.spec.precision != Precision::bfloat16) {
      num_exact += request.rows.size();
      return outcomes;
    }
    num_screened += request.rows.size();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const Row& row = request.rows[i];
      if (!everywhere_ && request.candidates[row.candidate].tmpl.triggers().empty()) continue;
      Rng rng(1, dump_json(to_json(request.candidates[row.candidate])) +
                     request.examples[row.example].id);
      for (double& log_p : outcomes[i].log_p) log_p += error_ * (rng.uniform() - 0.5);
    }
    return outcomes;
  }
  std::int64_t cost(const Candidate& candidate, const ScoringSpec& spec) const override {
    return scorer_.cost(candidate, spec);
  }

  std::size_t num_exact = 0, num_screened = 0;

 private:
  Scorer& scorer_;
  double error_;
  bool everywhere_;
};

// A unit that scores prompts of one trigger on the whole dev pool.
struct Ladder {
  explicit Ladder(Precision precision, double error = kLeastScreeningError, bool can_screen = true,
                  bool everywhere = false)
      : noisy(model.scorer(), error, everywhere),
        chunked(
            noisy, {.precision = precision}, [] {}, can_screen),
        scorer(task, chunked, 1, RacingRule::off) {}

  std::vector<ScoredProposal> score(std::size_t begin, std::size_t end) {
    Ask ask;
    for (std::size_t i = begin; i < end; ++i) {
      Candidate candidate = task.manual.front().candidate;
      candidate.tmpl = Template({Field{.name = "text"}, Literal{" "},
                                 TriggerSlots{{TokenId(8 + i % 45), TokenId(8 + i / 45)}},
                                 Literal{" "}, AnswerSlot{}});
      ask.proposals.push_back({.entry = candidate});
    }
    Meter meter(1 << 30, 0);
    return scorer.score(ask, meter, &standing);
  }

  ToyModel model;
  Task task = toy_task(16);
  NoisyScorer noisy;
  ChunkedScorer chunked;
  TrialScorer scorer;
  Standing standing;
};

struct Ranked {
  Merit merit;
  std::size_t index;
};

std::vector<Ranked> best(const std::vector<ScoredProposal>& results, std::size_t top) {
  std::vector<Ranked> ranked;
  for (std::size_t i = 0; i < results.size(); ++i)
    ranked.push_back({merit_of(results[i].evaluation), i});
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Ranked& a, const Ranked& b) { return better(a.merit, b.merit); });
  ranked.resize(top);
  return ranked;
}

TEST_CASE("the best entries and their numbers are those of float32, though few are scored in it") {
  Ladder automatic(Precision::automatic), exact(Precision::float32);
  const auto screened = automatic.score(0, 400), all = exact.score(0, 400);

  const auto found = best(screened, kExactTop), expected = best(all, kExactTop);
  for (std::size_t i = 0; i < kExactTop; ++i) {
    CHECK(found[i].index == expected[i].index);
    CHECK(found[i].merit.value == expected[i].merit.value);
    CHECK(found[i].merit.log_likelihood == expected[i].merit.log_likelihood);
  }
  CHECK(automatic.noisy.num_screened == 400 * 16 + 16);  // and the manual prompt
  CHECK(automatic.noisy.num_exact < 300 * 16);           // many tie in a toy
}

TEST_CASE("what screening took is told with each result") {
  Ladder ladder(Precision::automatic);
  LadderWork sum;
  for (const auto& result : ladder.score(0, 100)) sum = sum + result.ladder;

  CHECK(sum.screened == 100 * 16);
  CHECK(sum.rescored + 16 == static_cast<std::int64_t>(ladder.noisy.num_exact));
  CHECK(sum.largest_change > 0);
  CHECK(sum.largest_change < kLeastScreeningError);
}

TEST_CASE("a processor that errs by more than is allowed for is found out") {
  Ladder ladder(Precision::automatic, 10 * kLeastScreeningError);
  LadderWork sum;
  for (const auto& result : ladder.score(0, 100)) sum = sum + result.ladder;
  CHECK(sum.largest_change > kLeastScreeningError);
}

TEST_CASE("the error that is allowed for is measured on the manual prompt") {
  Ladder automatic(Precision::automatic, 10 * kLeastScreeningError, true, true),
      exact(Precision::float32);
  const auto screened = automatic.score(0, 200), all = exact.score(0, 200);
  LadderWork sum;
  for (const auto& result : screened) sum = sum + result.ladder;
  CHECK(sum.allowed > kLeastScreeningError);
  CHECK(sum.largest_change < sum.allowed);
  CHECK(best(screened, 1).front().index == best(all, 1).front().index);
}

TEST_CASE("a unit that is taken up again scores what it would have scored") {
  Ladder straight(Precision::automatic), resumed(Precision::automatic);
  auto first = straight.score(0, 200);
  const auto expected = straight.score(200, 400);

  std::vector<TrialRecord> standing;
  for (std::size_t i = 0; i < 200; ++i) {
    TrialRecord trial;
    trial.entry = first[i].expanded.front();
    trial.evaluation = first[i].evaluation;
    standing.push_back(std::move(trial));
  }
  resumed.standing = standing_of(standing);
  const auto found = resumed.score(200, 400);
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].ladder.rescored == expected[i].ladder.rescored);
    CHECK(found[i].evaluation.log_likelihood == expected[i].evaluation.log_likelihood);
  }
}

TEST_CASE("without another precision 'auto' is float32") {
  Ladder ladder(Precision::automatic, kLeastScreeningError, false);
  ladder.score(0, 50);
  CHECK(ladder.noisy.num_screened == 0);
  CHECK(ladder.noisy.num_exact == 50 * 16);
}

TEST_CASE("the most a candidate can be worth raises its gold answers and lowers the others") {
  const Verbalizer verbalizer{.labels = {{"bad", {{"bad", {}}}}, {"good", {{"good", {}}}}}};
  Example example;
  example.label = 1;
  RowOutcome row;
  row.log_p = {-0.7, -0.7};
  const auto rows = favoured({&row, 1}, verbalizer, {&example, 1}, 0.1);
  CHECK(rows[0].log_p[0] == doctest::Approx(-0.8));
  CHECK(rows[0].log_p[1] == doctest::Approx(-0.6));
}

}  // namespace
}  // namespace prospect
