#include "tests/experiments/toy_experiment.h"

namespace prospect::test {
namespace {

std::string rows(int size, char salt) {
  std::string text = "text\tlabel\n";
  for (int i = 0; i < size; ++i) {
    const std::string digits = {static_cast<char>('0' + i / 10 % 5),
                                static_cast<char>('0' + i % 10)};
    text += "w" + digits + " w4" + salt + "\t" + (i % 2 == 0 ? "bad" : "good") + "\n";
  }
  return text;
}

}  // namespace

ToyExperiment::ToyExperiment() {
  scratch_.write("toys/train.tsv", rows(64, '1'));
  scratch_.write("toys/test.tsv", rows(20, '2'));
  scratch_.write("toys/task.json", R"({
    "name": "toys", "version": 1, "kind": "classification", "fields": ["text"], "label": "label",
    "labels": ["bad", "good"], "metric": "accuracy",
    "files": {"train": "train.tsv", "test": "test.tsv"}, "answer_space": "labels",
    "manual": [
      {"template": "{text} w01 {mask}.", "verbalizer": {"bad": ["bad"], "good": ["good"]}},
      {"template": "{text} w02 w03 {mask}!", "verbalizer": {"bad": ["bad"], "good": ["good"]}}]})");
  json = {{"task", "toys"},
          {"shots", 8},
          {"model", "toy"},
          {"strategies", {{{"name", "manual"}}}},
          {"budget", {{"evaluations", 2000}}}};
}

Experiment ToyExperiment::open(const std::vector<std::string>& overrides) {
  return open_experiment(scratch_.write("experiment.json", json.dump(2)), overrides);
}

Session run_session(const Experiment& experiment, const std::filesystem::path& folder,
                    ToyModel& model, StudyObserver& observer) {
  const auto store = RunStore::exists(folder)
                         ? RunStore::open(folder)
                         : RunStore::create(folder, identity_of(experiment, model));
  Study study(
      experiment, model, [](std::uint64_t) { return std::make_unique<ToyModel>(); }, *store,
      observer);
  Session session;
  session.finished = study.run();
  RunStore* const stores[] = {store.get()};
  const Leaderboard board = build_leaderboard(stores);
  session.markdown = write_markdown(board);
  session.csv = write_csv(board);
  session.jsonl = write_jsonl(board);
  for (const auto& row : board.rows) session.rows.push_back(to_json(row));
  return session;
}

Session run_session(const Experiment& experiment, const std::filesystem::path& folder) {
  ToyModel model;
  StopAfter observer;
  return run_session(experiment, folder, model, observer);
}

std::vector<Json> rows_of(const Session& session, const std::string& strategy) {
  std::vector<Json> rows;
  for (const auto& row : session.rows)
    if (row.at("strategy") == strategy) rows.push_back(row);
  return rows;
}

}  // namespace prospect::test
