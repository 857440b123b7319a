#include "scoring/layers/embedding.h"

#include <cmath>

namespace prospect {
namespace {

// Marian's table: the sines of all frequencies, then their cosines.
at::Tensor sinusoidal_table(std::int64_t num_positions, std::int64_t size) {
  at::Tensor table = at::empty({num_positions, size});
  auto* numbers = table.data_ptr<float>();
  const std::int64_t num_sines = (size + 1) / 2;
  for (std::int64_t p = 0; p < num_positions; ++p)
    for (std::int64_t i = 0; i < size; ++i) {
      const std::int64_t pair = i < num_sines ? i : i - num_sines;
      const double angle =
          static_cast<double>(p) /
          std::pow(10000.0, 2.0 * static_cast<double>(pair) / static_cast<double>(size));
      *numbers++ = static_cast<float>(i < num_sines ? std::sin(angle) : std::cos(angle));
    }
  return table;
}

template <class Index>
at::Tensor select(const at::Tensor& table, const std::vector<Index>& indices) {
  at::Tensor index = at::empty({static_cast<std::int64_t>(indices.size())}, at::kLong);
  std::copy(indices.begin(), indices.end(), index.data_ptr<std::int64_t>());
  return table.index_select(0, index);
}

}  // namespace

Embedding::Embedding(const Parameters& parameters, const std::string& prefix,
                     const EmbeddingDescription& description, const at::Tensor& table,
                     double norm_epsilon, std::int64_t num_positions)
    : description_(description), table_(table) {
  using Positions = EmbeddingDescription::Positions;
  if (description.positions == Positions::sinusoidal)
    positions_ = sinusoidal_table(num_positions, description.size);
  else if (description.positions != Positions::none)
    positions_ = parameters.get(prefix + ".position.weight");
  if (description.num_segments > 0) segments_ = parameters.get(prefix + ".segment.weight");
  if (description.norm)
    norm_ = get_norm(parameters, prefix + ".norm", NormKind::layer, norm_epsilon);
  if (description.projection != EmbeddingDescription::Projection::none)
    projection_ = get_linear(parameters, prefix + ".projection");
}

at::Tensor Embedding::rows(const std::vector<std::int32_t>& ids) const {
  return select(table_, ids);
}

void Embedding::add_positions(std::span<const TokenId> ids, std::int64_t start,
                              std::vector<std::int64_t>& positions) const {
  using Positions = EmbeddingDescription::Positions;
  std::int64_t next = start;
  for (const TokenId id : ids) {
    if (description_.positions == Positions::past_padding && id == description_.padding_id)
      positions.push_back(description_.padding_id);
    else
      positions.push_back(description_.position_offset + next++);
  }
}

at::Tensor Embedding::operator()(const at::Tensor& rows, const std::vector<std::int32_t>& types,
                                 const std::vector<std::int64_t>& positions,
                                 Precision precision) const {
  using Projection = EmbeddingDescription::Projection;
  at::Tensor x = description_.scale == 1 ? rows : rows * description_.scale;  // [N, E]
  if (description_.projection == Projection::of_tokens) x = projection_(x, precision);
  // In the reference's order, so that sums round alike.
  if (segments_.defined()) x = x + select(segments_, types);
  if (positions_.defined()) x = x + select(positions_, positions);
  if (description_.projection == Projection::before_norm) x = projection_(x, precision);
  if (norm_) x = (*norm_)(x);
  if (description_.projection == Projection::after_norm) x = projection_(x, precision);
  return x;
}

}  // namespace prospect
