// TEMPERA's edits of a whole prompt, as a search for one prompt that serves all inputs [zhang2023].
//
// A prompt is changed by one edit at a time: which demonstrations stand in it and in which order,
// the phrases of the template, the template itself, the label words. An episode is a chain of up to
// `horizon` steps. A step draws `width` edits from a policy over the kinds of edits, scores them,
// and takes the best if its reward, the gain in score, is above 0, else sometimes all the same; the
// policy learns from every reward. The next episode starts from the best prompt so far, or from a
// start prompt. The paper's policy edits the prompt of each query anew; this is its row without
// test-time editing.
// Cost of a step: `width` x the dev pool, and infilling. Oracle: slot, where `moves` or
// `proposed_words` ask for it. Failed and NaN trials are never taken and teach nothing. Exhausted
// after `episodes`, or when no new edit is found. Differences: docs/strategies/tempera.md.

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "search/detail/demonstrations.h"
#include "search/detail/held_out.h"
#include "search/detail/infill.h"
#include "search/detail/label_words.h"
#include "search/detail/margin_reward.h"
#include "search/detail/move_policy.h"
#include "search/detail/rng_state.h"
#include "search/detail/room.h"
#include "search/detail/round_options.h"
#include "search/detail/scored.h"
#include "search/detail/text_starts.h"
#include "search/registry.h"

namespace prospect {
namespace {

// An edit that gives a prompt seen before is drawn again, but not for ever.
constexpr int kMostMoveDraws = 30;

const std::vector<std::string> kTemperaMoves = {"demonstration_swap", "demonstration_exchange",
                                                "demonstration_add",  "demonstration_drop",
                                                "phrase_swap",        "phrase_delete",
                                                "phrase_add",         "phrase_infill",
                                                "template",           "verbalizer"};

struct TemperaOptions {
  std::vector<std::string> initial;
  std::vector<std::string> moves = kTemperaMoves;
  std::string granularity = "phrase";
  std::int64_t demonstrations = 4;
  std::int64_t pool = 16;
  std::vector<std::string> label_words;
  std::int64_t proposed_words = 10;
  std::int64_t horizon = 8;
  std::int64_t episodes = 10'000;
  std::int64_t width = 4;
  std::string reward = "margin";
  double learning_rate = 0.1;
  double exploration = 0.1;
  double restart = 0.25;
  std::int64_t keep = 0;
  InfillOptions infill;
};

void describe(OptionVisitor& visit, TemperaOptions& options) {
  visit("initial", options.initial,
        "Templates to start from and to change to, in place of the task's manual prompts.");
  visit("moves", options.moves, "Kinds of edits that the policy chooses from.");
  visit("granularity", options.granularity, "What a phrase edit moves at a time.",
        {"phrase", "word", "sentence"});
  visit("demonstrations", options.demonstrations,
        "Most demonstrations in a prompt, and their number in the start prompts; 0 for none.",
        between<std::int64_t>(0, 64));
  visit("pool", options.pool, "Support examples that demonstrations are taken from.",
        at_least<std::int64_t>(1));
  visit("label_words", options.label_words,
        "Further label words, \"negative=bad|awful\"; those of the task's prompts are known.");
  visit("proposed_words", options.proposed_words,
        "Label words for each label that the model proposes from the support examples; 0 for none.",
        between<std::int64_t>(0, 10'000));
  visit("horizon", options.horizon, "Steps of an episode.", at_least<std::int64_t>(1));
  visit("episodes", options.episodes, "Episodes, the budget permitting.",
        at_least<std::int64_t>(1));
  visit("width", options.width, "Edits scored in a step.", between<std::int64_t>(1, 4096));
  visit("reward", options.reward,
        "What a step's gain is measured in: the published margin, the task's metric, or the mean "
        "gold log-likelihood.",
        {"margin", "metric", "log_likelihood"});
  visit("learning_rate", options.learning_rate, "Step size of the policy; 0 keeps it uniform.",
        at_least(0.0));
  visit("exploration", options.exploration,
        "Share of steps without a gain whose best edit is taken all the same.", between(0.0, 1.0));
  visit("restart", options.restart,
        "Share of episodes that begin with a start prompt; the others with the best one.",
        between(0.0, 1.0));
  describe_keep(visit, options.keep);
  describe(visit, options.infill);
}

class TemperaStrategy : public Strategy {
 public:
  TemperaStrategy(const TemperaOptions& options, SearchContext context)
      : options_(options),
        context_(std::move(context)),
        granularity_(granularity_from(options.granularity)),
        infiller_(options.infill, context_),
        rng_(context_.rng),
        policy_(options.moves, options.learning_rate) {
    check_options();
    words_ = known_label_words(context_);
    for (const auto& written : options_.label_words)
      add_label_words(written, context_.task, "option 'label_words'", words_);
    for (const auto index : labels_in_turn(context_.task.support, context_.task.labels.size(),
                                           static_cast<std::size_t>(options_.pool)))
      pool_.push_back(context_.task.support[index].id);
    find_starts();
  }

  Ask ask(const Room& room) override {
    Ask ask;
    std::int64_t left = room.cost;
    if (scored_starts_.empty()) {
      ask_starts(left, ask);
      return ask;
    }
    if (!base_ || !propose_words(left)) return ask;
    // Without a new edit the episode is over; when every start has none, so is the search.
    for (std::size_t dry = 0; episode_ < options_.episodes && dry <= 2 * scored_starts_.size();
         ++dry) {
      const Rng before = rng_;
      const std::int64_t at_first = left;
      if (!ask_step(left, ask)) {
        if (left == at_first) rng_ = before;
        break;
      }
      if (!ask.proposals.empty()) break;
      end_episode();
    }
    ask.keep = static_cast<std::size_t>(options_.keep);
    return ask;
  }

  void tell(std::span<const Trial> trials) override {
    if (trials.empty()) return;
    if (scored_starts_.empty()) return tell_starts(trials);
    std::optional<Scored> best;
    for (std::size_t i = 0; i < trials.size(); ++i) {
      Scored scored = as_scored(trials[i]);
      if (scored.value == kUnscored) continue;
      policy_.learn(kinds_asked_[i], scored.value - base_->value);
      if (!best || scored.value > best->value) best = std::move(scored);
    }
    if (best && best->value > best_->value) best_ = best;
    if (best && (best->value > base_->value || rng_.uniform() < options_.exploration))
      base_ = std::move(best);
    if (++step_ >= options_.horizon) end_episode();
  }

  State save() const override {
    return {{{"starts", to_json(std::span<const Scored>(scored_starts_))},
             {"base", to_json(base_)},
             {"best", to_json(best_)},
             {"words", words_},
             {"has_words", has_words_},
             {"policy", policy_.save()},
             {"step", step_},
             {"episode", episode_},
             {"seen", seen_},
             {"rng", rng_to_json(rng_)}},
            {}};
  }

  void restore(const State& state) override {
    const Json& values = state.values;
    auto starts = all_scored_from_json(values.at("starts"));
    auto base = optional_scored_from_json(values.at("base"));
    auto best = optional_scored_from_json(values.at("best"));
    auto words = values.at("words").get<LabelWords>();
    auto seen = values.at("seen").get<std::set<std::string>>();
    const bool has_words = values.at("has_words").get<bool>();
    const auto step = values.at("step").get<std::int64_t>();
    const auto episode = values.at("episode").get<std::int64_t>();
    const Rng rng = rng_from_json(values.at("rng"));
    policy_.restore(values.at("policy"));
    rng_ = rng;
    scored_starts_ = std::move(starts);
    base_ = std::move(base);
    best_ = std::move(best);
    words_ = std::move(words);
    seen_ = std::move(seen);
    has_words_ = has_words;
    step_ = step;
    episode_ = episode;
  }

 private:
  void check_options() const {
    if (options_.moves.empty()) fail(ErrorKind::input, "option 'moves'", "expected a move");
    for (const auto& move : options_.moves) {
      if (std::find(kTemperaMoves.begin(), kTemperaMoves.end(), move) == kTemperaMoves.end())
        fail(ErrorKind::input, "option 'moves'", "unknown move '", move, "'",
             suggestion(move, kTemperaMoves));
      if (move == "phrase_infill" && !infiller_.is_available())
        fail(ErrorKind::unsupported, "option 'moves'",
             "expected a model that gives slot scores, and labelled examples; leave "
             "'phrase_infill' out");
    }
    if (options_.proposed_words > 0 && context_.oracles.slot() == nullptr)
      fail(ErrorKind::unsupported, "option 'proposed_words'",
           "expected a model that gives slot scores; set 0");
  }

  // Each start prompt with its own demonstrations or random ones, and as it was written.
  void find_starts() {
    Rng rng = rng_;
    for (const auto& start : text_starts(context_, options_.initial)) {
      starts_.push_back(start);
      for (auto& unit : split_units(start.tmpl, granularity_))
        if (unit.is_phrase() && std::find(stock_.begin(), stock_.end(), unit.text) == stock_.end())
          stock_.push_back(unit.text);
      if (options_.demonstrations == 0 || pool_.empty() ||
          !start.demonstrations.example_ids.empty())
        continue;
      Candidate with = start;
      with.tmpl = with_demonstration_slot(start.tmpl);
      std::vector<std::string> ids = pool_;
      rng.shuffle(ids);
      ids.resize(std::min(ids.size(), static_cast<std::size_t>(options_.demonstrations)));
      with.demonstrations.example_ids = std::move(ids);
      starts_.push_back(std::move(with));
    }
    rng_ = rng;
  }

  void ask_starts(std::int64_t left, Ask& ask) {
    for (const auto& start : starts_) {
      Proposal proposal{start, Pool::dev, {}, {{}, "start"}};
      left -= proposal_cost(proposal, context_);
      if (left < 0) return;
      seen_.insert(candidate_key(start));
      ask.proposals.push_back(std::move(proposal));
    }
  }

  void tell_starts(std::span<const Trial> trials) {
    for (const auto& trial : trials) {
      Scored scored = as_scored(trial);
      if (scored.value != kUnscored && (!best_ || scored.value > best_->value)) best_ = scored;
      scored_starts_.push_back(std::move(scored));
    }
    std::erase_if(scored_starts_, [&](const Scored& start) {
      return best_.has_value() && start.value == kUnscored;
    });
    base_ = best_;
  }

  // Once, from the best start. @return false where there is no room.
  bool propose_words(std::int64_t& left) {
    if (has_words_) return true;
    has_words_ = true;
    const bool is_asked = std::find(options_.moves.begin(), options_.moves.end(), "verbalizer") !=
                          options_.moves.end();
    const std::int64_t cost = label_word_cost(context_);
    if (options_.proposed_words == 0 || !is_asked || cost == 0) return true;
    if (left < cost) {
      has_words_ = false;
      return false;
    }
    left -= cost;
    const Candidate frame = with_demonstrations(best_->candidate, context_.task);
    const LabelWords proposed =
        proposed_label_words(context_, frame, static_cast<std::size_t>(options_.proposed_words));
    for (std::size_t label = 0; label < proposed.size(); ++label)
      for (const auto& word : proposed[label])
        if (std::find(words_[label].begin(), words_[label].end(), word) == words_[label].end())
          words_[label].push_back(word);
    return true;
  }

  // The step's edits as far as there is room. @return false where there is none for the first.
  bool ask_step(std::int64_t& left, Ask& ask) {
    kinds_asked_.clear();
    const std::int64_t row = proposal_cost({base_->candidate, Pool::dev, {}, {}}, context_);
    const std::int64_t most = row + infiller_.refill_cost("three words each");
    for (std::int64_t i = 0; i < options_.width; ++i) {
      Candidate edited = base_->candidate;
      for (int draw = 0; draw < kMostMoveDraws; ++draw) {
        if (left < most) return !ask.proposals.empty();
        const std::size_t kind = policy_.draw(rng_);
        // Where all that is one edit away was seen, two edits and more lead on.
        if (draw < kMostMoveDraws / 2) edited = base_->candidate;
        if (!apply(policy_.kinds()[kind], edited, left)) continue;
        if (!seen_.insert(candidate_key(edited)).second) continue;
        Proposal proposal{edited, Pool::dev, {}, {{base_->trial}, policy_.kinds()[kind]}};
        left -= proposal_cost(proposal, context_);
        ask.proposals.push_back(std::move(proposal));
        kinds_asked_.push_back(kind);
        break;
      }
    }
    return true;
  }

  // Makes one edit. @return false where it cannot be made.
  bool apply(const std::string& move, Candidate& candidate, std::int64_t& left) {
    if (move.starts_with("demonstration"))
      return edit_demonstrations(move, pool_, static_cast<std::size_t>(options_.demonstrations),
                                 candidate, rng_);
    if (move.starts_with("phrase")) return edit_phrases(move, candidate, left);
    if (move == "verbalizer") return change_label_word(words_, candidate.verbalizer, rng_);
    // Another of the templates, with the present demonstrations and label words.
    candidate.tmpl = starts_[rng_.below(starts_.size())].tmpl;
    fit_demonstration_slot(candidate);
    return true;
  }

  bool edit_phrases(const std::string& move, Candidate& candidate, std::int64_t& left) {
    std::vector<PromptUnit> units = split_units(candidate.tmpl, granularity_);
    const auto phrases = phrase_indices(units);
    if (move == "phrase_add") {
      if (stock_.empty()) return false;
      const std::string text = stock_[rng_.below(stock_.size())];
      insert_unit(units, rng_.below(units.size() + 1), text);
    } else if (phrases.empty() || (move == "phrase_swap" && phrases.size() < 2)) {
      return false;
    } else {
      const std::size_t first = rng_.below(phrases.size());
      PromptUnit& unit = units[phrases[first]];
      if (move == "phrase_delete") {
        erase_unit(units, phrases[first]);
      } else if (move == "phrase_swap") {
        const std::size_t step = 1 + rng_.below(phrases.size() - 1);
        std::swap(unit.text, units[phrases[(first + step) % phrases.size()]].text);
      } else {
        left -= infiller_.refill_cost(unit.text);
        const auto text = infiller_.refill(units, phrases[first], candidate.verbalizer, rng_);
        if (!text) return false;
        unit.text = *text;
      }
    }
    candidate.tmpl = join_units(units);
    return true;
  }

  Scored as_scored(const Trial& trial) const {
    Scored scored = scored_by(trial);
    if (trial.status != Status::scored) return scored;
    double value = scored.value;
    if (options_.reward == "log_likelihood") value = scored.log_likelihood;
    if (options_.reward == "margin" && value != kUnscored)
      value = margin_score(trial, context_.task);
    scored.value = std::isfinite(value) ? value : kUnscored;
    return scored;
  }

  void end_episode() {
    step_ = 0;
    ++episode_;
    base_ = rng_.uniform() < options_.restart ? scored_starts_[rng_.below(scored_starts_.size())]
                                              : *best_;
  }

  TemperaOptions options_;
  SearchContext context_;
  Granularity granularity_;
  Infiller infiller_;
  std::vector<Candidate> starts_;
  std::vector<std::string> stock_;  // phrases of all start prompts
  std::vector<std::string> pool_;   // ids of possible demonstrations

  std::vector<Scored> scored_starts_;  // values are the reward's
  std::optional<Scored> base_, best_;
  LabelWords words_;
  bool has_words_ = false;
  std::int64_t step_ = 0, episode_ = 0;
  std::set<std::string> seen_;  // keys of all prompts that were proposed
  Rng rng_;
  MovePolicy policy_;
  std::vector<std::size_t> kinds_asked_;  // of the ask that is not told yet
};

const Registration<MayBeHeldOut<TemperaStrategy, TemperaOptions>, WithHeldOut<TemperaOptions>>
    kTempera{"tempera",
             "Edits demonstrations, phrases and label words by a policy that learns what pays."};

}  // namespace
}  // namespace prospect
