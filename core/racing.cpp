#include "core/racing.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace prospect {
namespace {

// The examples of one label, in the order in which they are dealt out.
struct Stratum {
  std::vector<std::uint32_t> examples;
  std::size_t taken = 0;

  // The next example may not come before this step, or the label would be ahead of its share by one
  // whole example, ...
  std::size_t release(std::size_t total) const { return taken * total / examples.size(); }
  // ... and must come before this one, or it would be behind by one.
  std::size_t deadline(std::size_t total) const {
    return ((taken + 1) * total + examples.size() - 1) / examples.size();
  }
};

}  // namespace

BlockSchedule stratified_blocks(std::span<const std::int32_t> labels, std::size_t first_block,
                                Rng& rng) {
  std::map<std::int32_t, Stratum> by_label;
  for (std::size_t i = 0; i < labels.size(); ++i)
    by_label[labels[i]].examples.push_back(static_cast<std::uint32_t>(i));
  std::vector<Stratum> strata;
  for (auto& [label, stratum] : by_label) {
    rng.shuffle(stratum.examples);
    strata.push_back(std::move(stratum));
  }
  rng.shuffle(strata);  // of two labels that are equally due, the same one must not always lead

  BlockSchedule schedule;
  const std::size_t total = labels.size();
  for (std::size_t step = 0; step < total; ++step) {
    Stratum* due = nullptr;
    for (auto& stratum : strata) {
      if (stratum.taken == stratum.examples.size() || stratum.release(total) > step) continue;
      if (due == nullptr || stratum.deadline(total) < due->deadline(total)) due = &stratum;
    }
    schedule.order.push_back(due->examples[due->taken++]);
  }
  for (std::size_t end = std::max<std::size_t>(first_block, 1); total > 0; end *= 2) {
    schedule.block_ends.push_back(std::min(end, total));
    if (end >= total) break;
  }
  return schedule;
}

std::vector<std::size_t> survivors(std::span<const double> scores, std::size_t keep) {
  std::vector<std::size_t> best(scores.size());
  std::iota(best.begin(), best.end(), std::size_t{0});
  std::stable_sort(best.begin(), best.end(), [&](std::size_t a, std::size_t b) {
    if (std::isnan(scores[a]) || std::isnan(scores[b]))
      return !std::isnan(scores[a]) && std::isnan(scores[b]);
    return scores[a] > scores[b];
  });
  const std::size_t half = (scores.size() + 1) / 2;
  best.resize(std::min(scores.size(), std::max(half, keep)));
  std::sort(best.begin(), best.end());
  return best;
}

}  // namespace prospect
