#include "experiments/study_parts.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "datasets/fewshot.h"
#include "datasets/thesaurus.h"

namespace prospect {

Task split_task(const Experiment& experiment, std::uint64_t split_seed) {
  const ExperimentSpec& spec = experiment.spec;
  if (spec.setting == Setting::zero) return zero_shot_task(experiment.data, spec.shots, split_seed);
  Task task =
      fewshot_task(experiment.data, spec.shots, split_seed,
                   fewshot_protocol_from_name(spec.protocol, spec.file.string() + "#/protocol"));
  if (spec.setting == Setting::true_few) {
    task.dev = task.support;
    task.fingerprint = fingerprint_of(task.support, task.dev);
  }
  if (spec.unlabelled > 0)
    task.unlabelled = unlabelled_examples(experiment.data, task, spec.unlabelled, split_seed);
  return task;
}

bool put_answerable_first(Task& task, const Vocabulary& vocabulary, const ScoringSpec& spec) {
  if (spec.rule != AnswerRule::single) return false;
  const auto is_answerable = [&](const ManualPrompt& prompt) {
    const auto answers = flatten(prompt.candidate.verbalizer);
    return std::all_of(answers.begin(), answers.end(), [&](const Answer& answer) {
      return vocabulary.encode_answer(prompt.candidate.tmpl, answer).size() == 1;
    });
  };
  const bool moves = !task.manual.empty() && !is_answerable(task.manual.front());
  return std::stable_partition(task.manual.begin(), task.manual.end(), is_answerable) !=
             task.manual.begin() &&
         moves;
}

bool can_screen(const ExperimentSpec& spec) {
  return has_bfloat16_products() && spec.calibration == Calibration::none;
}

StudyParts::StudyParts(const Experiment& experiment_, Model& model_, RunStore& store_,
                       StudyObserver& observer_, Scorer* scorer_, HelperModels* helpers)
    : experiment(experiment_),
      spec(experiment_.spec),
      model(model_),
      store(store_),
      observer(observer_),
      scorer(
          scorer_ == nullptr ? model_.scorer() : *scorer_, experiment_.spec.scoring,
          [this] { poll(); }, can_screen(experiment_.spec)),
      helper_oracles(helpers, model_, exact_spec(experiment_.spec.scoring)),
      oracles(
          model_.oracles(), [this] { poll(); }, helper_oracles.oracles()),
      thesaurus(make_thesaurus()) {
  scorer.serve_vectors(model_.oracles().gradient());
}

const Task& StudyParts::task_of(std::uint64_t split_seed) {
  if (const auto known = tasks_.find(split_seed); known != tasks_.end()) return known->second;
  Task task = split_task(experiment, split_seed);
  if (put_answerable_first(task, model.vocabulary(), spec.scoring) && tasks_.empty())
    observer.on_note(
        "the task's first manual prompt has label words of several tokens, which the "
        "rule 'single' does not score: '" +
        task.manual.front().candidate.tmpl.text() + "' with " +
        dump_json(to_json(task.manual.front().candidate.verbalizer)) + " stands for it");

  bool stored = false;
  for (const auto& split : store.splits()) {
    if (split.split_seed != split_seed) continue;
    stored = true;
    if (split.task_fingerprint != task.fingerprint)
      fail(ErrorKind::input, store.folder().string(),
           "expected the data that this run began with (", split.task_fingerprint,
           "), found other rows for split seed ", split_seed, " (", task.fingerprint,
           "); restore the task's files, or set the run aside with --fresh");
  }
  if (!stored) {
    SplitRecord split{split_seed, task.fingerprint, {}, 0, 0};
    for (const auto& example : task.dev) split.dev_ids.push_back(example.id);
    split.num_support = static_cast<std::int64_t>(task.support.size());
    split.num_test = static_cast<std::int64_t>(experiment.data.test.size());
    store.put_split(split);
  }
  if (store.examples(split_seed).empty()) store.put_examples(split_seed, task.dev);
  return tasks_.emplace(split_seed, std::move(task)).first->second;
}

void StudyParts::poll() {
  if (meter != nullptr) {
    progress.spent = meter->spent();
    progress.total_spent = spent_before + meter->spent();
  }
  observer.on_progress(progress);
  if (observer.stop_requested()) throw Interrupted{};
}

}  // namespace prospect
