#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scoring/prompt.h"

namespace prospect {

class PretrainedLM;
class WorkPool;

/// Asks what the model says of one token at one position of a prompt.
struct Read {
  std::uint32_t prompt = 0;
  std::uint32_t position = 0;
  TokenId id = 0;
  bool rank = false;  ///< Whether its rank is wanted too.
};

struct ReadValue {
  double value = 0;       ///< Its logit; its log-probability where the whole vocabulary was asked.
  std::int32_t rank = 0;  ///< Among the vocabulary, from 1, ties counted against it; 0: not
                          ///< asked, or only logits were computed.
};

/// Which of the head's outputs are computed.
enum class ReadSpace {
  logits,         ///< The rows of the tokens that are read, and no others.
  probabilities,  ///< All rows, for their sum.
};

/// Reads tokens at positions; one forward pass per prompt. A value depends on its prompt, position
/// and token alone, bit for bit, not on what else is read.
/// @return in the order of `reads`.
std::vector<ReadValue> read_slots(const PretrainedLM& lm, const WorkPool& pool,
                                  std::span<const Prompt> prompts, std::span<const Read> reads,
                                  ReadSpace space, Precision precision = Precision::float32);

/// log of the sum of exponentials of logits, in a fixed order and double precision.
double log_sum_exp(std::span<const float> logits);

}  // namespace prospect
