#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/processor.h"
#include "core/scorer.h"
#include "search/oracles.h"

namespace prospect {

/// Thrown where the user's interrupt is noticed in the middle of work; what is not stored by then
/// is done again when the run continues.
struct Interrupted {};

/// The numbers of a row that are asked for: those that are reported, or cheaper ones near them.
enum class Pass { exact, screen };

/// Calls a scorer in pieces of about half a second, so that an interrupt is soon noticed. A row's
/// numbers are its own, so the pieces do not change them.
class ChunkedScorer {
 public:
  /// `Precision::automatic` means the numbers of float32 unless `Pass::screen` is asked for.
  /// @param poll  called before each piece; may throw `Interrupted`.
  /// @param can_screen  whether the scorer has another precision to screen in.
  ChunkedScorer(Scorer& scorer, ScoringSpec spec, std::function<void()> poll,
                bool can_screen = has_bfloat16_products());

  /// One outcome for each row, in order.
  std::vector<RowOutcome> score(std::span<const Candidate> candidates,
                                std::span<const Example> examples, std::span<const Row> rows,
                                Pass pass = Pass::exact);
  /// Of one candidate on every example, in order.
  std::vector<RowOutcome> score(const Candidate& candidate, std::span<const Example> examples);

  /// Of a candidate with free vectors at its trigger slots: one number for each label, as the
  /// gradient oracle's losses give them. The examples' own labels are not read.
  /// @throws Error (unsupported) where no oracle serves them.
  std::vector<RowOutcome> score(const Candidate& candidate, const MatrixXf& vectors,
                                std::span<const Example> examples);
  /// Who scores free vectors; null: nobody. It outlives the scorer.
  void serve_vectors(GradientOracle* oracle) { oracle_ = oracle; }

  /// Whether `Pass::screen` gives other numbers than `Pass::exact`.
  bool screens() const { return screens_; }
  /// The counted work of one row of a candidate.
  std::int64_t cost(const Candidate& candidate) const { return scorer_.cost(candidate, spec_); }
  /// Whether one pass over a candidate's prompt answers every verbalizer (`SharedPasses`).
  bool shares_passes(const Candidate& candidate) const {
    return spec_.rule == AnswerRule::single && cost(candidate) == 1;
  }

 private:
  Scorer& scorer_;
  ScoringSpec spec_;
  std::function<void()> poll_;
  bool screens_;
  GradientOracle* oracle_ = nullptr;
  std::size_t chunk_ = 512;  // rows; adapted to the speed that is met
};

/// Why a row outcome is no number, if it is none.
std::optional<std::string> fault_of(const RowOutcome& row);

/// The first fault among the rows, if any.
std::optional<std::string> first_fault(std::span<const RowOutcome> rows);

}  // namespace prospect
