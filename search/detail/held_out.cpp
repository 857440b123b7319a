#include "search/detail/held_out.h"

#include <cmath>
#include <utility>

#include "core/error.h"
#include "search/detail/paired_lead.h"
#include "search/detail/room.h"
#include "search/detail/scored.h"

namespace prospect {
namespace {

Task with_support_as_dev(const Task& task) {
  Task inner = task;
  inner.dev = task.support;
  return inner;
}

SearchContext context_on(const Task& task, const SearchContext& context) {
  return {task,         context.vocabulary, context.scorer, context.oracles,
          context.spec, context.seeds,      context.rng,    context.folder};
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

Json optional_to_json(const std::optional<double>& value) {
  return value ? score_to_json(*value) : Json("none");
}

std::optional<double> optional_from_json(const Json& json) {
  if (json.is_string()) return std::nullopt;
  return score_from_json(json);
}

}  // namespace

void describe(OptionVisitor& visit, HeldOutOptions& options) {
  visit("scored_on", options.scored_on,
        "Prompts are scored on dev, or on the support examples, and on dev only what leads there.",
        {"dev", "support"});
  visit("confidence", options.confidence,
        "Standard errors that a lead on the support examples exceeds before dev is asked.",
        between<double>(0, 10));
}

HeldOutSearch::HeldOutSearch(const HeldOutOptions& options, const SearchContext& context,
                             const Make& make)
    : options_(options), context_(context), inner_task_(with_support_as_dev(context.task)) {
  if (context_.task.support.empty())
    fail(ErrorKind::input, "option 'scored_on'",
         "expected support examples to score on, found none; set \"dev\"");
  inner_ = make(context_on(inner_task_, context_));
}

Ask HeldOutSearch::ask(const Room& room) {
  if (challenger_) {
    Ask ask;
    Proposal proposal{challenger_->candidate, Pool::dev, {}, {{challenger_->trial}, "leads"}};
    if (proposal_cost(proposal, context_) <= room.cost)
      ask.proposals.push_back(std::move(proposal));
    return ask;
  }
  Ask ask = inner_->ask(room);
  for (auto& proposal : ask.proposals) {
    if (proposal.pool == Pool::dev) proposal.pool = Pool::support;
    const auto* candidate = std::get_if<Candidate>(&proposal.entry);
    if (candidate != nullptr && !candidate->demonstrations.example_ids.empty())
      fail(ErrorKind::input, "option 'scored_on'",
           "expected prompts without demonstrations, found one that would show support examples "
           "their own answers; leave demonstrations out, or set \"dev\"");
  }
  return ask;
}

void HeldOutSearch::tell(std::span<const Trial> trials) {
  if (trials.empty()) return;
  if (challenger_) return tell_dev(trials.front());
  std::vector<Trial> as_dev(trials.begin(), trials.end());
  std::optional<Contender> best;
  for (auto& trial : as_dev) {
    if (auto contender = contender_of(trial);
        contender && (!best || mean(contender->gold_log_p) > mean(best->gold_log_p)))
      best = std::move(contender);
    trial.outcome.pool = Pool::dev;
  }
  inner_->tell(as_dev);
  if (best &&
      (!champion_ || paired_lead(best->gold_log_p, champion_->gold_log_p) > options_.confidence))
    challenger_ = std::move(best);
}

// The first challenger has no rival; another takes the champion's place where dev agrees.
void HeldOutSearch::tell_dev(const Trial& trial) {
  Contender told = *std::exchange(challenger_, std::nullopt);
  const Scored scored = scored_by(trial);
  told.dev_value = scored.value;
  told.dev_log_likelihood = scored.log_likelihood;
  const bool is_worse = champion_ && (*told.dev_value < *champion_->dev_value ||
                                      (*told.dev_value == *champion_->dev_value &&
                                       *told.dev_log_likelihood < *champion_->dev_log_likelihood));
  if (!is_worse) champion_ = std::move(told);
}

// Of a trial on the whole support pool.
std::optional<HeldOutSearch::Contender> HeldOutSearch::contender_of(const Trial& trial) const {
  const auto* candidate = std::get_if<Candidate>(&trial.entry);
  if (candidate == nullptr || trial.status != Status::scored ||
      trial.outcome.pool != Pool::support ||
      trial.outcome.examples.size() != context_.task.support.size())
    return std::nullopt;
  Contender contender{*candidate, trial.id, judgement_of(trial, context_.task).gold_log_p, {}, {}};
  if (std::isnan(mean(contender.gold_log_p)) || std::isnan(trial.evaluation.log_likelihood))
    return std::nullopt;
  return contender;
}

Json HeldOutSearch::contender_to_json(const Contender& contender) {
  Json log_p = Json::array();
  for (const double value : contender.gold_log_p) log_p.push_back(score_to_json(value));
  return {{"candidate", to_json(contender.candidate)},
          {"trial", contender.trial},
          {"gold_log_p", std::move(log_p)},
          {"dev_value", optional_to_json(contender.dev_value)},
          {"dev_log_likelihood", optional_to_json(contender.dev_log_likelihood)}};
}

HeldOutSearch::Contender HeldOutSearch::contender_from_json(const Json& json) {
  Contender contender{candidate_from_json(JsonReader(json, "state").at("candidate")),
                      json.at("trial").get<TrialId>(),
                      {},
                      optional_from_json(json.at("dev_value")),
                      optional_from_json(json.at("dev_log_likelihood"))};
  for (const auto& value : json.at("gold_log_p"))
    contender.gold_log_p.push_back(score_from_json(value));
  return contender;
}

State HeldOutSearch::save() const {
  const auto write = [](const std::optional<Contender>& contender) {
    return contender ? contender_to_json(*contender) : Json(nullptr);
  };
  State inner = inner_->save();
  return {{{"champion", write(champion_)},
           {"challenger", write(challenger_)},
           {"inner", std::move(inner.values)}},
          std::move(inner.blobs)};
}

void HeldOutSearch::restore(const State& state) {
  const auto read = [&](const char* key) -> std::optional<Contender> {
    const Json& json = state.values.at(key);
    if (json.is_null()) return std::nullopt;
    return contender_from_json(json);
  };
  auto champion = read("champion"), challenger = read("challenger");
  inner_->restore({state.values.at("inner"), state.blobs});
  champion_ = std::move(champion);
  challenger_ = std::move(challenger);
}

}  // namespace prospect
