#include "scoring/layers/attention.h"

#include <cmath>
#include <numeric>

namespace prospect {
namespace {

// `parts` projections of one row, [parts x D, T], as a contiguous [parts, H, D / H, T]: heads that
// lie in memory alike wherever the row stands.
at::Tensor by_head(const at::Tensor& row, std::int64_t parts, std::int64_t num_heads) {
  return row.contiguous().view({parts, num_heads, row.size(0) / (parts * num_heads), row.size(1)});
}

// [H, D / H, Q], [H, D / H, T] twice -> [D, Q]. Queries come scaled.
at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value) {
  const at::Tensor weights = at::softmax(at::bmm(key.transpose(1, 2), query), 1);  // [H, T, Q]
  return at::bmm(value, weights).view({-1, query.size(2)});
}

std::int64_t total(const RowLengths& lengths) {
  return std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
}

}  // namespace

Attention::Attention(const Parameters& parameters, const std::string& prefix,
                     std::int64_t num_heads)
    : num_heads_(num_heads), mix_(get_linear(parameters, prefix + ".mix")) {
  const Linear query = get_linear(parameters, prefix + ".query");
  const Linear key = get_linear(parameters, prefix + ".key");
  const Linear value = get_linear(parameters, prefix + ".value");
  // Scaling the queries' weights once scales every score.
  const double scale = 1 / std::sqrt(static_cast<double>(query.weight.size(0) / num_heads));
  joint_.weight = at::cat({query.weight * scale, key.weight, value.weight});
  joint_.bias = at::cat({query.bias * scale, key.bias, value.bias});
}

at::Tensor Attention::operator()(const Blocks& x, const RowLengths& lengths) const {
  const at::Tensor joint = from_blocks(by_block(x, joint_), total(lengths));  // [3D, N]
  std::vector<at::Tensor> results;
  results.reserve(lengths.size());
  for (const auto& row : joint.split_with_sizes(lengths, 1)) {
    const at::Tensor heads = by_head(row, 3, num_heads_);  // [3, H, D / H, T]
    results.push_back(attend(heads[0], heads[1], heads[2]));
  }
  return at::cat(results, 1);
}

at::Tensor Attention::at_wanted(const Blocks& x, const RowLengths& lengths, const Blocks& wanted,
                                const std::vector<std::int64_t>& rows) const {
  const std::int64_t size = mix_.weight.size(0);
  const auto part = [&](std::int64_t first, std::int64_t count) {
    return Linear{joint_.weight.narrow(0, first * size, count * size),
                  joint_.bias.narrow(0, first * size, count * size)};
  };
  const auto count = static_cast<std::int64_t>(rows.size());
  const auto queries = from_blocks(by_block(wanted, part(0, 1)), count).split(1, 1);
  const at::Tensor joint = from_blocks(by_block(x, part(1, 2)), total(lengths));  // [2D, N]
  const auto joint_rows = joint.split_with_sizes(lengths, 1);

  std::vector<at::Tensor> results, by_row(lengths.size());
  results.reserve(rows.size());
  for (std::size_t w = 0; w < rows.size(); ++w) {
    const auto row = static_cast<std::size_t>(rows[w]);
    if (!by_row[row].defined()) by_row[row] = by_head(joint_rows[row], 2, num_heads_);
    const at::Tensor query = by_head(queries[w], 1, num_heads_)[0];  // [H, D / H, 1]
    results.push_back(attend(query, by_row[row][0], by_row[row][1]));
  }
  return at::cat(results, 1);
}

}  // namespace prospect
