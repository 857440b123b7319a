#include "experiments/portfolio.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace prospect {
namespace {

constexpr std::int64_t kSlicesPerSearch = 100;

}  // namespace

std::vector<Slice> AreaBandit::window() const {
  const std::size_t first = slices_.size() > kWindow ? slices_.size() - kWindow : 0;
  return {slices_.begin() + static_cast<std::ptrdiff_t>(first), slices_.end()};
}

double AreaBandit::area(std::size_t strategy) const {
  double sum = 0, count = 0;
  for (const Slice& slice : window()) {
    if (slice.strategy != strategy) continue;
    ++count;
    if (slice.improved) sum += count;
  }
  return count == 0 ? 0 : 2 * sum / (count * (count + 1));
}

std::optional<std::size_t> AreaBandit::next(const std::vector<bool>& open) const {
  std::vector<std::size_t> uses(num_strategies_), recent(num_strategies_);
  for (const Slice& slice : slices_) ++uses[slice.strategy];
  const auto last = window();
  for (const Slice& slice : last) ++recent[slice.strategy];

  std::optional<std::size_t> best;
  double best_score = 0;
  for (std::size_t i = 0; i < num_strategies_; ++i) {
    if (!open[i]) continue;
    if (uses[i] == 0) return i;
    const double seldom = recent[i] == 0
                              ? std::numeric_limits<double>::infinity()
                              : std::sqrt(2 * std::log(static_cast<double>(last.size())) /
                                          static_cast<double>(recent[i]));
    const double score = area(i) + kExploration * seldom;
    if (!best || score > best_score || (score == best_score && uses[i] < uses[*best])) {
      best = i;
      best_score = score;
    }
  }
  return best;
}

Portfolio::Portfolio(const ExperimentSpec& spec, std::int64_t budget, RunStore& store,
                     std::span<const UnitRecord> units)
    : spec_(spec),
      slice_cost_(std::max<std::int64_t>(1, budget / kSlicesPerSearch)),
      bandit_(units.size()),
      has_stood_(units.size()) {
  std::map<std::pair<std::int64_t, std::int64_t>, Merit> best;  // of each unit's asks
  store.visit_standing(std::nullopt, [&](TrialRecord&& trial) {
    const auto [known, is_new] = best.try_emplace({trial.unit, trial.ask}, merit_of(trial));
    if (!is_new && better(merit_of(trial), known->second)) known->second = merit_of(trial);
  });
  std::vector<std::int64_t> spent(units.size());
  std::optional<std::size_t> last;
  const auto has_ended = [&](std::size_t i) { return !units[i].stop.empty(); };
  for (const auto& ask : store.asks()) {
    const auto at = std::find_if(units.begin(), units.end(),
                                 [&](const UnitRecord& unit) { return unit.id == ask.unit; });
    if (at == units.end()) continue;
    const auto i = static_cast<std::size_t>(at - units.begin());
    if (last && last != i) end(*last);  // a slice that was open ended with its strategy
    const auto found = best.find({ask.unit, ask.ask});
    add(i, ask.spent - spent[i], found == best.end() ? std::nullopt : std::optional(found->second));
    spent[i] = ask.spent;
    last = i;
  }
  if (last && has_ended(*last)) end(*last);
}

void Portfolio::add(std::size_t strategy, std::int64_t cost, const std::optional<Merit>& best) {
  const bool improved = best && (!best_ || better(*best, *best_));
  if (improved) best_ = best;
  if (best) has_stood_[strategy] = true;
  if (!slice_) slice_ = Slice{strategy, false};
  slice_->improved = slice_->improved || improved;
  slice_spent_ += cost;
  if (slice_spent_ >= slice_cost_) end_slice();
}

void Portfolio::end(std::size_t strategy) {
  if (slice_ && slice_->strategy == strategy) end_slice();
}

void Portfolio::end_slice() {
  bandit_.add(*slice_);
  slice_.reset();
  slice_spent_ = 0;
}

std::optional<std::size_t> Portfolio::next(std::span<const UnitRecord> units) const {
  if (slice_) return slice_->strategy;
  std::vector<bool> open, begun_or_ready;
  for (std::size_t i = 0; i < units.size(); ++i) {
    open.push_back(units[i].stop.empty());
    begun_or_ready.push_back(open.back() && has_seeds(i, units));
  }
  const auto chosen = bandit_.next(begun_or_ready);
  return chosen ? chosen : bandit_.next(open);
}

bool Portfolio::has_seeds(std::size_t strategy, std::span<const UnitRecord> units) const {
  const auto& init = spec_.strategies[strategy].init;
  if (!init) return true;
  for (std::size_t k = 0; k < units.size(); ++k)
    if (spec_.strategies[k].label == init->of) return has_stood_[k] || !units[k].stop.empty();
  return true;
}

}  // namespace prospect
