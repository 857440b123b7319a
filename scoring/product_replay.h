#pragma once

#include <cstddef>
#include <span>

#include "scoring/model.h"
#include "scoring/pretrained_lm.h"
#include "scoring/work_pool.h"

namespace prospect {

/// Times the matrix products of scoring rows and nothing else: the same shapes, blocks, packing of
/// rows and threads, on useful tokens alone, without biases and what follows a product. What the
/// scorer takes beyond it is its own overhead; products inside attention are not replayed.
/// @param lengths  tokens of each row; one of them is asked for.
ProductReplay replay_products(const PretrainedLM& lm, const WorkPool& pool,
                              std::span<const std::size_t> lengths, Precision precision);

}  // namespace prospect
