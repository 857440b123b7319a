#include "search/gradient_search.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include "core/error.h"
#include "search/detail/room.h"
#include "search/gradient/probe.h"
#include "search/gradient/swaps.h"

namespace prospect {
GradientSearch::GradientSearch(const GradientSearchOptions& options, SearchContext context)
    : options_(options),
      context_(std::move(context)),
      space_(options.space, context_),
      shortlister_(options_, context_, space_),
      rng_(context_.rng) {
  check_gradients(context_);
  if (options_.fluent_top > 0 && context_.oracles.slot() == nullptr)
    fail(ErrorKind::unsupported, "option 'fluent_top'",
         "expected a model that tells of every token at a slot");
  if (options_.probe > 0 && context_.oracles.draft() == nullptr)
    fail(ErrorKind::input, "option 'probe'",
         "expected a draft model; name one with \"models\": {\"draft\": FOLDER}, or set 0");
  if (options_.manual == "off") return;
  for (const auto& prompt : context_.task.manual) {
    Candidate rival = as_triggers(prompt.candidate, context_.vocabulary);
    const auto& starts = space_.starts();
    if (!rival.tmpl.triggers().empty() &&
        std::find(starts.begin(), starts.end(), rival) == starts.end() &&
        std::find(rivals_.begin(), rivals_.end(), rival) == rivals_.end())
      rivals_.push_back(std::move(rival));
  }
}

Ask GradientSearch::ask(const Room& room) {
  switch (phase_) {
    case Phase::start:
      return ask_starts(room);
    case Phase::fill_buffer:
      return ask_buffer(room);
    case Phase::round:
      return ask_round(room);
    case Phase::dev:
      return ask_dev(room);
    case Phase::done:
      break;
  }
  return {};
}

Ask GradientSearch::ask_starts(const Room& room) {
  Ask ask;
  std::int64_t left = room.cost;
  const auto add = [&](const Candidate& candidate, const std::string& note) {
    Proposal proposal{candidate, Pool::dev, {}, {{}, note}};
    left -= proposal_cost(proposal, context_);
    if (left >= 0) ask.proposals.push_back(std::move(proposal));
  };
  for (const auto& start : space_.starts()) add(start, "start; " + space_.filter_note());
  for (const auto& rival : rivals_) add(rival, "the task's own prompt");
  return ask;
}

Ask GradientSearch::ask_dev(const Room& room) const {
  Ask ask;
  Proposal proposal{incumbent_->candidate, Pool::dev, {}, {{incumbent_->trial}, "adopted"}};
  if (proposal_cost(proposal, context_) <= room.cost) ask.proposals.push_back(std::move(proposal));
  return ask;
}

// The buffer's first prompts: the incumbent, and random ones of its shape.
Ask GradientSearch::ask_buffer(const Room& room) {
  const Rng before = rng_;
  const std::vector<ExampleIndex> batch = draw_batch();
  Ask ask;
  std::int64_t left = room.cost;
  std::set<std::string> seen;
  Candidate candidate = incumbent_->candidate;
  for (std::int64_t i = 0; i < options_.buffer_size; ++i) {
    if (i > 0) candidate = space_.randomise(incumbent_->candidate, rng_);
    if (!seen.insert(candidate.tmpl.text()).second) continue;
    Proposal proposal{candidate, Pool::support, batch, {{}, "buffer"}};
    left -= proposal_cost(proposal, context_);
    if (left < 0) break;
    ask.proposals.push_back(std::move(proposal));
  }
  if (ask.proposals.empty()) rng_ = before;
  return ask;
}

Ask GradientSearch::ask_round(const Room& room) {
  std::int64_t left = room.cost;
  // Where no swap survives the text filter, the incumbent stays and the next slot, or the next
  // iteration, gets its turn.
  while (incumbent_) {
    const Rng before = rng_;
    if (!current_ && !begin_iteration(left)) {
      rng_ = before;
      return {};
    }
    const bool after_probe = !current_->waiting.empty();
    std::vector<TokenIds> swaps = after_probe ? current_->waiting : next_swaps(left);
    Ask ask = propose(std::move(swaps), left);
    if (!ask.proposals.empty()) return ask;
    const Proposal one{incumbent_->candidate, Pool::support, current_->batch, {}};
    const std::int64_t least = (compares() ? 2 : 1) * proposal_cost(one, context_);
    if (left < least) return {};  // waits for more room
    end_round();
  }
  return {};
}

// Draws the batches and takes the gradient; false where the iterations or the room are used up.
bool GradientSearch::begin_iteration(std::int64_t& left) {
  if (iteration_ >= options_.iterations) return false;
  const std::vector<ExampleIndex> gradient_batch = draw_batch();
  Iteration next;
  next.batch = options_.batch == "same" ? gradient_batch : draw_batch();
  const std::size_t num_slots = incumbent_->candidate.tmpl.triggers().size();
  next.slots = pick_slots(options_, num_slots, iteration_, rng_);

  const Proposal one{incumbent_->candidate, Pool::support, next.batch, {}};
  const std::int64_t cost =
      shortlister_.cost(incumbent_->candidate, gradient_batch.size(), next.slots.size());
  if (cost + (compares() ? 2 : 1) * proposal_cost(one, context_) > left) return false;
  left -= cost;
  const Candidate expanded = with_demonstrations(incumbent_->candidate, context_.task);
  tried_.keep(
      {expanded.tmpl.text(), with_demonstrations(best_->candidate, context_.task).tmpl.text()});
  next.shortlists =
      shortlister_.shortlists(expanded, support(gradient_batch), next.slots, tried_, rng_);
  ++iteration_;
  current_ = std::move(next);
  return true;
}

// The swaps of the next round: of all slots, or under `sweep` of the next one.
std::vector<TokenIds> GradientSearch::next_swaps(std::int64_t& left) {
  const std::size_t count = options_.slots == "sweep" ? 1 : current_->slots.size();
  const TokenIds ids = incumbent_->candidate.tmpl.triggers();
  std::vector<TokenIds> swaps = make_swaps(options_, ids, std::span(current_->slots).first(count),
                                           std::span(current_->shortlists).first(count), rng_);
  if (!options_.revisit) {
    const Candidate expanded = with_demonstrations(incumbent_->candidate, context_.task);
    for (const auto& swap : swaps) tried_.add(expanded.tmpl, swap);
  }
  std::erase_if(swaps, [&](const TokenIds& swap) { return !space_.acceptable(with_tokens(swap)); });
  return options_.probe > 0 ? probe_swaps(std::move(swaps), left) : swaps;
}

// All swaps are scored by the draft; one in `probe` at random goes to the model now, and of the
// others those that the draft likes best wait for what the probe says.
std::vector<TokenIds> GradientSearch::probe_swaps(std::vector<TokenIds> swaps, std::int64_t& left) {
  DraftOracle& draft = *context_.oracles.draft();
  const auto num_rows = static_cast<std::int64_t>(swaps.size() * current_->batch.size());
  if (swaps.size() < 2 || draft.cost(num_rows) > left) return swaps;
  left -= draft.cost(num_rows);
  std::vector<Candidate> candidates;
  for (const auto& swap : swaps)
    candidates.push_back(with_demonstrations(with_tokens(swap), context_.task));
  const std::vector<double> scores = draft.log_likelihood(candidates, support(current_->batch));

  std::vector<std::size_t> order(swaps.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  rng_.shuffle(order);
  const std::size_t probed =
      std::max<std::size_t>(swaps.size() / static_cast<std::size_t>(options_.probe), 2);
  std::vector<TokenIds> probe;
  current_->draft.clear();
  for (std::size_t i = 0; i < probed; ++i) {
    probe.push_back(swaps[order[i]]);
    current_->draft.push_back(scores[order[i]]);
  }
  std::vector<double> rest_scores;
  const std::vector<std::size_t> others(order.begin() + static_cast<std::ptrdiff_t>(probed),
                                        order.end());
  for (const std::size_t i : others) rest_scores.push_back(scores[i]);
  for (const std::size_t i : best_indices(rest_scores, rest_scores.size()))
    current_->waiting.push_back(swaps[others[i]]);
  current_->probed = true;
  return probe;
}

// As many as there is room for, after the incumbent where it is compared.
Ask GradientSearch::propose(std::vector<TokenIds> swaps, std::int64_t left) const {
  Ask ask;
  const Proposal incumbent{
      incumbent_->candidate, Pool::support, current_->batch, {{incumbent_->trial}, "incumbent"}};
  const std::int64_t cost = std::max<std::int64_t>(1, proposal_cost(incumbent, context_));
  const bool again = compares() && !current_->incumbent;
  const std::int64_t most = left / cost - (again ? 1 : 0);
  if (swaps.empty() || most < 1) return ask;
  if (static_cast<std::int64_t>(swaps.size()) > most) swaps.resize(static_cast<std::size_t>(most));
  if (again) ask.proposals.push_back(incumbent);
  for (const auto& swap : swaps)
    ask.proposals.push_back(
        {with_tokens(swap), Pool::support, current_->batch, {{incumbent_->trial}, "swap"}});
  ask.keep = static_cast<std::size_t>(options_.keep);
  ask.spared = again ? 1 : 0;
  if (options_.objective != "metric") ask.rank_by = RankBy::log_likelihood;
  return ask;
}

Candidate GradientSearch::with_tokens(const TokenIds& ids) const {
  Candidate candidate = incumbent_->candidate;
  candidate.tmpl = candidate.tmpl.with_triggers(ids);
  return candidate;
}

// AutoPrompt's pass: the support set in a new order, up to `accumulation` batches of it.
std::vector<ExampleIndex> GradientSearch::draw_batch() {
  const std::size_t size = context_.task.support.size();
  const auto most =
      static_cast<double>(options_.batch_size) * static_cast<double>(options_.accumulation);
  return draw_examples(
      size, most < static_cast<double>(size) ? static_cast<std::size_t>(most) : size, rng_);
}

// Whether the incumbent's own score matters: what is always accepted, or goes to a buffer, does not
// ask for it.
bool GradientSearch::compares() const {
  return options_.acceptance != "always" && options_.buffer_size == 0;
}

// A prompt with some masks left is only a way to the first one without.
bool GradientSearch::is_forced() const {
  return options_.replace_masks_first && has_unset_triggers(incumbent_->candidate.tmpl);
}

void GradientSearch::tell(std::span<const Trial> trials) {
  if (trials.empty()) return;
  switch (phase_) {
    case Phase::start:
      return tell_starts(trials);
    case Phase::fill_buffer:
      return tell_buffer(trials);
    case Phase::round:
      return tell_round(trials);
    case Phase::dev:
      return tell_dev(trials.front());
    case Phase::done:
      return;
  }
}

// The start prompts are scored and remembered, so that a first swap is never "best" for want of a
// rival.
void GradientSearch::tell_starts(std::span<const Trial> trials) {
  const std::size_t num_starts = space_.starts().size();
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if (trials[i].status != Status::scored) continue;
    if (i >= num_starts && options_.manual == "compete") break;
    const Scored scored = scored_by(trials[i]);
    if (!best_ || better(scored, *best_)) best_ = scored;
  }
  incumbent_ = best_;
  phase_ = incumbent_ && options_.buffer_size > 0 ? Phase::fill_buffer : Phase::round;
}

void GradientSearch::tell_buffer(std::span<const Trial> trials) {
  for (const auto& trial : trials) {
    const Contender contender = contender_of(options_, context_.task, trial);
    if (contender.score != kUnscored) enter_buffer(contender);
  }
  if (!buffer_.empty()) {
    incumbent_->candidate = buffer_.front().candidate;
    incumbent_->trial = buffer_.front().trial;
  }
  phase_ = Phase::round;
}

void GradientSearch::tell_round(std::span<const Trial> trials) {
  std::vector<Contender> swaps;
  for (const auto& trial : trials) {
    Contender contender = contender_of(options_, context_.task, trial);
    if (contender.candidate == incumbent_->candidate)
      current_->incumbent = std::move(contender);
    else
      swaps.push_back(std::move(contender));
  }
  for (const auto& swap : swaps)  // the earlier of equal ones
    if (swap.score != kUnscored && (!current_->best || swap.score > current_->best->score))
      current_->best = swap;
  if (std::exchange(current_->probed, false)) {
    choose_after_probe(swaps);
    if (!current_->waiting.empty()) return;
  }
  current_->waiting.clear();
  decide();
}

// The better the draft agrees with the model, the fewer swaps the model has to see.
void GradientSearch::choose_after_probe(std::span<const Contender> probed) {
  std::vector<double> exact;
  for (const auto& contender : probed) exact.push_back(contender.score);
  const double correlation = rank_correlation(current_->draft, exact);
  const std::size_t count = num_after_probe(correlation, probed.size() + current_->waiting.size(),
                                            static_cast<std::size_t>(options_.probe_reduction));
  if (current_->waiting.size() > count) current_->waiting.resize(count);
  current_->draft.clear();
}

// The round's best swap replaces the incumbent, enters the buffer, or is left.
void GradientSearch::decide() {
  const std::optional<Contender> best = current_->best;
  const std::optional<Contender> rival = is_forced() ? std::nullopt : current_->incumbent;
  if (options_.buffer_size > 0) {
    const TokenIds before = incumbent_->candidate.tmpl.triggers();
    if (best) enter_buffer(*best);
    if (!buffer_.empty() && buffer_.front().candidate.tmpl.triggers() != before)
      adopt(buffer_.front());
  } else if (best && (is_forced() || accepts(options_, rival, *best))) {
    adopt(*best);
  }
  end_round();
}

// Best first; what is worse than the worst of a full buffer stays out, and nothing stands twice.
void GradientSearch::enter_buffer(const Contender& contender) {
  const auto same = [&](const Contender& other) { return other.candidate == contender.candidate; };
  if (std::any_of(buffer_.begin(), buffer_.end(), same)) return;
  const auto place = std::find_if(buffer_.begin(), buffer_.end(), [&](const Contender& other) {
    return contender.score > other.score;
  });
  buffer_.insert(place, contender);
  if (buffer_.size() > static_cast<std::size_t>(options_.buffer_size)) buffer_.pop_back();
}

void GradientSearch::adopt(const Contender& contender) {
  incumbent_ = Scored{.candidate = contender.candidate, .trial = contender.trial};
  if (is_forced()) return;
  stop_after_dev_ = options_.early_stop && contender.all_right;
  phase_ = Phase::dev;
}

// Under `sweep` the next slot follows, under the same gradient; else the iteration is over.
void GradientSearch::end_round() {
  if (options_.slots == "sweep" && current_->slots.size() > 1 && !stop_after_dev_) {
    current_->slots.erase(current_->slots.begin());
    current_->shortlists.erase(current_->shortlists.begin());
    current_->best.reset();
    current_->incumbent.reset();
    current_->waiting.clear();
    return;
  }
  current_.reset();
  ++without_gain_;
  // After a dev score: that may be the gain.
  if (phase_ == Phase::round) end_iteration_if_stuck();
}

void GradientSearch::tell_dev(const Trial& trial) {
  phase_ = stop_after_dev_ ? Phase::done : Phase::round;
  incumbent_ = scored_by(trial);
  const bool gains = trial.status == Status::scored && better(*incumbent_, *best_);
  if (gains || (options_.replace_masks_first && has_unset_triggers(best_->candidate.tmpl))) {
    best_ = incumbent_;
    without_gain_ = 0;
  }
  if (!current_ && phase_ == Phase::round) end_iteration_if_stuck();
}

void GradientSearch::end_iteration_if_stuck() {
  const bool on_the_way = options_.replace_masks_first && has_unset_triggers(best_->candidate.tmpl);
  if (options_.patience == 0 || without_gain_ < options_.patience || on_the_way) return;
  without_gain_ = 0;
  if (options_.when_stuck == "best") {
    incumbent_ = best_;
    return;
  }
  incumbent_ = Scored{.candidate = space_.randomise(best_->candidate, rng_), .trial = best_->trial};
  buffer_.clear();
  phase_ = Phase::dev;
}

}  // namespace prospect
