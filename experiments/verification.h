#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "experiments/experiment_file.h"
#include "experiments/leaderboard.h"
#include "experiments/run_store.h"
#include "scoring/model.h"

namespace prospect {

/// A number of a run, computed again.
struct VerifiedNumber {
  std::int64_t rank = 0;
  std::uint64_t split_seed = 0;
  std::string tmpl, pool;  ///< `dev` or `test`.
  Evaluation stored, now;
  /// Largest difference of a log-probability, in nats; none for `test`, whose rows are not stored.
  std::optional<double> max_difference;
  std::string failure;  ///< Why there is no number now.

  /// The same metric, and log-likelihoods within `kVerifyTolerance`.
  bool holds() const;
  /// Equal to the last bit.
  bool same() const;
};

/// What float32 products on another machine may change, in nats.
inline constexpr double kVerifyTolerance = 1e-4;

struct Verification {
  std::vector<VerifiedNumber> numbers;
  std::size_t num_held() const;
};

/// Scores the `top` best entries of each split again, on dev, and on test those that have a test
/// value; nothing is written.
/// @param note  told how far it is.
/// @throws Error (input) where the run has no entries.
Verification verify_run(RunStore& store, const Experiment& experiment, Model& model,
                        std::int64_t top, const std::function<void(const std::string&)>& note);

Json to_json(const Verification& verification);

}  // namespace prospect
