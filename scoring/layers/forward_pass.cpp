#include "scoring/layers/forward_pass.h"

namespace prospect {

ForwardPass::ForwardPass(const StackDescription& stack, RowLayout rows,
                         std::vector<WantedToken> wanted, const at::Tensor& bucket_table,
                         const Memory* memory, Precision precision)
    : rows_(std::move(rows)),
      wanted_(std::move(wanted)),
      scores_(stack, bucket_table),
      memory_(memory),
      precision_(precision) {
  wanted_rows_ = at::empty({static_cast<std::int64_t>(wanted_.size())}, at::kLong);
  auto* places = wanted_rows_.data_ptr<std::int64_t>();
  for (const auto& token : wanted_) *places++ = token.place;
  if (stack.rotaries.empty()) return;

  std::vector<TokenPlace> all, some;
  for (std::size_t r = 0; r < rows_.size(); ++r)
    for (std::int64_t t = 0; t < rows_.lengths[r]; ++t)
      all.push_back({rows_.starts[r] + t, rows_.end(r)});
  for (const auto& token : wanted_)
    some.push_back({token.position, rows_.end(static_cast<std::size_t>(token.row))});
  for (const auto& rotary : stack.rotaries) {
    rotary_.push_back(rotary_table(rotary, all));
    wanted_rotary_.push_back(rotary_table(rotary, some));
  }
}

}  // namespace prospect
