#include "scoring/layers/attend.h"

namespace prospect {

at::Tensor by_head(const at::Tensor& rows, std::int64_t num_heads) {
  return rows.view({rows.size(0), num_heads, rows.size(1) / num_heads}).transpose(0, 1);
}

std::vector<QueryRun> runs_of(const RowLayout& rows) {
  std::vector<QueryRun> runs;
  std::int64_t first = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    runs.push_back({static_cast<std::int64_t>(r), first, rows.lengths[r], rows.starts[r]});
    first += rows.lengths[r];
  }
  return runs;
}

std::vector<QueryRun> runs_of(const std::vector<WantedToken>& wanted) {
  std::vector<QueryRun> runs;
  for (const auto& token : wanted)
    runs.push_back({token.row, static_cast<std::int64_t>(runs.size()), 1, token.position});
  return runs;
}

std::vector<QueryRun> joined(const std::vector<QueryRun>& runs) {
  std::vector<QueryRun> result;
  for (const auto& run : runs) {
    const bool follows = !result.empty() && result.back().row == run.row &&
                         result.back().position + result.back().count == run.position;
    if (follows)
      result.back().count += run.count;
    else
      result.push_back(run);
  }
  return result;
}

at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                  const at::Tensor& added, const Heads& heads) {
  const std::int64_t group = heads.num_queries / heads.num_keys;
  const auto shared = [&](const at::Tensor& rows) {
    const at::Tensor own = by_head(rows, heads.num_keys);
    return group == 1 ? own : own.repeat_interleave(group, 0);
  };
  at::Tensor scores = at::bmm(by_head(query, heads.num_queries), shared(key).transpose(1, 2));
  if (heads.scale != 1) scores = scores * heads.scale;
  if (heads.cap > 0) scores = at::tanh(scores / heads.cap) * heads.cap;
  if (added.defined()) scores = scores + added;
  const at::Tensor contexts = at::bmm(at::softmax(scores, -1), shared(value));  // [H, Q, d]
  return contexts.transpose(0, 1).reshape(query.sizes());
}

}  // namespace prospect
