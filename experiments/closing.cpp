#include "experiments/closing.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/error.h"
#include "experiments/controls.h"
#include "experiments/entry_rows.h"
#include "experiments/selection.h"

namespace prospect {

Closing::Closing(StudyParts& parts, OpenRandomModel open_random)
    : parts_(parts), open_random_(std::move(open_random)) {}

void Closing::run_controls() {
  const auto stored = parts_.store.controls();
  for (const auto split_seed : parts_.spec.split_seeds) {
    for (const Control control : kControls) {
      const bool done = std::any_of(stored.begin(), stored.end(), [&](const ControlRecord& record) {
        return record.split_seed == split_seed && record.control == control;
      });
      if (!done) parts_.store.put_control(score_control(control, split_seed));
    }
  }
}

ControlRecord Closing::score_control(Control control, std::uint64_t split_seed) {
  const Task& task = parts_.task_of(split_seed);
  auto [candidate, fault] = control_candidate(control, task);
  ControlRecord record{.split_seed = split_seed, .control = control, .entry = candidate};
  record.failure = std::move(fault);
  if (!record.failure.empty()) return record;
  if (control == Control::majority) {
    record.evaluation = evaluate_majority(task, task.dev);
    record.shown.tmpl = candidate.tmpl.text();
    return record;
  }
  EntryScore scored =
      score_entry(candidate, task, task.dev, parts_.spec.calibration, scorer_of(control));
  record.evaluation = scored.evaluation;
  record.cost = scored.cost;
  record.failure = std::move(scored.failure);
  record.rows = std::move(scored.rows);
  record.shown.tmpl = candidate.tmpl.text();
  if (record.failure.empty())
    record.shown = show(candidate, std::vector{with_demonstrations(candidate, task)},
                        parts_.model.vocabulary(), task.dev);
  return record;
}

void Closing::run_test() {
  if (parts_.experiment.data.test.empty()) {
    parts_.observer.on_note("the task has no test set: the leaderboard shows dev alone");
    return;
  }
  auto subjects = parts_.store.test_subjects();
  if (!subjects) {
    subjects = choose_subjects();
    parts_.store.put_examples(std::nullopt, parts_.experiment.data.test);
    parts_.store.open_test(*subjects);
  }
  const auto done = parts_.store.tests();
  for (const auto& subject : *subjects) {
    const bool is_done = std::any_of(done.begin(), done.end(), [&](const TestRecord& record) {
      return record.subject == subject;
    });
    if (!is_done) parts_.store.put_test(test(subject));
  }
}

// What an entry is worth is told from all entries of its split, whichever unit found them.
Closing::Standing Closing::standing_on(std::uint64_t split_seed) {
  Standing standing;
  for (const auto& unit : parts_.store.units()) {
    if (unit.split_seed != split_seed) continue;
    parts_.store.visit_standing(
        unit.id, [&](TrialRecord&& trial) { standing.trials.push_back(std::move(trial)); },
        RunStore::Rows::with);
  }
  const Task& task = parts_.task_of(split_seed);
  standing.merits =
      merits_of(parts_.spec.selection, standing.trials, {task.metric, task.labels, task.dev});
  return standing;
}

// The best entry of tokens and the best soft prompt of each unit, then the controls of each split.
std::vector<TestSubject> Closing::choose_subjects() {
  std::map<std::int64_t, std::vector<TrialId>> best_of_unit;
  for (const auto split_seed : parts_.spec.split_seeds) {
    const auto [trials, merits] = standing_on(split_seed);
    std::map<std::pair<std::int64_t, bool>, std::size_t> best;
    for (std::size_t i = 0; i < trials.size(); ++i) {
      const bool soft = std::holds_alternative<SoftPrompt>(trials[i].entry);
      const auto [known, is_new] = best.emplace(std::pair(trials[i].unit, soft), i);
      if (!is_new && better(merits[i], merits[known->second])) known->second = i;
    }
    for (const auto& [key, i] : best) best_of_unit[key.first].push_back(trials[i].id);
  }
  std::vector<TestSubject> subjects;
  for (const auto& unit : parts_.store.units())
    for (const TrialId trial : best_of_unit[unit.id])
      subjects.push_back({trial, unit.split_seed, std::nullopt});
  for (const auto split_seed : parts_.spec.split_seeds)
    for (const Control control : kControls) subjects.push_back({std::nullopt, split_seed, control});
  return subjects;
}

void Closing::run_post_hoc(std::size_t finalists) {
  if (!parts_.store.test_subjects())
    fail(ErrorKind::usage, "--post-hoc",
         "expected a run whose choice is sealed, found one that has not opened its test set; let "
         "the run finish first");
  std::set<TrialId> done;
  for (const auto& record : parts_.store.post_hoc()) done.insert(*record.subject.trial);
  for (const auto& record : parts_.store.tests()) {  // the chosen: nothing is scored again
    if (!record.subject.trial || !done.insert(*record.subject.trial).second) continue;
    parts_.store.put_post_hoc(record);
  }
  for (const auto split_seed : parts_.spec.split_seeds) {
    auto [trials, merits] = standing_on(split_seed);
    for (const auto& trial : best_of(std::move(trials), std::move(merits), finalists))
      if (!done.contains(trial.id))
        parts_.store.put_post_hoc(test({trial.id, split_seed, std::nullopt}));
  }
}

TestRecord Closing::test(const TestSubject& subject) {
  if (subject.control) return test_control(subject);
  return test_entry(subject, parts_.store.trial(*subject.trial).entry,
                    parts_.task_of(subject.split_seed), parts_.scorer);
}

TestRecord Closing::test_control(const TestSubject& subject) {
  const Task& task = parts_.task_of(subject.split_seed);
  const auto [candidate, fault] = control_candidate(*subject.control, task);
  TestRecord record;
  record.subject = subject;
  record.failure = fault;
  if (!record.failure.empty()) return record;
  if (*subject.control != Control::majority)
    return test_entry(subject, candidate, task, scorer_of(*subject.control));
  record.evaluation = evaluate_majority(task, parts_.experiment.data.test);
  return record;
}

TestRecord Closing::test_entry(const TestSubject& subject, const Entry& entry, const Task& task,
                               ChunkedScorer& scorer) {
  EntryScore scored = score_entry(entry, task, parts_.experiment.data.test, parts_.spec.calibration,
                                  scorer, [this](BlobId id) { return parts_.store.vectors(id); });
  return {subject, scored.evaluation, scored.cost, std::move(scored.failure),
          std::move(scored.rows)};
}

ChunkedScorer& Closing::scorer_of(Control control) {
  if (control != Control::random_lm) return parts_.scorer;
  if (!random_scorer_) {
    random_model_ = open_random_(parts_.spec.seeds.front());
    random_scorer_ = std::make_unique<ChunkedScorer>(random_model_->scorer(), parts_.spec.scoring,
                                                     [this] { parts_.poll(); });
  }
  return *random_scorer_;
}

}  // namespace prospect
