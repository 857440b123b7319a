#include "search/detail/ranked_list.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "core/label_free_selection.h"
#include "core/text.h"
#include "search/detail/demonstrations.h"
#include "search/detail/examples.h"
#include "search/detail/filled_text.h"
#include "search/detail/room.h"
#include "search/detail/scored.h"
#include "search/detail/text_starts.h"

namespace prospect {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

bool reads_texts(const std::string& criterion) {
  return criterion == "ppl" || criterion == "coherency";
}

LabelFree criterion_of(const std::string& name) {
  for (const LabelFree criterion : label_free_criteria())
    if (name_of(criterion) == name) return criterion;
  fail(ErrorKind::internal, "criterion", "expected a known one, found '", name, "'");
}

Calibration calibration_of(const std::string& name) {
  const Json json = name;
  return calibration_from_json(JsonReader(json, "option 'calibration'"));
}

// What stands for an input when a prompt is asked about no input at all.
std::vector<std::string> blank_inputs(Calibration calibration, const Vocabulary& vocabulary) {
  if (calibration == Calibration::domain_pmi) return {""};
  if (calibration != Calibration::contextual) return {};
  const auto mask = vocabulary.mask();  // [zhao2021]
  return {"", "N/A", mask ? vocabulary.token(*mask) : "[MASK]"};
}

Candidate with_blank_fields(Candidate candidate, const std::string& text) {
  std::vector<Piece> pieces = candidate.tmpl.pieces();
  for (auto& piece : pieces)
    if (std::holds_alternative<Field>(piece)) piece = Literal{text};
  candidate.tmpl = Template(std::move(pieces));
  return candidate;
}

Pool pool_of_inputs(const Task& task) {
  return task.unlabelled.empty() ? Pool::support : Pool::unlabelled;
}

// A random draw: a pool may be in the order of its labels, which nobody may read.
std::vector<ExampleIndex> inputs_of(const SearchContext& context, std::int64_t count) {
  Rng rng = context.rng;
  return draw_examples(context.task.pool(pool_of_inputs(context.task)).size(),
                       static_cast<std::size_t>(count), rng);
}

// As many inputs for each of its rows as the room allows.
std::int64_t inputs_that_fit(std::int64_t wanted, std::int64_t room, std::int64_t price) {
  return std::min(wanted, room / std::max<std::int64_t>(price, 1));
}

}  // namespace

void describe(OptionVisitor& visit, RankingOptions& options) {
  std::vector<std::string> criteria{"none"};
  for (const LabelFree criterion : label_free_criteria()) criteria.emplace_back(name_of(criterion));
  criteria.insert(criteria.end(), {"ppl", "coherency"});
  visit("rank_by", options.criterion,
        "Rank the prompts without labels before any is scored on dev: by a criterion on unlabelled "
        "inputs, by perplexity (ppl), or by the coherency of answered prompts; or not.",
        criteria);
  visit("rank_calibration", options.calibration,
        "What the answers are calibrated by before they are ranked.",
        {"none", "contextual", "batch", "domain_pmi"});
  visit(
      "rank_masking", options.masking,
      "What a masked LM's likelihood of a text hides with each token: nothing else, or the rest of "
      "its word.",
      {"token", "rest_of_word"});
  visit("rank_inputs", options.inputs, "Inputs that prompts are ranked on, the room permitting.",
        between<std::int64_t>(1, 100'000));
  visit("rank_keep", options.keep, "Ranked prompts that are scored on dev; 0 is all.",
        at_least<std::int64_t>(0));
}

RankedList::RankedList(const RankingOptions& options, const SearchContext& context)
    : options_(options), context_(context) {
  if (options_.criterion == "none") return;
  if (reads_texts(options_.criterion) && context.oracles.likelihood() == nullptr)
    fail(ErrorKind::unsupported, "option 'rank_by'", "expected a model that gives the likelihood ",
         "of a text, for ", options_.criterion,
         "; name a causal or masked LM under \"models\": {\"likelihood\": ...}");
  if (context.task.pool(pool_of_inputs(context.task)).empty())
    fail(ErrorKind::unsupported, "option 'rank_by'",
         "expected unlabelled or support examples to rank prompts on, found none");
}

bool RankedList::add(Candidate candidate, std::string note, std::vector<TrialId> parents) {
  if (!keys_.insert(candidate_key(candidate)).second) return false;
  items_.push_back({std::move(candidate), std::move(note), std::move(parents)});
  return true;
}

std::size_t RankedList::num_kept() const {
  const auto keep = static_cast<std::size_t>(options_.keep);
  return options_.criterion == "none" || keep == 0 ? items_.size() : std::min(keep, items_.size());
}

std::int64_t RankedList::dev_cost(const Item& item) const {
  return proposal_cost({item.candidate, Pool::dev, {}, {}}, context_);
}

// What the kept prompts will cost on dev, but at most half of what there is.
std::int64_t RankedList::reserve() const {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < num_kept(); ++i) sum += dev_cost(items_[i]);
  return sum;
}

Ask RankedList::ask(const Room& room) {
  Ask ask;
  std::int64_t left = room.cost;
  if (items_.empty()) return ask;
  if (is_ranking() && reads_texts(options_.criterion)) ask_likelihood(left);
  if (is_ranking()) {
    if (!reads_texts(options_.criterion)) ask_inputs(left, ask);
    return ask;
  }
  ask_dev(left, ask);
  return ask;
}

void RankedList::ask_inputs(std::int64_t room, Ask& ask) {
  const Pool pool = pool_of_inputs(context_.task);
  const auto blanks = blank_inputs(calibration_of(options_.calibration), context_.vocabulary);
  std::int64_t price = 0;  // of one input for all
  for (const auto& item : items_) price += context_.scorer.cost(item.candidate, context_.spec);
  const std::int64_t spendable =
      room - std::min(reserve(), room / 2) - price * static_cast<std::int64_t>(blanks.size());
  const auto wanted = std::min<std::int64_t>(
      options_.inputs, static_cast<std::int64_t>(context_.task.pool(pool).size()));
  const std::int64_t count = inputs_that_fit(wanted, spendable, price);
  if (count < 1) return;
  num_inputs_ = count;
  const std::vector<ExampleIndex> inputs = inputs_of(context_, count);
  places_.clear();
  std::map<std::string, std::size_t> known;
  const auto place_of = [&](Proposal proposal) {
    const std::string key = candidate_key(std::get<Candidate>(proposal.entry)) + "/" +
                            std::to_string(proposal.examples.size());
    const auto [at, is_new] = known.emplace(key, ask.proposals.size());
    if (is_new) ask.proposals.push_back(std::move(proposal));
    return at->second;
  };
  for (const auto& item : items_) {
    auto& places = places_.emplace_back();
    places.push_back(place_of({item.candidate, pool, inputs, {item.parents, "to be ranked"}}));
    for (const auto& text : blanks)
      places.push_back(place_of({with_blank_fields(item.candidate, text),
                                 pool,
                                 {0},
                                 {item.parents, "to be ranked: the input '" + text + "'"}}));
  }
}

void RankedList::ask_likelihood(std::int64_t& room) {
  LikelihoodOracle& oracle = *context_.oracles.likelihood();
  const bool answered = options_.criterion == "coherency";
  const Task& task = context_.task;
  std::vector<Example> inputs;
  if (answered) {
    inputs = examples_at(task.support, labels_in_turn(task.support, task.labels.size(),
                                                      static_cast<std::size_t>(options_.inputs)));
  } else {
    inputs = examples_at(task.pool(pool_of_inputs(task)), inputs_of(context_, options_.inputs));
  }
  std::vector<std::vector<std::string>> texts(items_.size());  // [T][X]
  std::vector<std::int64_t> prices(inputs.size());
  for (std::size_t t = 0; t < items_.size(); ++t)
    for (std::size_t x = 0; x < inputs.size(); ++x) {
      const Candidate& candidate = items_[t].candidate;
      std::string answer;
      if (answered)
        answer = candidate.verbalizer.labels[static_cast<std::size_t>(inputs[x].label)]
                     .answers.front()
                     .text;
      texts[t].push_back(filled_text(candidate.tmpl, context_.vocabulary, inputs[x], answer));
      prices[x] += oracle.cost(texts[t].back());
    }
  std::int64_t spendable = room - std::min(reserve(), room / 2);
  std::size_t count = 0;
  while (count < prices.size() && prices[count] <= spendable) spendable -= prices[count++];
  if (count == 0) return;
  num_inputs_ = static_cast<std::int64_t>(count);
  std::vector<double> scores;
  for (auto& of_template : texts) {
    of_template.resize(count);
    const std::vector<double> log_p =
        oracle.log_p(of_template, options_.masking == "token" ? PseudoMasking::token
                                                              : PseudoMasking::rest_of_word);
    std::vector<std::size_t> num_tokens;
    for (const auto& text : of_template)
      num_tokens.push_back(
          static_cast<std::size_t>(std::max<std::int64_t>(oracle.num_tokens(text), 1)));
    double score = -mean_perplexity(log_p, num_tokens);
    if (answered) {
      score = 0;
      for (std::size_t i = 0; i < count; ++i)
        score += coherency(log_p[i], num_tokens[i]) / static_cast<double>(count);
    }
    scores.push_back(score);
  }
  for (std::size_t x = 0; x < count; ++x) room -= prices[x];
  set_order(std::move(scores));
}

void RankedList::tell(std::span<const Trial> trials) {
  if (is_ranking())
    tell_inputs(trials);
  else
    next_ += trials.size();
}

void RankedList::tell_inputs(std::span<const Trial> trials) {
  if (trials.empty()) return;
  const std::size_t num_labels = context_.task.labels.size();
  const auto matrix_of = [&](const Trial& trial, std::int64_t rows) -> MatrixXd {
    const auto undefined =
        MatrixXd::Constant(rows, static_cast<Eigen::Index>(num_labels), kUndefined);
    if (trial.status != Status::scored ||
        static_cast<std::int64_t>(trial.outcome.rows.size()) != rows)
      return undefined;
    return label_log_probs(std::get<Candidate>(trial.entry).verbalizer, trial.outcome.rows);
  };
  ScoreArray scores, blanks;
  for (const auto& places : places_) {
    scores.push_back(matrix_of(trials[places.front()], num_inputs_));
    MatrixXd blank(std::ssize(places) - 1, static_cast<Eigen::Index>(num_labels));
    for (std::size_t b = 1; b < places.size(); ++b)
      blank.row(static_cast<Eigen::Index>(b) - 1) = matrix_of(trials[places[b]], 1);
    blanks.push_back(std::move(blank));
  }
  scores = calibrate_all(calibration_of(options_.calibration), scores, blanks);
  set_order(rank_scores(criterion_of(options_.criterion), scores));
}

void RankedList::set_order(std::vector<double> scores) {
  scores_ = std::move(scores);
  order_.resize(items_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  const auto value = [&](std::size_t i) { return std::isnan(scores_[i]) ? kUnscored : scores_[i]; };
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::size_t a, std::size_t b) { return value(a) > value(b); });
}

void RankedList::ask_dev(std::int64_t room, Ask& ask) {
  for (std::size_t place = next_; place < num_kept(); ++place) {
    const std::size_t index = order_.empty() ? place : order_[place];
    const Item& item = items_[index];
    const std::int64_t cost = dev_cost(item);
    if (cost > room) break;
    room -= cost;
    std::string note = item.note;
    if (!order_.empty())
      note += (note.empty() ? "" : "; ") + options_.criterion + " " +
              dump_json(Json(std::isnan(scores_[index]) ? Json() : Json(scores_[index]))) + " on " +
              std::to_string(num_inputs_) + " inputs, place " + std::to_string(place + 1) + " of " +
              std::to_string(items_.size());
    ask.proposals.push_back({item.candidate, Pool::dev, {}, {item.parents, std::move(note)}});
  }
}

Json RankedList::save() const {
  Json items = Json::array(), scores = Json::array();
  for (const auto& item : items_)
    items.push_back(
        {{"candidate", to_json(item.candidate)}, {"note", item.note}, {"parents", item.parents}});
  for (const double score : scores_) scores.push_back(std::isnan(score) ? Json() : Json(score));
  return {{"items", std::move(items)},
          {"order", order_},
          {"scores", std::move(scores)},
          {"inputs", num_inputs_},
          {"next", next_}};
}

void RankedList::restore(const Json& json) {
  std::vector<Item> items;
  std::set<std::string> keys;
  for (const auto& item : json.at("items")) {
    items.push_back({candidate_from_json(JsonReader(item.at("candidate"), "state")),
                     item.at("note").get<std::string>(),
                     item.at("parents").get<std::vector<TrialId>>()});
    keys.insert(candidate_key(items.back().candidate));
  }
  auto order = json.at("order").get<std::vector<std::size_t>>();
  std::vector<double> scores;
  for (const auto& score : json.at("scores"))
    scores.push_back(score.is_null() ? kUndefined : score.get<double>());
  const auto inputs = json.at("inputs").get<std::int64_t>();
  next_ = json.at("next").get<std::size_t>();
  items_ = std::move(items);
  keys_ = std::move(keys);
  order_ = std::move(order);
  scores_ = std::move(scores);
  num_inputs_ = inputs;
}

}  // namespace prospect
