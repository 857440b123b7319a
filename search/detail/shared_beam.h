#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "search/oracles.h"

namespace prospect {

struct SharedBeamOptions {
  std::size_t width = 100;
  /// Tokens and ends that are written at the most, by a model that ends a place itself.
  std::int64_t max_length = 18;
  /// Masks before and after the answer at the most, where the length is fixed.
  std::int64_t masks_before = 3, masks_after = 1;
  GenerationOracle::Mean mean = GenerationOracle::Mean::log_probability;
  TokenIds forbidden;     ///< Never written.
  TokenIds not_repeated;  ///< Never written twice in a row: the full stop.
};

/// What was written around the answer.
struct BeamText {
  Infill infill;
  double log_p = 0;             ///< Mean over the contexts, in nats.
  std::int64_t num_tokens = 0;  ///< That `log_p` is the sum over: ends, and an answer, included.

  /// What texts are ranked by: `log_p`, divided by the tokens where lengths were given and not
  /// chosen by the model.
  double score(InfillKind kind) const;
};

/// LM-BFF's search: one beam for all contexts, extended by the tokens that are likeliest on average
/// over them.
///
/// An encoder-decoder writes what stands before the answer, then what stands behind it, and says
/// when each is done; the best `width` of open and finished texts stay, without a length norm. A
/// causal LM writes before the answer alone; after each token the text may end, and the answer's
/// probability is part of its score. A masked LM fills every number of masks up to the limits, each
/// with a beam of its own.
///
/// Unlike the published code, texts that are not finished at the end are given up, unless none is,
/// and a text that ends before the answer is never written.
/// @return best first: of an encoder-decoder at most `width`, of the others all that were finished
/// on the way. Texts without a token are left out.
/// Source: Gao, Fisch and Chen 2021, sec. 5.2; princeton-nlp/LM-BFF.
std::vector<BeamText> shared_beam(GenerationOracle& oracle,
                                  std::span<const GenerationContext> contexts,
                                  const SharedBeamOptions& options);

/// The forwards of a search at the most.
std::int64_t shared_beam_cost(InfillKind kind, std::size_t num_contexts,
                              const SharedBeamOptions& options);

}  // namespace prospect
