#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/calibration.h"
#include "core/matrix.h"

namespace prospect {

/// What the templates of a list say of the same inputs: p[t, x, y], as log-probabilities normalised
/// over the labels; a matrix [X, K] for each template.
using ScoreArray = std::vector<MatrixXd>;

/// Ways to choose a template without a label, by its answers to some inputs. All are functions of
/// one `ScoreArray`. H is the entropy over the labels, in nats; 1[p] the one-hot of the most
/// probable label (shared equally where labels tie).
/// ```
/// const auto best = choose_template(LabelFree::mi, label_log_probs_of_each_template);  // [X]
/// ```
/// Source: Yang et al. 2024, "Improving Probability-based Prompt Selection Through Unified
/// Evaluation and Analysis"; GE and LE after Lu et al. 2022, MI after Sorensen et al. 2022, MDL
/// after Wu et al. 2023, ZLP, ZPM and ZMV after Liao et al. 2022.
enum class LabelFree {
  ge,     ///< H(mean_x 1[p]): answers that are spread over the labels.
  ge_m,   ///< H(mean_x p).
  le,     ///< mean_x H(p).
  mdl_m,  ///< -mean_x H(p): answers that are sure.
  mi,     ///< ge_m + mdl_m: the mutual information of input and answer.
  mi_g,   ///< ge + mdl_m.
  mdl,    ///< -H(p), of each input.
  mi_l,   ///< ge_m(t) - H(p), of each input.
  mi_gl,  ///< ge(t) - H(p), of each input.
  zlp,    ///< The share of inputs answered as the mean log-probability of all templates does.
  zpm,    ///< The same of the mean probability.
  zmv,    ///< The same of the templates' majority vote.
};

std::string_view name_of(LabelFree criterion);
/// All of them, in the order of the enumeration.
std::span<const LabelFree> label_free_criteria();

/// Whether the template is chosen anew for each input (`mdl`, `mi_l`, `mi_gl`).
bool is_per_input(LabelFree criterion);

/// How good each template is, higher is better: one column for a criterion of the task, a column
/// for each input where `is_per_input`. [T, 1] or [T, X]
///
/// A template with a NaN among its numbers is NaN throughout and has no say in what the others are
/// compared with. An input on which the templates' common answer ties counts for no template.
/// @throws Error (internal) where the matrices differ in size, or there is none.
MatrixXd label_free_scores(LabelFree criterion, std::span<const MatrixXd> scores);

/// The place of the best template for each input: the highest score, of equal ones the first; NaN
/// is never chosen unless there is nothing else. [X]
std::vector<std::size_t> choose_template(LabelFree criterion, std::span<const MatrixXd> scores);

/// One number for each template, by which a list is ranked: the score itself, or its mean over the
/// inputs where `is_per_input`. [T]
std::vector<double> rank_scores(LabelFree criterion, std::span<const MatrixXd> scores);

/// Calibrates each template's answers by its own prior (see `calibrate`).
/// @param references  of each template, as `calibrate` has it; empty where it reads none.
ScoreArray calibrate_all(Calibration calibration, std::span<const MatrixXd> scores,
                         std::span<const MatrixXd> references = {});

/// What is answered when every input is answered by the template chosen for it.
/// @param answers  the array that answers are read from: calibrated or not, whatever the choice
/// read.
/// @return label log-probabilities. [X, K]
MatrixXd answers_of(std::span<const std::size_t> chosen, std::span<const MatrixXd> answers);

/// The mean over texts of the perplexity exp(-log p / tokens). Lower is likelier; a template's
/// filled prompts are its texts (SPELL, Gonen et al. 2022).
/// @param log_p  in nats. @param num_tokens  of each text, at least 1. NaN without texts.
double mean_perplexity(std::span<const double> log_p, std::span<const std::size_t> num_tokens);

/// Davison, Feldman and Rush's coherency of a sentence: log p / tokens^0.2. (2019)
double coherency(double log_p, std::size_t num_tokens);

}  // namespace prospect
