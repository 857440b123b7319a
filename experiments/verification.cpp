#include "experiments/verification.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "experiments/entry_rows.h"
#include "experiments/number_text.h"
#include "experiments/run_data.h"

namespace prospect {
namespace {

double largest_difference(std::span<const RowOutcome> stored, std::span<const RowOutcome> now) {
  double largest = 0;
  for (std::size_t i = 0; i < stored.size(); ++i)
    for (std::size_t k = 0; k < stored[i].log_p.size(); ++k) {
      const double a = stored[i].log_p[k], b = now[i].log_p.at(k);
      if (a == b || (std::isnan(a) && std::isnan(b))) continue;
      const double difference = std::abs(a - b);
      largest = std::isnan(difference) ? INFINITY : std::max(largest, difference);
    }
  return largest;
}

bool equal(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

class Verifier {
 public:
  Verifier(RunStore& store, const Experiment& experiment, Model& model)
      : store_(store), experiment_(experiment), model_(model) {}

  VerifiedNumber dev(const LeaderboardRow& row, const Task& task) {
    VerifiedNumber number = start(row, "dev", *row.dev);
    const auto score = score_again(row, task, task.dev, number);
    if (score)
      number.max_difference =
          largest_difference(rows_in_order(store_.trial(row.trial.value()).outcome), score->rows);
    return number;
  }

  VerifiedNumber test(const LeaderboardRow& row, const Task& task) {
    VerifiedNumber number = start(row, "test", *row.test);
    score_again(row, task, experiment_.data.test, number);
    return number;
  }

 private:
  static VerifiedNumber start(const LeaderboardRow& row, const char* pool,
                              const Evaluation& stored) {
    VerifiedNumber number;
    number.rank = row.rank.value_or(0);
    number.split_seed = row.split_seed;
    number.tmpl = row.shown.tmpl;
    number.pool = pool;
    number.stored = stored;
    return number;
  }

  std::optional<EntryScore> score_again(const LeaderboardRow& row, const Task& task,
                                        std::span<const Example> examples, VerifiedNumber& number) {
    if (examples.size() != number.stored.num_examples) {
      number.failure = "expected " + std::to_string(number.stored.num_examples) +
                       " examples, found " + std::to_string(examples.size());
      return std::nullopt;
    }
    ChunkedScorer scorer(model_.scorer(), experiment_.spec.scoring, [] {});
    scorer.serve_vectors(model_.oracles().gradient());
    EntryScore score = score_entry(row.entry, task, examples, experiment_.spec.calibration, scorer,
                                   [this](BlobId id) { return store_.vectors(id); });
    if (!score.failure.empty()) {
      number.failure = score.failure;
      return std::nullopt;
    }
    number.now = score.evaluation;
    return score;
  }

  RunStore& store_;
  const Experiment& experiment_;
  Model& model_;
};

Json evaluation_json(const Evaluation& evaluation) {
  return {{"value", number_or_null(evaluation.value)},
          {"log_likelihood", number_or_null(evaluation.log_likelihood)},
          {"n", evaluation.num_examples}};
}

}  // namespace

bool VerifiedNumber::holds() const {
  if (!failure.empty() || !equal(stored.value, now.value)) return false;
  return equal(stored.log_likelihood, now.log_likelihood) ||
         std::abs(stored.log_likelihood - now.log_likelihood) <= kVerifyTolerance;
}

bool VerifiedNumber::same() const {
  return holds() && equal(stored.log_likelihood, now.log_likelihood) &&
         max_difference.value_or(0) == 0;
}

std::size_t Verification::num_held() const {
  return static_cast<std::size_t>(std::count_if(
      numbers.begin(), numbers.end(), [](const VerifiedNumber& number) { return number.holds(); }));
}

Verification verify_run(RunStore& store, const Experiment& experiment, Model& model,
                        std::int64_t top, const std::function<void(const std::string&)>& note) {
  RunStore* const stores[] = {&store};
  const Leaderboard board = build_leaderboard(stores);
  Verifier verifier(store, experiment, model);
  Verification verification;
  for (const auto& split : store.splits()) {
    const Task task = stored_task(store, experiment, split.split_seed);
    note("split " + std::to_string(split.split_seed));
    for (const auto& row : board.rows) {
      if (!row.rank || *row.rank > top || row.split_seed != split.split_seed) continue;
      verification.numbers.push_back(verifier.dev(row, task));
      if (row.test) verification.numbers.push_back(verifier.test(row, task));
    }
  }
  if (verification.numbers.empty())
    fail(ErrorKind::input, store.folder().string(),
         "expected entries that were scored on a whole dev set, found none yet");
  return verification;
}

Json to_json(const Verification& verification) {
  Json json{{"held", verification.num_held()},
            {"failed", verification.numbers.size() - verification.num_held()},
            {"tolerance", kVerifyTolerance},
            {"rows", Json::array()}};
  for (const auto& number : verification.numbers)
    json["rows"].push_back(
        {{"rank", number.rank},
         {"split_seed", number.split_seed},
         {"template", number.tmpl},
         {"pool", number.pool},
         {"stored", evaluation_json(number.stored)},
         {"now", number.failure.empty() ? evaluation_json(number.now) : Json()},
         {"max_difference",
          number.max_difference ? number_or_null(*number.max_difference) : Json()},
         {"holds", number.holds()},
         {"same_bits", number.same()},
         {"failure", number.failure.empty() ? Json() : Json(number.failure)}});
  return json;
}

}  // namespace prospect
