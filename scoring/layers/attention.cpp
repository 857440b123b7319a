#include "scoring/layers/attention.h"

#include <cmath>

#include "scoring/layers/blocks.h"

namespace prospect {
namespace {

// `parts` projections of one row, [T, parts x D], as a contiguous [parts, H, T, D / H]: heads that
// lie in memory alike wherever the row stands.
at::Tensor by_head(const at::Tensor& row, std::int64_t parts, std::int64_t num_heads) {
  const std::int64_t width = row.size(1) / (parts * num_heads);
  return row.view({row.size(0), parts, num_heads, width}).permute({1, 2, 0, 3}).contiguous();
}

// [H, Q, D / H], [H, T, D / H] twice -> [Q, H, D / H]. Queries come scaled.
at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value) {
  const at::Tensor weights = at::softmax(at::bmm(query, key.transpose(1, 2)), -1);  // [H, Q, T]
  return at::bmm(weights, value).transpose(0, 1);
}

// The tokens' lengths and, where there is padding, its length.
std::vector<std::int64_t> with_padding(std::vector<std::int64_t> lengths, std::int64_t total) {
  for (const std::int64_t length : lengths) total -= length;
  if (total > 0) lengths.push_back(total);
  return lengths;
}

// Results of all rows, [., H, D / H] each, under each other and padded to `height`. [height, D]
at::Tensor stack_rows(std::vector<at::Tensor> results, std::int64_t height, std::int64_t num_heads,
                      std::int64_t width, const at::TensorOptions& options) {
  std::int64_t missing = height;
  for (const auto& result : results) missing -= result.size(0);
  if (missing > 0) results.push_back(at::zeros({missing, num_heads, width}, options));
  return at::cat(results).view({height, num_heads * width});
}

}  // namespace

Attention::Attention(const Parameters& parameters, const std::string& prefix,
                     std::int64_t num_heads)
    : num_heads_(num_heads), mix_(get_linear(parameters, prefix + ".mix")) {
  const Linear query = get_linear(parameters, prefix + ".query");
  const Linear key = get_linear(parameters, prefix + ".key");
  const Linear value = get_linear(parameters, prefix + ".value");
  // Scaling the queries' weights once scales every score.
  const double scale = 1 / std::sqrt(static_cast<double>(query.weight.size(1) / num_heads));
  joint_.weight = at::cat({query.weight * scale, key.weight, value.weight}, 1);
  joint_.bias = at::cat({query.bias * scale, key.bias, value.bias});
}

at::Tensor Attention::operator()(const at::Tensor& x,
                                 const std::vector<std::int64_t>& lengths) const {
  const std::int64_t width = x.size(1) / num_heads_;
  const at::Tensor joint = by_block(x, joint_);  // [N, 3D]
  const auto rows = joint.split_with_sizes(with_padding(lengths, x.size(0)));
  std::vector<at::Tensor> results;
  results.reserve(lengths.size() + 1);
  for (std::size_t r = 0; r < lengths.size(); ++r) {
    const at::Tensor heads = by_head(rows[r], 3, num_heads_);  // [3, H, T, D / H]
    results.push_back(attend(heads[0], heads[1], heads[2]));
  }
  return stack_rows(std::move(results), x.size(0), num_heads_, width, x.options());
}

at::Tensor Attention::at_wanted(const at::Tensor& x, const std::vector<std::int64_t>& lengths,
                                const at::Tensor& queries,
                                const std::vector<std::int64_t>& rows) const {
  const std::int64_t size = x.size(1), width = size / num_heads_;
  const Linear query{joint_.weight.narrow(1, 0, size), joint_.bias.narrow(0, 0, size)};
  const Linear key_value{joint_.weight.narrow(1, size, 2 * size),
                         joint_.bias.narrow(0, size, 2 * size)};
  const auto query_rows = by_block(queries, query).split(1);
  const at::Tensor joint = by_block(x, key_value);  // [N, 2D]
  const auto parts = joint.split_with_sizes(with_padding(lengths, x.size(0)));

  std::vector<at::Tensor> results, key_values(lengths.size());
  results.reserve(rows.size() + 1);
  for (std::size_t w = 0; w < rows.size(); ++w) {
    const auto row = static_cast<std::size_t>(rows[w]);
    if (!key_values[row].defined()) key_values[row] = by_head(parts[row], 2, num_heads_);
    const at::Tensor heads = by_head(query_rows[w], 1, num_heads_)[0];  // [H, 1, D / H]
    results.push_back(attend(heads, key_values[row][0], key_values[row][1]));
  }
  return stack_rows(std::move(results), queries.size(0), num_heads_, width, x.options());
}

}  // namespace prospect
