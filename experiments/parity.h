#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "scoring/model.h"
#include "scoring/tokenizers/tokenizer.h"

namespace prospect {

/// One comparison with a recorded value.
struct ParityCheck {
  std::string name;          ///< For instance `logits/3`: what, and which input.
  double max_abs_error = 0;  ///< The largest; for ids and text, how many things differ.
  double tolerance = 0;
  std::string note;  ///< What differs, where that is no number.

  bool pass() const { return max_abs_error <= tolerance; }  // a NaN never passes
};

/// Something recorded that prospect cannot compare yet.
struct ParitySkip {
  std::string name, reason;
};

struct ParityReport {
  std::vector<ParityCheck> checks;
  std::vector<ParitySkip> skipped;

  std::size_t num_passed() const;
  std::size_t num_failed() const { return checks.size() - num_passed(); }
  /// Runs a comparison; an `Error` that it throws is a failed check with the error as its note.
  void run(const std::string& name, double tolerance,
           const std::function<double(std::string& note)>& compare);
};

/// Compares a tokenizer with `tokens.json`: ids, text and offsets of each string; ids, segments and
/// truncation of each pair.
/// @param tokens   the content of `tokens.json`.
/// @param strings  the content of `strings.json`, whose items `tokens` speaks of.
/// @throws Error (input) when a file is not of this form.
void check_tokens(const Tokenizer& tokenizer, const JsonReader& tokens, const JsonReader& strings,
                  ParityReport& report);

/// Compares the ids that a tokenizer makes of the inputs of `golden.json`.
void check_input_ids(const Tokenizer& tokenizer, const JsonReader& golden, ParityReport& report);

/// Compares a model with `golden.json`: logits at the masks or after the last token, token
/// log-probabilities, loss, gradients, swaps, the batch, and pseudo-log-likelihoods.
/// @throws Error (input) when the file is not of this form.
void check_golden(Model& model, const JsonReader& golden, ParityReport& report);

/// Compares a folder with the `golden.json` and `tokens.json` in it. A checkpoint that cannot be
/// opened is a failed check.
/// @param strings  the file that `tokens.json` speaks of; else `strings.json` in the folder or the
///                 one above is looked for, and without one the strings are skipped.
/// @throws Error (input) when the folder has neither file, or one is not of its form.
ParityReport check_parity(const std::filesystem::path& folder, const ModelOptions& options,
                          const std::optional<std::filesystem::path>& strings);

/// `{"checks": [{"name", "max_abs_error", "tolerance", "pass", "note"}], "passed", "failed",
/// "skipped": [{"name", "reason"}]}`.
Json to_json(const ParityReport& report);

}  // namespace prospect
