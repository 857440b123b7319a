// The part of TrialScorer that scores again in float32 what was screened in bfloat16.

#include <algorithm>
#include <map>
#include <utility>

#include "experiments/trial_scorer.h"

namespace prospect {

// Scores in float32 what could still be among the best of its rivals.
void TrialScorer::rescore(std::vector<Runner>& runners, const Ask& ask, Standing& standing) {
  std::map<std::pair<Pool, std::vector<ExampleIndex>>, std::vector<Runner*>> rivals;
  for (auto& runner : runners) {
    if (runner.result.status != Status::scored || !runner.is_candidate()) continue;
    runner.result.ladder.screened = static_cast<std::int64_t>(runner.examples.size());
    rivals[{runner.proposal->pool, runner.examples}].push_back(&runner);
  }
  for (const auto& [examples, group] : rivals) {
    if (examples.first == Pool::unlabelled)  // nothing says which of them wins
      score_exactly(group);
    else
      rescore_rivals(group, ask, standing);
  }
}

void TrialScorer::rescore_rivals(std::span<Runner* const> rivals, const Ask& ask,
                                 Standing& standing) {
  const bool whole_dev =
      is_whole_dev(task_, rivals.front()->proposal->pool, rivals.front()->examples);
  const std::size_t top = whole_dev ? kExactTop : std::max<std::size_t>(1, ask.keep);
  std::vector<Screened> merits;
  for (const Runner* runner : rivals) merits.push_back(screened(*runner));

  std::vector<bool> is_exact(rivals.size());
  std::vector<Runner*> front;
  for (const std::size_t i : front_runners(merits, top)) {
    front.push_back(rivals[i]);
    is_exact[i] = true;
  }
  score_exactly(front);
  Standing known = whole_dev ? standing : Standing();
  const auto know = [&](const Runner& runner) {
    if (runner.result.status == Status::scored)
      known[runner.identity] = merit_of(evaluate_seen(runner));
  };
  for (const Runner* runner : front) know(*runner);
  std::vector<Merit> exact;
  for (const auto& [identity, merit] : known) exact.push_back(merit);

  std::vector<Runner*> others;
  for (std::size_t i = 0; i < rivals.size(); ++i)
    if (!is_exact[i] && can_still_win(merits[i], exact, top)) others.push_back(rivals[i]);
  score_exactly(others);
  if (!whole_dev) return;
  for (const Runner* runner : rivals) know(*runner);
  standing = std::move(known);
}

void TrialScorer::score_exactly(std::vector<Runner*> rivals) {
  std::vector<std::vector<RowOutcome>> before;
  const std::vector<Runner*> all = rivals;
  for (const Runner* runner : all) before.push_back(runner->parts.front().rows);
  for (Runner* runner : rivals) runner->take_all();
  score_blocks(rivals, Pass::exact);
  for (std::size_t i = 0; i < all.size(); ++i) {
    LadderWork& work = all[i]->result.ladder;
    work.rescored = static_cast<std::int64_t>(all[i]->examples.size());
    work.allowed = screening_error();
    if (all[i]->result.status == Status::scored)
      work.largest_change =
          largest_change(all[i]->verbalizer, before[i], all[i]->parts.front().rows);
  }
}

// A function of model and data alone, so that a run that is taken up allows for the same error.
double TrialScorer::screening_error() {
  if (screening_error_) return *screening_error_;
  screening_error_ = kLeastScreeningError;
  if (task_.manual.empty() || task_.dev.empty()) return *screening_error_;
  const Candidate candidate = with_demonstrations(task_.manual.front().candidate, task_);
  std::vector<Row> rows;
  for (std::uint32_t i = 0; i < task_.dev.size(); ++i) rows.push_back({0, i});
  const auto exact = scorer_.score({&candidate, 1}, task_.dev, rows, Pass::exact),
             screened = scorer_.score({&candidate, 1}, task_.dev, rows, Pass::screen);
  if (first_fault(exact) || first_fault(screened)) return *screening_error_;
  screening_error_ =
      std::max(kLeastScreeningError,
               kScreeningErrorFactor * largest_change(candidate.verbalizer, exact, screened));
  return *screening_error_;
}

Screened TrialScorer::screened(const Runner& runner) {
  return {merit_of(evaluate_seen(runner)), merit_of(evaluate_seen(runner, screening_error()))};
}

}  // namespace prospect
