#include "core/racing_rules.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/expected_value.h"

namespace prospect {
namespace {

constexpr std::size_t kCapoBlock = 30, kCapoBlocks = 10;
constexpr double kPartOfItemResponse = 0.2;  // leaves room for the winner's whole score

std::size_t num_seen(const RaceState& state) {
  return state.ends[state.at];
}

// The `count` with the best scores, ascending; of equal ones those of higher log-likelihood on what
// all have seen, then the earlier.
Racers best_by(const RaceState& state, std::span<const std::size_t> alive,
               const std::vector<double>& scores, std::size_t count) {
  std::vector<double> likelihoods;
  for (const std::size_t c : alive)
    likelihoods.push_back(state.record.log_likelihoods.row(static_cast<Eigen::Index>(c))
                              .head(static_cast<Eigen::Index>(num_seen(state)))
                              .mean());
  for (auto& likelihood : likelihoods)  // unknown where each saw examples of its own
    if (std::isnan(likelihood)) likelihood = -std::numeric_limits<double>::infinity();
  std::vector<std::size_t> order(alive.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : likelihoods[a] > likelihoods[b];
  });
  order.resize(std::min(order.size(), count));
  Racers best;
  for (const std::size_t i : order) best.push_back(alive[i]);
  std::sort(best.begin(), best.end());
  return best;
}

Racers without(std::span<const std::size_t> alive, const Racers& out) {
  Racers rest;
  std::set_difference(alive.begin(), alive.end(), out.begin(), out.end(), std::back_inserter(rest));
  return rest;
}

double budget_of(const RaceState& state) {
  return state.share * static_cast<double>(state.record.values.rows()) *
         static_cast<double>(state.record.labels.size());
}

// Evaluations spent by now, those of candidates that left included.
double spent_by(const RaceState& state) {
  return static_cast<double>(
      (state.record.values.array() == state.record.values.array()).count());  // not NaN
}

std::vector<double> expected(const RaceState& state) {
  const std::vector<Eigen::Index> rows(state.alive.begin(), state.alive.end());
  const auto columns = Eigen::seqN(0, static_cast<Eigen::Index>(num_seen(state)));
  Evidence evidence;
  evidence.value = state.record.values(rows, columns);
  evidence.log_likelihood = state.record.log_likelihoods(rows, columns);
  evidence.gold.assign(state.record.labels.begin(),
                       state.record.labels.begin() + static_cast<std::ptrdiff_t>(num_seen(state)));
  return expected_values(evidence).value;
}

// How many the next block may hold, so that each block to come costs the same part of what is left
// of the budget.
std::size_t affordable(const RaceState& state) {
  const double left = budget_of(state) - spent_by(state);
  const auto num_blocks = static_cast<double>(state.ends.size() - state.at - 1);
  const auto block = static_cast<double>(state.ends[state.at + 1] - state.ends[state.at]);
  return static_cast<std::size_t>(std::max(0.0, left / num_blocks / block));
}

Racers standard(const RaceState& state) {
  Racers out = beaten(state.record, state.alive, kRaceError);
  const Racers hopeless = out_of_reach(state.record, state.alive, num_seen(state), state.keep);
  out.insert(out.end(), hopeless.begin(), hopeless.end());
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  // Those that are out come last, so that `keep` of them stay where nobody else is left.
  std::vector<double> scores = expected(state);
  std::size_t num_in = state.alive.size();
  for (std::size_t i = 0; i < state.alive.size(); ++i) {
    if (!std::binary_search(out.begin(), out.end(), state.alive[i])) continue;
    scores[i] -= 1e6;
    --num_in;
  }
  return best_by(state, state.alive, scores,
                 std::max(state.keep, std::min(num_in, affordable(state))));
}

Racers rejects(const RaceState& state) {
  const std::size_t seen = num_seen(state);
  const double active = static_cast<double>(state.alive.size() * seen);
  const Racers rest =
      without(state.alive, continuous_rejects(state.record, state.alive, seen, state.keep,
                                              spent_by(state) - active, budget_of(state)));
  // What the budget does not reach for another block ends the race.
  const std::size_t block = state.ends[state.at + 1] - seen;
  if (spent_by(state) + static_cast<double>(rest.size() * block) <= budget_of(state)) return rest;
  return best_by(state, rest, seen_means(state.record, rest, seen), state.keep);
}

Racers capo(const RaceState& state) {
  const std::size_t seen = num_seen(state);
  const Racers out = beaten_by_t_test(state.record, state.alive, seen, state.keep);
  const Racers rest = without(state.alive, out);
  if (state.at + 2 < state.ends.size() && rest.size() > state.keep) return rest;
  return best_by(state, rest, seen_means(state.record, rest, seen), state.keep);
}

}  // namespace

std::string_view name_of(RacingRule rule) {
  switch (rule) {
    case RacingRule::off:
      return "off";
    case RacingRule::standard:
      return "default";
    case RacingRule::halving:
      return "successive_halving";
    case RacingRule::rejects:
      return "continuous_rejects";
    case RacingRule::capo:
      return "capo";
    case RacingRule::prompteval:
      return "prompteval";
  }
  return "";
}

std::vector<std::size_t> race_ends(RacingRule rule, std::size_t num_examples,
                                   std::size_t first_block) {
  std::vector<std::size_t> ends;
  const std::size_t first = std::max<std::size_t>(first_block, 1);
  switch (rule) {
    case RacingRule::off:
      break;
    case RacingRule::standard:
    case RacingRule::halving:
      for (std::size_t end = first; end < num_examples; end *= 2) ends.push_back(end);
      break;
    case RacingRule::rejects:
      for (std::size_t end = first; end < num_examples; end += first) ends.push_back(end);
      break;
    case RacingRule::capo:
      for (std::size_t block = 1; block <= kCapoBlocks && block * kCapoBlock < num_examples;
           ++block)
        ends.push_back(block * kCapoBlock);
      break;
    case RacingRule::prompteval:
      ends.push_back(std::max<std::size_t>(
          1, static_cast<std::size_t>(kPartOfItemResponse * static_cast<double>(num_examples))));
      break;
  }
  if (ends.empty() || ends.back() < num_examples) ends.push_back(num_examples);
  return ends;
}

Racers who_goes_on(RacingRule rule, const RaceState& state) {
  if (state.alive.size() <= state.keep || rule == RacingRule::off)
    return {state.alive.begin(), state.alive.end()};
  switch (rule) {
    case RacingRule::standard:
      return standard(state);
    case RacingRule::halving:
      return best_by(state, state.alive, seen_means(state.record, state.alive, num_seen(state)),
                     std::max(state.keep, (state.alive.size() + 1) / 2));
    case RacingRule::rejects:
      return rejects(state);
    case RacingRule::capo:
      return capo(state);
    case RacingRule::prompteval: {
      const auto means = rasch_means(state.record);
      std::vector<double> scores;
      for (const std::size_t c : state.alive) scores.push_back(means[c]);
      return best_by(state, state.alive, scores, state.keep);
    }
    case RacingRule::off:
      break;
  }
  return {state.alive.begin(), state.alive.end()};
}

std::vector<std::size_t> first_places(RacingRule rule, std::size_t candidate,
                                      std::size_t num_examples, std::size_t block_size) {
  const std::size_t start =
      rule == RacingRule::prompteval ? candidate * block_size % num_examples : 0;
  std::vector<std::size_t> places(std::min(block_size, num_examples));
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = (start + i) % num_examples;
  return places;
}

ReplayedRace replay_race(RacingRule rule, const RaceRecord& whole, std::size_t first_block,
                         std::size_t keep, double share) {
  const std::size_t num_examples = whole.labels.size();
  RaceRecord seen{whole.labels, whole.values, whole.log_likelihoods};
  seen.values.setConstant(std::numeric_limits<double>::quiet_NaN());
  seen.log_likelihoods = seen.values;
  const auto show = [&](std::size_t candidate, std::size_t place) {
    const auto row = static_cast<Eigen::Index>(candidate);
    const auto column = static_cast<Eigen::Index>(place);
    seen.values(row, column) = whole.values(row, column);
    seen.log_likelihoods(row, column) = whole.log_likelihoods(row, column);
  };
  const auto ends = race_ends(rule, num_examples, first_block);
  ReplayedRace result;
  result.finalists.resize(static_cast<std::size_t>(whole.values.rows()));
  std::iota(result.finalists.begin(), result.finalists.end(), std::size_t{0});
  for (std::size_t at = 0; at < ends.size(); ++at) {
    for (const std::size_t candidate : result.finalists) {
      if (at == 0) {
        for (const std::size_t place : first_places(rule, candidate, num_examples, ends[at]))
          show(candidate, place);
      } else {
        for (std::size_t place = 0; place < ends[at]; ++place) show(candidate, place);
      }
    }
    if (at + 1 == ends.size()) break;
    result.finalists = who_goes_on(rule, {.record = seen,
                                          .alive = result.finalists,
                                          .ends = ends,
                                          .at = at,
                                          .keep = keep,
                                          .share = share});
  }
  result.evaluations =
      static_cast<std::size_t>((seen.values.array() == seen.values.array()).count());
  return result;
}

}  // namespace prospect
