#include "scoring/layers/rotary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "scoring/layers/kernels.h"
#include "scoring/layers/linear.h"

namespace prospect {
namespace {

// Plain frequencies, rounded as the reference rounds them.
std::vector<float> plain_frequencies(std::int64_t size, double base) {
  std::vector<float> frequencies;
  for (std::int64_t i = 0; i < size; i += 2) {
    const auto exponent = static_cast<float>(i) / static_cast<float>(size);
    frequencies.push_back(1.0F / std::pow(static_cast<float>(base), exponent));
  }
  return frequencies;
}

// Wavelengths longer than the original context are stretched, short ones kept.
void scale_llama3(const Rotary& rotary, std::vector<float>& frequencies) {
  const auto original = static_cast<double>(rotary.original_positions);
  const double longest = original / rotary.low_frequency,
               shortest = original / rotary.high_frequency;
  for (float& frequency : frequencies) {
    const double length = 2 * std::numbers::pi / static_cast<double>(frequency);
    if (length < shortest) continue;
    const double divided = static_cast<double>(frequency) / rotary.factor;
    if (length > longest) {
      frequency = static_cast<float>(divided);
      continue;
    }
    const double smooth =
        (original / length - rotary.low_frequency) / (rotary.high_frequency - rotary.low_frequency);
    frequency =
        static_cast<float>((1 - smooth) * divided + smooth * static_cast<double>(frequency));
  }
}

// The dimension whose angle makes `turns` full turns over the original context.
double yarn_dimension(const Rotary& rotary, double turns) {
  return static_cast<double>(rotary.size) *
         std::log(static_cast<double>(rotary.original_positions) / (turns * 2 * std::numbers::pi)) /
         (2 * std::log(rotary.base));
}

// From extrapolated (kept) to interpolated (divided) frequencies along a ramp of dimensions.
void scale_yarn(const Rotary& rotary, std::vector<float>& frequencies) {
  double low = yarn_dimension(rotary, rotary.beta_fast),
         high = yarn_dimension(rotary, rotary.beta_slow);
  if (rotary.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(rotary.size - 1));
  if (low == high) high += 0.001;
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    const auto kept = static_cast<double>(frequencies[i]);
    frequencies[i] = static_cast<float>(kept / rotary.factor * ramp + kept * (1 - ramp));
  }
}

double dynamic_base(const Rotary& rotary, std::int64_t row_length) {
  const auto length = static_cast<double>(std::max(row_length, rotary.original_positions));
  const auto original = static_cast<double>(rotary.original_positions);
  const auto size = static_cast<double>(rotary.size);
  return rotary.base *
         std::pow(rotary.factor * length / original - (rotary.factor - 1), size / (size - 2));
}

}  // namespace

std::vector<float> rotary_frequencies(const Rotary& rotary, std::int64_t row_length) {
  const bool dynamic = rotary.scaling == Rotary::Scaling::dynamic;
  auto frequencies =
      plain_frequencies(rotary.size, dynamic ? dynamic_base(rotary, row_length) : rotary.base);
  switch (rotary.scaling) {
    case Rotary::Scaling::none:
    case Rotary::Scaling::dynamic:
      break;
    case Rotary::Scaling::linear:
      for (float& frequency : frequencies) frequency /= static_cast<float>(rotary.factor);
      break;
    case Rotary::Scaling::llama3:
      scale_llama3(rotary, frequencies);
      break;
    case Rotary::Scaling::yarn:
      scale_yarn(rotary, frequencies);
      break;
  }
  return frequencies;
}

RotaryTable rotary_table(const Rotary& rotary, std::span<const TokenPlace> places) {
  const std::int64_t pairs = rotary.size / 2;
  const auto count = static_cast<std::int64_t>(places.size());
  RotaryTable table{at::empty({count, pairs}), at::empty({count, pairs})};
  auto* cosines = table.cosine.data_ptr<float>();
  auto* sines = table.sine.data_ptr<float>();
  const auto factor = static_cast<float>(rotary.attention_factor);
  // Only the dynamic scaling tells row lengths apart.
  const bool by_length = rotary.scaling == Rotary::Scaling::dynamic;
  std::map<std::int64_t, std::vector<float>> frequencies;
  for (const auto& [position, row_length] : places) {
    const std::int64_t key = by_length ? std::max(row_length, rotary.original_positions) : 0;
    auto at = frequencies.find(key);
    if (at == frequencies.end())
      at = frequencies.emplace(key, rotary_frequencies(rotary, key)).first;
    for (const float frequency : at->second) {
      const float angle = static_cast<float>(position) * frequency;
      *cosines++ = std::cos(angle) * factor;
      *sines++ = std::sin(angle) * factor;
    }
  }
  return table;
}

at::Tensor rotate(const at::Tensor& x, std::int64_t head_size, const RotaryTable& table) {
  const std::int64_t pairs = table.cosine.size(1), num_heads = x.size(1) / head_size;
  if (!builds_graph()) {
    const at::Tensor turned = x.contiguous();
    auto* numbers = turned.data_ptr<float>();
    const auto* cosine = table.cosine.data_ptr<float>();
    const auto* sine = table.sine.data_ptr<float>();
    for (std::int64_t n = 0; n < x.size(0); ++n)
      rotate_token(numbers + n * x.size(1), num_heads, head_size, pairs, cosine + n * pairs,
                   sine + n * pairs);
    return turned;
  }
  const at::Tensor heads = x.view({x.size(0), num_heads, head_size});
  const at::Tensor cosine = table.cosine.unsqueeze(1), sine = table.sine.unsqueeze(1);
  const at::Tensor first = heads.narrow(2, 0, pairs), second = heads.narrow(2, pairs, pairs);
  std::vector<at::Tensor> parts{first * cosine - second * sine, second * cosine + first * sine};
  if (2 * pairs < head_size) parts.push_back(heads.narrow(2, 2 * pairs, head_size - 2 * pairs));
  return at::cat(parts, 2).view_as(x);
}

}  // namespace prospect
