#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json.h"
#include "experiments/experiment_file.h"
#include "experiments/leaderboard.h"
#include "scoring/model.h"

namespace prospect {

/// What a prompt that was found for one model scores on another.
struct TransferCell {
  std::optional<Evaluation> dev;
  std::string failure;  ///< Why there is none.
};

/// A prompt and its scores on models: a row of the matrix.
struct TransferRow {
  std::string source;  ///< The model it was found for; `manual` for the task's own prompt.
  std::uint64_t split_seed = 0;
  std::optional<std::int64_t> rank;
  std::string tmpl;       ///< As text: another model has other tokens.
  bool text_safe = true;  ///< Whether the text gives the tokens that were found, on their model.
  std::optional<double> home;       ///< Dev metric on its own model, as the run stored it.
  std::vector<TransferCell> cells;  ///< One per model, in the matrix's order.
};

struct TransferMatrix {
  std::string metric;
  std::vector<std::string> models;
  std::vector<TransferRow> rows;
};

/// The entry as another model can read it: trigger and fixed tokens as text, answers without ids.
Candidate as_text(const Candidate& candidate, const Vocabulary& vocabulary);
/// Of an ensemble, every member. @throws Error (unsupported) for a soft prompt: its vectors are of
/// its own model.
Entry as_text(const Entry& entry, const Vocabulary& vocabulary);

/// Scores the best entries of a run, and the task's manual prompt, on a model's dev pools: adds a
/// column to the rows. Nothing of a test set is seen.
/// @param rows  of `transfer_rows`.
void score_on(Model& model, const Experiment& experiment, std::span<TransferRow> rows,
              std::span<const Entry> entries);

/// The `top` best entries of each split of a run, soft prompts left out, then the manual prompt,
/// and what is scored of each. @param home  the vocabulary that the run's token ids are of.
struct TransferCandidates {
  std::vector<TransferRow> rows;
  std::vector<Entry> entries;  ///< One per row.
};
TransferCandidates transfer_rows(RunStore& store, const Experiment& experiment,
                                 const Vocabulary& home, std::int64_t top);

Json to_json(const TransferMatrix& matrix);
std::string write_markdown(const TransferMatrix& matrix);

}  // namespace prospect
