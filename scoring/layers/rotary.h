#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scoring/description.h"
#include "scoring/torch.h"

namespace prospect {

/// Sine and cosine for the tokens of a batch. [N, size / 2]
struct RotaryTable {
  at::Tensor cosine, sine;
};

/// Where a token stands: its position in its row, and how long that row is.
struct TokenPlace {
  std::int64_t position = 0, row_length = 0;
};

/// Angle per position of each pair of numbers. [size / 2]
/// @param row_length  of the row, which the dynamic scaling looks at.
std::vector<float> rotary_frequencies(const Rotary& rotary, std::int64_t row_length);

/// The tables of all tokens, computed number by number so that no vector length shows.
RotaryTable rotary_table(const Rotary& rotary, std::span<const TokenPlace> places);

/// Turns the heads of each row; without gradients in place. @param x  [N, H x head size]
at::Tensor rotate(const at::Tensor& x, std::int64_t head_size, const RotaryTable& table);

}  // namespace prospect
