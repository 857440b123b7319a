#include "scoring/layers/kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

// GCC compiles a function marked so once for each of the three, with everything inlined into it.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define PROSPECT_EACH_CPU \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PROSPECT_EACH_CPU
#endif

namespace prospect {
namespace {

constexpr std::int64_t kLanes = 16;
using Lanes = float __attribute__((vector_size(64)));
using IntLanes = std::int32_t __attribute__((vector_size(64)));

[[gnu::always_inline]] inline void load(Lanes& lanes, const float* from) {
  std::memcpy(&lanes, from, 64);
}
[[gnu::always_inline]] inline void store(float* to, const Lanes& lanes) {
  std::memcpy(to, &lanes, 64);
}

[[gnu::always_inline]] inline float sum_of(const Lanes& lanes) {
  float sum = 0;
  for (std::int64_t i = 0; i < kLanes; ++i) sum += lanes[i];
  return sum;
}

[[gnu::always_inline]] inline float largest_of(const Lanes& lanes) {
  float largest = lanes[0];
  for (std::int64_t i = 1; i < kLanes; ++i) largest = lanes[i] > largest ? lanes[i] : largest;
  return largest;
}

// e^x for x <= 0, within two units of the last place: 2^n times a polynomial of the rest, as Cephes
// has it.
[[gnu::always_inline]] inline void exponential(Lanes& x) {
  const Lanes lowest = Lanes{} - 87.0F;
  x = x < lowest ? lowest : x;
  // Adding and taking off 1.5 x 2^23 rounds; the sum's last bits hold the whole number.
  const Lanes shifted = x * 1.44269504F + 12582912.0F;
  const Lanes whole = shifted - 12582912.0F;
  const Lanes rest = (x - whole * 0.693359375F) + whole * 2.12194440e-4F;
  Lanes sum = rest * 1.9875691500e-4F + 1.3981999507e-3F;
  sum = sum * rest + 8.3334519073e-3F;
  sum = sum * rest + 4.1665795894e-2F;
  sum = sum * rest + 1.6666665459e-1F;
  sum = sum * rest + 5.0000001201e-1F;
  sum = sum * (rest * rest) + rest + 1.0F;
  IntLanes bits;
  std::memcpy(&bits, &shifted, 64);
  bits = (bits << 23) + (127 << 23);
  Lanes power;
  std::memcpy(&power, &bits, 64);
  x = sum * power;
}

// tanh from e^-2|x|.
[[gnu::always_inline]] inline void hyperbolic_tangent(Lanes& x) {
  const Lanes size = x < 0.0F ? -x : x;
  Lanes e = size * -2.0F;
  exponential(e);
  const Lanes t = (1.0F - e) / (1.0F + e);
  x = x < 0.0F ? -t : t;
}

// One head's keys by columns and its values by rows, filled up with zeros.
struct HeadMemory {
  std::int64_t num_keys = 0, key_width = 0, value_width = 0;
  std::vector<float> keys, values;  // [size, key_width], [key_width, value_width]
};

[[gnu::always_inline]] inline void gather(const RowQueries& row, std::int64_t offset,
                                          std::int64_t size, HeadMemory& memory) {
  std::int64_t at = 0;
  for (const auto& part : row.keys)
    for (std::int64_t t = 0; t < part.count; ++t, ++at) {
      const float* key = part.keys + t * part.stride + offset;
      for (std::int64_t c = 0; c < size; ++c)
        memory.keys[static_cast<std::size_t>(c * memory.key_width + at)] = key[c];
      std::memcpy(memory.values.data() + at * memory.value_width,
                  part.values + t * part.stride + offset,
                  static_cast<std::size_t>(size) * sizeof(float));
    }
}

constexpr int kQueries = 4;

// kQueries rows times 16 x Width columns. @param left  [.., depth] rows `left_stride` apart, of
// which those past the last are the last again. @param right  [depth, ..], `right_stride` apart.
template <int Width>
[[gnu::always_inline]] inline void multiply_tile(const float* const (&left)[kQueries],
                                                 const float* right, std::int64_t right_stride,
                                                 std::int64_t depth,
                                                 float* const (&result)[kQueries]) {
  Lanes sums[kQueries][Width] = {};
  for (std::int64_t c = 0; c < depth; ++c) {
    Lanes columns[Width];
    for (int w = 0; w < Width; ++w) load(columns[w], right + c * right_stride + w * kLanes);
    for (int q = 0; q < kQueries; ++q)
      for (int w = 0; w < Width; ++w) sums[q][w] += columns[w] * left[q][c];
  }
  for (int q = 0; q < kQueries; ++q)
    for (int w = 0; w < Width; ++w) store(result[q] + w * kLanes, sums[q][w]);
}

[[gnu::always_inline]] inline void multiply_rows(const float* const (&left)[kQueries],
                                                 const float* right, std::int64_t right_stride,
                                                 std::int64_t depth, std::int64_t width,
                                                 float* const (&result)[kQueries]) {
  std::int64_t at = 0;
  for (; at + 2 * kLanes <= width; at += 2 * kLanes) {
    float* const to[kQueries] = {result[0] + at, result[1] + at, result[2] + at, result[3] + at};
    multiply_tile<2>(left, right + at, right_stride, depth, to);
  }
  for (; at < width; at += kLanes) {
    float* const to[kQueries] = {result[0] + at, result[1] + at, result[2] + at, result[3] + at};
    multiply_tile<1>(left, right + at, right_stride, depth, to);
  }
}

// Scores of a query become weights in place: zero for what it does not see.
[[gnu::always_inline]] inline void weigh(float* scores, std::int64_t width, std::int64_t first,
                                         std::int64_t last, const Heads& heads, const float* added,
                                         std::int64_t num_keys) {
  constexpr float kUnseen = -std::numeric_limits<float>::infinity();
  const auto scale = static_cast<float>(heads.scale), cap = static_cast<float>(heads.cap);
  IntLanes place;
  for (std::int64_t i = 0; i < kLanes; ++i) place[i] = static_cast<std::int32_t>(i);
  Lanes largest = Lanes{} + kUnseen;
  for (std::int64_t k = 0; k < width; k += kLanes) {
    Lanes lanes;
    load(lanes, scores + k);
    lanes = lanes * scale;
    if (cap > 0) {
      lanes = lanes / cap;
      hyperbolic_tangent(lanes);
      lanes = lanes * cap;
    }
    if (added != nullptr) {
      Lanes more{};
      std::memcpy(&more, added + k,
                  static_cast<std::size_t>(std::min(kLanes, num_keys - k)) * sizeof(float));
      lanes += more;
    }
    const IntLanes at = place + static_cast<std::int32_t>(k);
    const IntLanes seen =
        (at >= static_cast<std::int32_t>(first)) & (at < static_cast<std::int32_t>(last));
    lanes = seen ? lanes : Lanes{} + kUnseen;
    largest = lanes > largest ? lanes : largest;
    store(scores + k, lanes);
  }
  const float most = largest_of(largest);
  Lanes sum{};
  for (std::int64_t k = 0; k < width; k += kLanes) {
    Lanes lanes;
    load(lanes, scores + k);
    const IntLanes seen = lanes > Lanes{} + kUnseen;
    lanes = lanes - most;
    exponential(lanes);
    lanes = seen ? lanes : Lanes{};
    sum += lanes;
    store(scores + k, lanes);
  }
  const Lanes total = Lanes{} + sum_of(sum);
  for (std::int64_t k = 0; k < width; k += kLanes) {
    Lanes lanes;
    load(lanes, scores + k);
    store(scores + k, lanes / total);
  }
}

// The keys that a query sees: [first_seen, last_seen).
std::int64_t first_seen(const RowQueries& row, std::int64_t query) {
  return row.reach < 0 ? 0 : std::max<std::int64_t>(0, row.position + query - row.reach);
}
std::int64_t last_seen(const RowQueries& row, std::int64_t query, std::int64_t num_keys) {
  const std::int64_t position = row.position + query;
  if (row.causal) return std::min(num_keys, position + 1);
  return row.reach < 0 ? num_keys : std::min(num_keys, position + row.reach + 1);
}

std::int64_t whole_lanes(std::int64_t count) {
  return (count + kLanes - 1) / kLanes * kLanes;
}

}  // namespace

PROSPECT_EACH_CPU
void narrow_numbers(const float* from, std::int64_t count, std::uint16_t* to) {
  for (std::int64_t i = 0; i < count; ++i) {
    std::uint32_t bits;
    std::memcpy(&bits, from + i, sizeof bits);
    const std::uint32_t rounded = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
    const bool is_nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
    to[i] = static_cast<std::uint16_t>(is_nan ? 0x7FC0U : rounded);
  }
}

PROSPECT_EACH_CPU
void normalise_rows(const float* rows, std::int64_t count, std::int64_t size, const float* scale,
                    const float* shift, float epsilon, bool centred, float* results) {
  const std::int64_t whole = size / kLanes * kLanes;
  const auto numbers = static_cast<float>(size);
  for (std::int64_t r = 0; r < count; ++r, rows += size, results += size) {
    Lanes lanes, sum{};
    float mean = 0;
    if (centred) {
      for (std::int64_t i = 0; i < whole; i += kLanes) {
        load(lanes, rows + i);
        sum += lanes;
      }
      float total = sum_of(sum);
      for (std::int64_t i = whole; i < size; ++i) total += rows[i];
      mean = total / numbers;
    }
    sum = Lanes{};
    for (std::int64_t i = 0; i < whole; i += kLanes) {
      load(lanes, rows + i);
      lanes = lanes - mean;
      sum += lanes * lanes;
    }
    float squares = sum_of(sum);
    for (std::int64_t i = whole; i < size; ++i) squares += (rows[i] - mean) * (rows[i] - mean);
    const float factor = 1 / std::sqrt(squares / numbers + epsilon);
    for (std::int64_t i = 0; i < size; ++i) {
      float number = (rows[i] - mean) * factor;
      if (scale != nullptr) number *= scale[i];
      if (shift != nullptr) number += shift[i];
      results[i] = number;
    }
  }
}

PROSPECT_EACH_CPU
void rotate_token(float* token, std::int64_t num_heads, std::int64_t head_size, std::int64_t pairs,
                  const float* cosine, const float* sine) {
  for (std::int64_t h = 0; h < num_heads; ++h, token += head_size)
    for (std::int64_t i = 0; i < pairs; ++i) {
      const float first = token[i], second = token[i + pairs];
      token[i] = first * cosine[i] - second * sine[i];
      token[i + pairs] = second * cosine[i] + first * sine[i];
    }
}

PROSPECT_EACH_CPU
void attend_row(const RowQueries& row, const Heads& heads) {
  HeadMemory memory;
  for (const auto& part : row.keys) memory.num_keys += part.count;
  memory.key_width = whole_lanes(memory.num_keys);
  memory.value_width = whole_lanes(heads.size);
  memory.keys.assign(static_cast<std::size_t>(heads.size * memory.key_width), 0);
  memory.values.assign(static_cast<std::size_t>(memory.key_width * memory.value_width), 0);
  std::vector<float> scores(static_cast<std::size_t>(kQueries * memory.key_width)),
      contexts(static_cast<std::size_t>(kQueries * memory.value_width));
  float* score[kQueries];
  float* context[kQueries];
  for (int q = 0; q < kQueries; ++q) {
    score[q] = scores.data() + q * memory.key_width;
    context[q] = contexts.data() + q * memory.value_width;
  }
  const std::int64_t stride = heads.num_queries * heads.size;
  const std::int64_t group = heads.num_queries / heads.num_keys;
  for (std::int64_t head = 0; head < heads.num_queries; ++head) {
    if (head % group == 0) gather(row, head / group * heads.size, heads.size, memory);
    for (std::int64_t q = 0; q < row.count; q += kQueries) {
      const std::int64_t last_query = std::min<std::int64_t>(q + kQueries, row.count) - 1;
      const std::int64_t first = first_seen(row, q) / kLanes * kLanes,
                         width = whole_lanes(last_seen(row, last_query, memory.num_keys)) - first;
      const float* query[kQueries];
      const float* weights[kQueries];
      float* to[kQueries];
      for (int i = 0; i < kQueries; ++i) {
        query[i] = row.queries + std::min(q + i, last_query) * stride + head * heads.size;
        weights[i] = score[i];
        to[i] = score[i];
      }
      multiply_rows(query, memory.keys.data() + first, memory.key_width, heads.size, width, to);
      for (std::int64_t i = q; i <= last_query; ++i) {
        const float* added = row.added;
        if (added != nullptr) added += (head * row.count + i) * memory.num_keys + first;
        weigh(score[i - q], width, first_seen(row, i) - first,
              last_seen(row, i, memory.num_keys) - first, heads, added, memory.num_keys - first);
      }
      multiply_rows(weights, memory.values.data() + first * memory.value_width, memory.value_width,
                    width, memory.value_width, context);
      for (std::int64_t i = q; i <= last_query; ++i)
        std::memcpy(row.contexts + i * stride + head * heads.size, context[i - q],
                    static_cast<std::size_t>(heads.size) * sizeof(float));
    }
  }
}

}  // namespace prospect
