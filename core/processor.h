#pragma once

namespace prospect {

/// Whether this processor multiplies matrices of bfloat16 (AVX512-BF16).
bool has_bfloat16_products();

}  // namespace prospect
