#include "experiments/outcome_matrix.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "experiments/leaderboard.h"
#include "experiments/safetensors_writer.h"

namespace prospect {
namespace {

NamedTensor tensor_of(const std::string& name, const std::vector<TrialRecord>& trials,
                      std::size_t num_examples) {
  std::size_t num_answers = 0;
  for (const auto& trial : trials)
    for (const auto& row : trial.outcome.rows)
      num_answers = std::max(num_answers, row.log_p.size());
  NamedTensor tensor{
      name,
      {static_cast<std::int64_t>(trials.size()), static_cast<std::int64_t>(num_examples),
       static_cast<std::int64_t>(num_answers)},
      {}};
  tensor.values.assign(trials.size() * num_examples * num_answers,
                       std::numeric_limits<double>::quiet_NaN());
  for (std::size_t c = 0; c < trials.size(); ++c) {
    const Outcome& outcome = trials[c].outcome;
    for (std::size_t i = 0; i < outcome.rows.size(); ++i) {
      const auto& log_p = outcome.rows[i].log_p;
      const std::size_t at = (c * num_examples + outcome.examples.at(i)) * num_answers;
      std::copy(log_p.begin(), log_p.end(),
                tensor.values.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  return tensor;
}

}  // namespace

void write_outcome_matrix(RunStore& store, const std::filesystem::path& path) {
  RunStore* const stores[] = {&store};
  const Leaderboard board = build_leaderboard(stores);
  const auto splits = store.splits();
  std::vector<NamedTensor> tensors;
  std::map<std::string, std::string> metadata;
  for (const auto& split : splits) {
    const std::string suffix = splits.size() == 1 ? "" : "." + std::to_string(split.split_seed);
    std::vector<TrialRecord> trials;
    Json candidates = Json::array();
    for (const auto& row : board.rows) {
      if (!row.trial || row.split_seed != split.split_seed) continue;
      trials.push_back(store.trial(*row.trial));
      const Json json = to_json(row);
      candidates.push_back(Json::object());
      for (const char* key : {"rank", "template", "verbalizer", "strategy", "seed", "trial"})
        candidates.back()[key] = json.at(key);
    }
    if (trials.empty()) continue;
    tensors.push_back(tensor_of("log_p" + suffix, trials, split.dev_ids.size()));
    metadata["candidates" + suffix] = dump_json(candidates);
    metadata["examples" + suffix] = dump_json(split.dev_ids);
  }
  if (tensors.empty())
    fail(ErrorKind::input, store.folder().string(),
         "expected entries that were scored on a whole dev set, found none yet");
  write_safetensors(path, tensors, metadata);
}

}  // namespace prospect
