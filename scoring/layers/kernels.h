#pragma once

#include <cstdint>
#include <vector>

namespace prospect {

// What the forward pass computes besides products, without gradients. Each function is compiled for
// AVX-512, AVX2 and plain x86-64, and the machine's is taken at run time. A row's numbers depend on
// the row alone.

/// Numbers as bfloat16, rounded to nearest, ties to even.
void narrow_numbers(const float* numbers, std::int64_t count, std::uint16_t* results);

/// Normalises each of `count` rows of `size` numbers: to mean 0 and variance 1, or, not centred, to
/// mean square 1. @param scale, shift  [size]; null: none.
void normalise_rows(const float* rows, std::int64_t count, std::int64_t size, const float* scale,
                    const float* shift, float epsilon, bool centred, float* results);

/// Turns the first 2 x `pairs` numbers of each head of a token, pair (i, i + pairs) by its angle.
/// @param cosine, sine  [pairs], of the token's position.
void rotate_token(float* token, std::int64_t num_heads, std::int64_t head_size, std::int64_t pairs,
                  const float* cosine, const float* sine);

/// Rows of keys and values that lie together; `count` of them, `stride` numbers apart.
struct KeyRows {
  const float* keys = nullptr;
  const float* values = nullptr;
  std::int64_t count = 0, stride = 0;
};

/// How the numbers of a query and of a key are divided into heads.
struct Heads {
  std::int64_t num_queries = 0, num_keys = 0, size = 0;
  double scale = 1;  ///< Of query times key.
  double cap = 0;    ///< c of c tanh(score / c); 0: none.
};

/// Queries that follow each other in one row, and what they read.
struct RowQueries {
  const float* queries = nullptr;  ///< [count, H size]
  float* contexts = nullptr;       ///< [count, H size]
  std::int64_t count = 0, position = 0;
  std::vector<KeyRows> keys;     ///< One after the other.
  const float* added = nullptr;  ///< To the scores, [H, count, keys]; null: nothing.
  bool causal = false;           ///< Later keys are not seen.
  std::int64_t reach = -1;       ///< The largest distance that is seen; -1: any.
};

/// softmax(scores) V for each head. A query's numbers do not depend on which others are asked for,
/// on how the keys are divided, or on keys that it does not see.
void attend_row(const RowQueries& row, const Heads& heads);

}  // namespace prospect
