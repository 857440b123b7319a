// GrIPS: edits of a prompt's own words, without gradients [prasad2023].
//
// An iteration makes some candidates from the base, each by random edits of its phrases: delete
// one, swap two, paraphrase one, add one again that was deleted. The best replaces the base when it
// is strictly better (or, annealing, with a probability when it is not); after `patience`
// iterations in a row without that the search stops. The objective is balanced accuracy plus the
// entropy of the predictions. Defaults are those of the authors' program.
// Cost of an iteration: `candidates` x the dev pool, and infilling for each paraphrase. Oracles:
// paraphrase where the model has it, else slot. Failed and NaN trials are worse than every number.
// Exhausted after `iterations`, `patience` and `restarts`. Differences: docs/strategies/grips.md.

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "core/error.h"
#include "search/detail/balanced_entropy.h"
#include "search/detail/held_out.h"
#include "search/detail/infill.h"
#include "search/detail/rng_state.h"
#include "search/detail/room.h"
#include "search/detail/round_options.h"
#include "search/detail/scored.h"
#include "search/detail/text_starts.h"
#include "search/registry.h"

namespace prospect {
namespace {

// A candidate that was seen before is drawn again, but not for ever.
constexpr int kMostGripsDraws = 20;

struct GripsOptions {
  std::vector<std::string> initial;
  std::string granularity = "phrase";
  std::vector<std::string> edits = {"delete", "swap", "paraphrase", "add"};
  std::int64_t candidates = 5;
  std::int64_t compose = 1;
  std::int64_t iterations = 10;
  std::int64_t patience = 2;
  std::string mode = "greedy";
  double temperature = 10;
  double decay = 5;
  std::string objective = "balanced_entropy";
  double entropy_weight = 10;
  std::int64_t restarts = 0;
  std::int64_t keep = 0;
  InfillOptions infill;
};

void describe(OptionVisitor& visit, GripsOptions& options) {
  visit("initial", options.initial,
        "Templates to start from, in place of the task's manual prompts.");
  visit("granularity", options.granularity, "What an edit moves at a time.",
        {"phrase", "word", "sentence"});
  visit("edits", options.edits, "Edits to draw from: delete, swap, paraphrase, add.");
  visit("candidates", options.candidates, "Candidates made in an iteration.",
        between<std::int64_t>(1, 4096));
  visit("compose", options.compose, "Edits made one after the other for a candidate.",
        between<std::int64_t>(1, 100));
  visit("iterations", options.iterations, "Iterations, the budget permitting.",
        at_least<std::int64_t>(1));
  visit("patience", options.patience, "Iterations in a row without a new base before stopping.",
        at_least<std::int64_t>(1));
  visit("mode", options.mode, "Take only a better candidate, or sometimes a worse one.",
        {"greedy", "annealing"});
  visit("temperature", options.temperature,
        "Annealing: the first temperature, in points of the objective.", at_least(1e-9));
  visit("decay", options.decay, "Annealing: iterations in which the temperature falls by e.",
        at_least(1e-9));
  visit("objective", options.objective, "What a candidate has to improve.",
        {"balanced_entropy", "metric", "log_likelihood"});
  visit("entropy_weight", options.entropy_weight,
        "Points of the balanced_entropy objective for each nat of entropy.", at_least(0.0));
  visit("restarts", options.restarts,
        "Times that a stopped search begins again, with new edits of the start prompts in turn.",
        at_least<std::int64_t>(0));
  describe_keep(visit, options.keep);
  describe(visit, options.infill);
}

// A candidate of an iteration, with what it deleted and added again.
struct Edited {
  Candidate candidate;
  std::vector<std::string> deleted, added;
  std::string note;
};

class GripsStrategy : public Strategy {
 public:
  GripsStrategy(const GripsOptions& options, SearchContext context)
      : options_(options),
        context_(std::move(context)),
        granularity_(granularity_from(options.granularity)),
        infiller_(options.infill, context_),
        rng_(context_.rng) {
    check_edits();
    for (auto& start : text_starts(context_, options_.initial)) {
      first_text_ = first_text_.empty() ? start.tmpl.text() : first_text_;
      if (!phrase_indices(split_units(start.tmpl, granularity_)).empty())
        starts_.push_back(std::move(start));
    }
    if (starts_.empty())
      fail(ErrorKind::input, "option 'initial'", "expected literal text to edit, found none in '",
           first_text_, "'; give templates with words here");
  }

  Ask ask(const Room& room) override {
    if (!base_) return ask_starts(room);
    Ask ask;
    std::int64_t left = room.cost;
    while (!is_over() && ask.proposals.empty()) {
      const Rng before = rng_;
      edited_ = draw_candidates(left);
      if (edited_.empty() && left < 0) {  // no room for a single one
        rng_ = before;
        return {};
      }
      for (const auto& edited : edited_)
        ask.proposals.push_back({edited.candidate, Pool::dev, {}, {{base_->trial}, edited.note}});
      if (edited_.empty()) fall_back(nullptr);
    }
    ask.keep = static_cast<std::size_t>(options_.keep);
    return ask;
  }

  void tell(std::span<const Trial> trials) override {
    if (trials.empty()) return;
    if (!base_) return tell_starts(trials);
    const Edited* edit_of_best = nullptr;
    std::optional<Scored> best;
    for (std::size_t i = 0; i < trials.size(); ++i) {
      Scored scored = scored_by(trials[i]);
      scored.value = objective(trials[i]);
      if (best && scored.value <= best->value) continue;  // the first of the highest
      best = std::move(scored);
      edit_of_best = &edited_[i];
    }
    if (best->value > base_->value)
      adopt(*best, *edit_of_best);
    else
      fall_back(&*best, edit_of_best);
  }

  State save() const override {
    return {{{"base", to_json(base_)},
             {"starts", to_json(std::span<const Scored>(scored_starts_))},
             {"memory", memory_},
             {"seen", seen_},
             {"iteration", iteration_},
             {"failures", failures_},
             {"restarts", restarts_},
             {"rng", rng_to_json(rng_)}},
            {}};
  }

  void restore(const State& state) override {
    const Json& values = state.values;
    auto base = optional_scored_from_json(values.at("base"));
    auto starts = all_scored_from_json(values.at("starts"));
    auto memory = values.at("memory").get<std::vector<std::string>>();
    auto seen = values.at("seen").get<std::set<std::string>>();
    const auto iteration = values.at("iteration").get<std::int64_t>();
    const auto failures = values.at("failures").get<std::int64_t>();
    const auto restarts = values.at("restarts").get<std::int64_t>();
    rng_ = rng_from_json(values.at("rng"));
    base_ = std::move(base);
    scored_starts_ = std::move(starts);
    memory_ = std::move(memory);
    seen_ = std::move(seen);
    iteration_ = iteration;
    failures_ = failures;
    restarts_ = restarts;
  }

 private:
  void check_edits() const {
    const std::vector<std::string> known = {"delete", "swap", "paraphrase", "add"};
    if (options_.edits.empty()) fail(ErrorKind::input, "option 'edits'", "expected an edit");
    for (const auto& edit : options_.edits) {
      if (std::find(known.begin(), known.end(), edit) == known.end())
        fail(ErrorKind::input, "option 'edits'",
             "expected delete, swap, paraphrase or add, found '", edit, "'");
      if (edit == "paraphrase" && context_.oracles.paraphrase() == nullptr &&
          !infiller_.is_available())
        fail(ErrorKind::unsupported, "option 'edits'",
             "expected a model that gives paraphrases or slot scores; leave 'paraphrase' out");
    }
  }

  bool is_over() const { return iteration_ >= options_.iterations; }

  Ask ask_starts(const Room& room) {
    Ask ask;
    std::int64_t left = room.cost;
    for (const auto& start : starts_) {
      Proposal proposal{start, Pool::dev, {}, {{}, "start"}};
      left -= proposal_cost(proposal, context_);
      if (left < 0) break;
      ask.proposals.push_back(std::move(proposal));
    }
    return ask;
  }

  void tell_starts(std::span<const Trial> trials) {
    for (const auto& trial : trials) {
      Scored scored = scored_by(trial);
      scored.value = objective(trial);
      seen_.insert(candidate_key(scored.candidate));
      scored_starts_.push_back(std::move(scored));
    }
    std::stable_sort(scored_starts_.begin(), scored_starts_.end(),
                     [](const Scored& a, const Scored& b) { return a.value > b.value; });
    base_ = scored_starts_.front();
  }

  // New candidates that there is room for; `left` is negative where there is none for the first.
  std::vector<Edited> draw_candidates(std::int64_t& left) {
    std::vector<Edited> drawn;
    const std::int64_t score_cost = proposal_cost({base_->candidate, Pool::dev, {}, {}}, context_);
    const std::int64_t most = score_cost + options_.compose * most_edit_cost();
    for (std::int64_t i = 0; i < options_.candidates; ++i) {
      for (int draw = 0; draw < kMostGripsDraws; ++draw) {
        if (left < most) {
          if (drawn.empty() && draw == 0) left = -1;
          return drawn;
        }
        Edited edited = edit(left);
        if (!seen_.insert(candidate_key(edited.candidate)).second) continue;
        left -= proposal_cost({edited.candidate, Pool::dev, {}, {}}, context_);
        drawn.push_back(std::move(edited));
        break;
      }
    }
    return drawn;
  }

  std::int64_t most_edit_cost() const {
    if (std::find(options_.edits.begin(), options_.edits.end(), "paraphrase") ==
        options_.edits.end())
      return 0;
    if (context_.oracles.paraphrase() != nullptr) return options_.infill.top_k;
    return infiller_.refill_cost("three words each");
  }

  Edited edit(std::int64_t& left) {
    Edited edited{base_->candidate, {}, {}, {}};
    std::vector<PromptUnit> units = split_units(base_->candidate.tmpl, granularity_);
    for (std::int64_t i = 0; i < options_.compose; ++i) {
      const auto phrases = phrase_indices(units);
      std::vector<std::string> possible;
      for (const auto& kind : options_.edits) {
        const std::size_t needed = kind == "add" ? 0 : kind == "swap" ? 2 : 1;
        if (phrases.size() < needed || (kind == "add" && memory_.empty())) continue;
        possible.push_back(kind);
      }
      if (possible.empty()) break;
      const std::string kind = possible[rng_.below(possible.size())];
      edited.note += (edited.note.empty() ? "" : ", ") + kind;
      apply(kind, phrases, units, edited, left);
    }
    edited.candidate.tmpl = join_units(units);
    return edited;
  }

  void apply(const std::string& kind, const std::vector<std::size_t>& phrases,
             std::vector<PromptUnit>& units, Edited& edited, std::int64_t& left) {
    if (kind == "add") {
      const std::string text = memory_[rng_.below(memory_.size())];
      const std::size_t place = rng_.below(phrases.size() + 1);
      insert_unit(units, place == 0 ? 0 : phrases[place - 1] + 1, text);
      edited.added.push_back(text);
      return;
    }
    const std::size_t first = rng_.below(phrases.size());
    if (kind == "delete") {
      edited.deleted.push_back(units[phrases[first]].text);
      erase_unit(units, phrases[first]);
    } else if (kind == "swap") {
      const std::size_t other = rng_.below(phrases.size() - 1);
      std::swap(units[phrases[first]].text, units[phrases[other + (other >= first ? 1 : 0)]].text);
    } else if (const auto text = paraphrase(units, phrases[first], left)) {
      units[phrases[first]].text = *text;
    }
  }

  std::optional<std::string> paraphrase(std::span<const PromptUnit> units, std::size_t index,
                                        std::int64_t& left) {
    if (auto* oracle = context_.oracles.paraphrase()) {
      left -= options_.infill.top_k;
      const auto texts =
          oracle->paraphrase(units[index].text, static_cast<std::size_t>(options_.infill.top_k));
      if (texts.empty()) return std::nullopt;
      std::string text = texts[rng_.below(texts.size())].text;
      if (!text.empty() && text.back() == '.') text.pop_back();
      return text;
    }
    left -= infiller_.refill_cost(units[index].text);
    return infiller_.refill(units, index, base_->candidate.verbalizer, rng_);
  }

  double objective(const Trial& trial) const {
    if (trial.status != Status::scored) return kUnscored;
    double value = trial.evaluation.value;
    if (options_.objective == "log_likelihood") value = trial.evaluation.log_likelihood;
    if (options_.objective == "balanced_entropy" && !std::isnan(value))
      value = balanced_entropy(judgement_of(trial, context_.task), options_.entropy_weight);
    return std::isnan(value) ? kUnscored : value;
  }

  // Deleted phrases enter the memory when their candidate does; those added again leave it.
  void adopt(const Scored& scored, const Edited& edited) {
    for (const auto& text : edited.added)
      if (const auto at = std::find(memory_.begin(), memory_.end(), text); at != memory_.end())
        memory_.erase(at);
    memory_.insert(memory_.end(), edited.deleted.begin(), edited.deleted.end());
    base_ = scored;
    failures_ = 0;
    ++iteration_;
    restart_if_over();
  }

  // After an iteration whose best candidate, if any, is no improvement.
  void fall_back(const Scored* best, const Edited* edited = nullptr) {
    if (options_.mode == "annealing" && best != nullptr && best->value > kUnscored) {
      const double temperature =
          options_.temperature * std::exp(-static_cast<double>(iteration_) / options_.decay);
      if (rng_.uniform() < std::exp((best->value - base_->value) / temperature))
        return adopt(*best, *edited);
    }
    ++iteration_;
    if (++failures_ >= options_.patience) iteration_ = options_.iterations;
    restart_if_over();
  }

  void restart_if_over() {
    if (!is_over() || restarts_ >= options_.restarts) return;
    base_ = scored_starts_[static_cast<std::size_t>(++restarts_) % scored_starts_.size()];
    iteration_ = failures_ = 0;
    memory_.clear();
  }

  GripsOptions options_;
  SearchContext context_;
  Granularity granularity_;
  Infiller infiller_;
  std::vector<Candidate> starts_;
  std::string first_text_;

  std::optional<Scored> base_;         // its value is the objective's
  std::vector<Scored> scored_starts_;  // best first
  std::vector<std::string> memory_;    // deleted phrases
  std::set<std::string> seen_;         // keys of all candidates that were proposed
  std::int64_t iteration_ = 0, failures_ = 0, restarts_ = 0;
  Rng rng_;
  std::vector<Edited> edited_;  // of the ask that is not told yet
};

const Registration<MayBeHeldOut<GripsStrategy, GripsOptions>, WithHeldOut<GripsOptions>> kGrips{
    "grips", "Deletes, swaps, paraphrases and adds the phrases of a prompt."};

}  // namespace
}  // namespace prospect
