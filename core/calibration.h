#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/matrix.h"
#include "core/scorer.h"

namespace prospect {

/// How label probabilities are corrected for a language model's liking of some labels.
///
/// All are one move: the logarithm of a prior over the labels is taken off every row, and the row
/// normalised again. They differ in where the prior comes from. None costs a forward pass beyond
/// the prior's own rows, and with `log_prior` of uniform rows none changes anything.
/// ```
/// const VectorXd prior = mean_log_prior(label_log_probs(verbalizer, content_free_rows));
/// const MatrixXd calibrated = without_prior(label_log_probs(verbalizer, rows), prior);
/// ```
enum class Calibration {
  none,        ///< The probabilities as they are.
  contextual,  ///< Prior: the mean over content-free inputs such as "N/A" (Zhao et al. 2021).
  batch,       ///< Prior: the mean over the rows themselves (Zhou et al. 2023).
  domain_pmi,  ///< Prior: the labels after the domain premise alone (Holtzman et al. 2021).
};

std::string_view name_of(Calibration calibration);

/// Reads `"none"`, `"contextual"`, `"batch"` or `"domain_pmi"`.
/// @throws Error (input) for any other, with the nearest known one.
Calibration calibration_from_json(const JsonReader& reader);

/// The logarithm of the mean probability of each label. [K]
///
/// The mean is of probabilities, not of their logarithms, as in both papers.
/// @param label_log_p  log-probabilities normalised over the labels, at least one row. [R, K]
/// @throws Error (internal) when there is no row.
VectorXd mean_log_prior(const MatrixXd& label_log_p);

/// Label log-probabilities without a prior, normalised over the labels: diag(prior)^-1 p. [R, K]
///
/// A label that the prior and the row both hold impossible (-inf) stays impossible. Where the prior
/// alone holds it impossible the quotient is undefined, and the row becomes NaN: judged as wrong.
/// @param label_log_p  normalised over the labels. [R, K]
/// @param log_prior    need not be normalised: what all labels share cancels. [K]
/// @throws Error (internal) when the sizes differ.
MatrixXd without_prior(const MatrixXd& label_log_p, const VectorXd& log_prior);

/// Calibrates label log-probabilities. [R, K]
///
/// @param label_log_p  normalised over the labels. [R, K]
/// @param reference    what the prior is made of: for `contextual` the content-free rows [C, K] of
///                     the same prompt, for `domain_pmi` the premise's row [1, K]; `none` and
///                     `batch` do not read it. With `batch` one row becomes uniform, and the rows
///                     must be of one split alone: what is calibrated together is compared
///                     together.
/// @throws Error (internal) when the reference lacks rows or has more than it may.
MatrixXd calibrate(Calibration calibration, const MatrixXd& label_log_p,
                   const MatrixXd& reference = {});

/// The inputs whose answers are the prior: for `contextual` one whose fields all say "N/A", one
/// with
/// "[MASK]" and one with nothing (Zhao et al. 2021), for `domain_pmi` the last alone; none else.
/// They stand in the prompt as an example does, behind its demonstrations.
std::vector<Example> content_free_examples(Calibration calibration,
                                           std::span<const std::string> fields);

/// The rows of a prompt with its labels' prior taken off: every answer of a label is lowered by the
/// logarithm of the label's prior, which lowers the label by as much whatever combines its answers,
/// and the row is normalised over all answers. What is read from rows is then calibrated.
///
/// @param rows          without a failure; of one split alone where the calibration is `batch`.
/// @param content_free  the rows of `content_free_examples`, without a failure.
/// @throws Error (internal) as `calibrate`.
std::vector<RowOutcome> calibrated(Calibration calibration, const Verbalizer& verbalizer,
                                   std::vector<RowOutcome> rows,
                                   std::span<const RowOutcome> content_free);

}  // namespace prospect
