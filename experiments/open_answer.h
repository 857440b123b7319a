#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "experiments/inspection.h"

namespace prospect {

/// What a masked LM writes at an answer slot by itself, where no list of answers is given.
struct OpenAnswer {
  std::string text;
  std::vector<TokenId> ids;
  double log_p = 0;  ///< Of each token when it was written, summed, in nats.
  std::int64_t num_forwards = 0;

  double mean_log_p() const { return log_p / static_cast<double>(ids.size()); }
};

/// Which mask is filled next.
enum class FillOrder { left_to_right, most_confident };

/// One answer for each length of 1 to `most_tokens` tokens, the best by mean log-probability first:
/// as many masks as tokens, filled one after the other. Takes a forward for each token.
/// @throws Error (input) for a prompt without exactly one `{mask}` or too long; (unsupported) for a
/// model without a mask token.
/// Source: X-FACTR (Jiang et al. 2020), its initial predictions without refinement.
std::vector<OpenAnswer> open_answers(Model& model, const Template& prompt, std::size_t most_tokens,
                                     FillOrder order, const std::string& where);

}  // namespace prospect
