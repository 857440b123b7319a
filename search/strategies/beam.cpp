// Grows the best few prompts by one token at a time, from left to right.
//
// At each trigger slot every prompt of the beam gets the tokens that a proposal list names (the
// frozen LM's infilling, the gradient's shortlist, or random ones); all are scored on the dev pool,
// and the best `width` of old and new stay. A slot that is not reached yet is absent, so that each
// prompt on the way is a prompt of its own. Once grown, further sweeps exchange tokens in the same
// way, until one changes nothing.
// Cost of a slot: `width` x `top_k` x the dev pool, and the proposals. Oracles: slot or gradient,
// as `proposal` says. Failed and NaN trials never enter the beam. Exhausted after `sweeps`.

#include <algorithm>
#include <set>
#include <utility>

#include "core/error.h"
#include "search/detail/best_tokens.h"
#include "search/detail/examples.h"
#include "search/detail/held_out.h"
#include "search/detail/infill.h"
#include "search/detail/population.h"
#include "search/detail/rng_state.h"
#include "search/detail/room.h"
#include "search/detail/round_options.h"
#include "search/detail/text_starts.h"
#include "search/detail/trigger_space.h"
#include "search/registry.h"

namespace prospect {
namespace {

struct BeamOptions {
  TriggerSpaceOptions space;
  std::int64_t width = 4;
  std::int64_t top_k = 16;
  std::string proposal = "infill";
  std::int64_t proposal_examples = 8;
  std::int64_t sweeps = 100;
  std::string objective = "metric";
  std::int64_t keep = 0;
};

void describe(OptionVisitor& visit, BeamOptions& options) {
  describe(visit, options.space);
  visit("width", options.width, "Prompts kept after each slot.", between<std::int64_t>(1, 4096));
  visit("top_k", options.top_k, "Tokens tried at a slot of each prompt.",
        between<std::int64_t>(1, 100'000));
  visit("proposal", options.proposal,
        "Which tokens are tried: those that the model fills in, those that the gradient favours, "
        "or random ones.",
        {"infill", "gradient", "random"});
  visit("proposal_examples", options.proposal_examples,
        "Support examples that infilling or the gradient is averaged over.",
        at_least<std::int64_t>(1));
  visit("sweeps", options.sweeps, "Passes over all slots, the first of which grows the prompt.",
        at_least<std::int64_t>(1));
  describe_objective(visit, options.objective);
  describe_keep(visit, options.keep);
}

// A trigger slot's place: which piece, and where in it.
struct SlotPlace {
  std::size_t piece = 0, index = 0;
};

SlotPlace place_of(const Template& tmpl, std::size_t slot) {
  for (std::size_t p = 0; p < tmpl.pieces().size(); ++p) {
    const auto* slots = std::get_if<TriggerSlots>(&tmpl.pieces()[p]);
    if (slots == nullptr) continue;
    if (slot < slots->ids.size()) return {p, slot};
    slot -= slots->ids.size();
  }
  fail(ErrorKind::internal, "beam", "expected a trigger slot, found none at ", slot);
}

// The template with the trigger slots that are not set left out.
Template without_unset(const Template& tmpl) {
  std::vector<Piece> pieces = tmpl.pieces();
  for (auto& piece : pieces)
    if (auto* slots = std::get_if<TriggerSlots>(&piece)) std::erase(slots->ids, kUnsetToken);
  // Two blanks around an absent slot are one.
  for (std::size_t p = 1; p + 1 < pieces.size(); ++p) {
    const auto* slots = std::get_if<TriggerSlots>(&pieces[p]);
    auto* before = std::get_if<Literal>(&pieces[p - 1]);
    const auto* after = std::get_if<Literal>(&pieces[p + 1]);
    if (slots != nullptr && slots->ids.empty() && before != nullptr && after != nullptr &&
        before->text.ends_with(' ') && after->text.starts_with(' '))
      before->text.pop_back();
  }
  return Template(std::move(pieces));
}

class BeamStrategy : public Strategy {
 public:
  BeamStrategy(const BeamOptions& options, SearchContext context)
      : options_(options),
        context_(std::move(context)),
        space_(options.space, context_),
        infiller_({1, options.proposal_examples}, context_),
        rng_(context_.rng) {
    if (options_.proposal == "infill" && !infiller_.is_available())
      fail(ErrorKind::unsupported, "option 'proposal'",
           "expected a model that gives slot scores, and labelled examples; ask for 'gradient' or "
           "'random'");
    if (options_.proposal == "gradient" &&
        (context_.oracles.gradient() == nullptr || context_.task.support.empty()))
      fail(ErrorKind::unsupported, "option 'proposal'",
           "expected a model that gives gradients, and support examples; ask for 'infill' or "
           "'random'");
  }

  Ask ask(const Room& room) override {
    Ask ask;
    std::int64_t left = room.cost;
    if (beam_.empty()) {
      if (!is_started_) ask_starts(left, ask);
      return ask;
    }
    // A slot where nothing new is proposed is passed by.
    while (sweep_ < options_.sweeps && ask.proposals.empty()) {
      const Rng before = rng_;
      const std::int64_t at_first = left;
      if (!grow(left, ask)) {
        if (left == at_first) rng_ = before;
        break;
      }
      if (ask.proposals.empty()) next_slot();
    }
    ask.keep = static_cast<std::size_t>(options_.keep);
    return ask;
  }

  void tell(std::span<const Trial> trials) override {
    if (trials.empty()) return;
    std::vector<Scored> all = beam_;
    for (std::size_t i = 0; i < trials.size(); ++i) {
      Scored scored = scored_by(trials[i]);
      if (options_.objective == "log_likelihood") scored.value = scored.log_likelihood;
      if (scored.value == kUnscored) continue;
      scored.candidate = asked_[i];  // with its unset slots
      all.push_back(std::move(scored));
    }
    const std::vector<Scored> before =
        std::exchange(beam_, best_of(std::move(all), static_cast<std::size_t>(options_.width)));
    for (const auto& member : beam_)
      if (std::none_of(before.begin(), before.end(),
                       [&](const Scored& old) { return old.trial == member.trial; }))
        has_changed_ = true;
    if (!std::exchange(is_started_, true)) {
      has_changed_ = false;
      return;
    }
    next_slot();
  }

  State save() const override {
    return {{{"beam", to_json(std::span<const Scored>(beam_))},
             {"started", is_started_},
             {"sweep", sweep_},
             {"slot", slot_},
             {"changed", has_changed_},
             {"seen", seen_},
             {"rng", rng_to_json(rng_)}},
            {}};
  }

  void restore(const State& state) override {
    const Json& values = state.values;
    auto beam = all_scored_from_json(values.at("beam"));
    auto seen = values.at("seen").get<std::set<std::string>>();
    const auto sweep = values.at("sweep").get<std::int64_t>();
    const auto slot = values.at("slot").get<std::size_t>();
    const bool is_started = values.at("started").get<bool>();
    has_changed_ = values.at("changed").get<bool>();
    rng_ = rng_from_json(values.at("rng"));
    beam_ = std::move(beam);
    seen_ = std::move(seen);
    sweep_ = sweep;
    slot_ = slot;
    is_started_ = is_started;
  }

 private:
  void ask_starts(std::int64_t left, Ask& ask) {
    asked_.clear();
    for (const auto& start : space_.starts()) {
      Candidate shown = start;
      shown.tmpl = without_unset(start.tmpl);
      Proposal proposal{shown, Pool::dev, {}, {{}, "start; " + space_.filter_note()}};
      const std::int64_t cost = proposal_cost(proposal, context_);
      if (cost > left) return;
      if (!seen_.insert(candidate_key(shown)).second) continue;
      left -= cost;
      asked_.push_back(start);
      ask.proposals.push_back(std::move(proposal));
    }
  }

  // The beam's next tokens at the present slot. @return false where there is no room for one.
  bool grow(std::int64_t& left, Ask& ask) {
    asked_.clear();
    for (const auto& member : beam_) {
      if (slot_ >= member.candidate.tmpl.triggers().size()) continue;  // seeds differ in length
      const std::int64_t row =
          proposal_cost({without_unset_of(member.candidate), Pool::dev, {}, {}}, context_);
      if (left < proposal_price() + row) return !ask.proposals.empty();
      left -= proposal_price();
      for (const TokenId id : propose(member.candidate)) {
        TokenIds ids = member.candidate.tmpl.triggers();
        if (std::exchange(ids[slot_], id) == id) continue;
        Candidate grown = member.candidate;
        grown.tmpl = grown.tmpl.with_triggers(ids);
        Candidate shown = without_unset_of(grown);
        if (!space_.acceptable(shown) || !seen_.insert(candidate_key(shown)).second) continue;
        Proposal proposal{std::move(shown), Pool::dev, {}, {{member.trial}, note()}};
        const std::int64_t cost = proposal_cost(proposal, context_);
        if (cost > left) return !ask.proposals.empty();
        left -= cost;
        asked_.push_back(std::move(grown));
        ask.proposals.push_back(std::move(proposal));
      }
    }
    return true;
  }

  static Candidate without_unset_of(Candidate candidate) {
    candidate.tmpl = without_unset(candidate.tmpl);
    return candidate;
  }

  std::string note() const {
    return "sweep " + std::to_string(sweep_ + 1) + ", slot " + std::to_string(slot_ + 1);
  }

  std::int64_t proposal_price() const {
    if (options_.proposal == "infill") return infiller_.cost();
    if (options_.proposal == "gradient")
      return kGradientCost * static_cast<std::int64_t>(gradient_examples());
    return 0;
  }

  std::size_t gradient_examples() const {
    return std::min(static_cast<std::size_t>(options_.proposal_examples),
                    context_.task.support.size());
  }

  TokenIds propose(const Candidate& member) {
    if (options_.proposal == "infill") return fill_in(member);
    if (options_.proposal == "gradient") return by_gradient(member);
    TokenIds ids = space_.allowed_ids();
    const std::size_t size = std::min(ids.size(), static_cast<std::size_t>(options_.top_k));
    for (std::size_t i = 0; i < size; ++i) std::swap(ids[i], ids[i + rng_.below(ids.size() - i)]);
    ids.resize(size);
    return ids;
  }

  TokenIds fill_in(const Candidate& member) const {
    const auto& pieces = member.tmpl.pieces();
    const auto [piece, index] = place_of(member.tmpl, slot_);
    const TokenIds& ids = std::get<TriggerSlots>(pieces[piece]).ids;
    const auto cut = ids.begin() + static_cast<std::ptrdiff_t>(index);
    std::vector<Piece> before(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(piece));
    before.emplace_back(set_ids({ids.begin(), cut}));
    if (index > 0) before.emplace_back(Literal{" "});
    std::vector<Piece> after{set_ids({cut + 1, ids.end()})};
    after.insert(after.end(), pieces.begin() + static_cast<std::ptrdiff_t>(piece) + 1,
                 pieces.end());
    const auto scores = infiller_.scores(before, after, member.verbalizer);
    if (!scores) return {};
    return best_tokens(space_.allowed_ids(), *scores, static_cast<std::size_t>(options_.top_k));
  }

  static TriggerSlots set_ids(TokenIds ids) {
    std::erase(ids, kUnsetToken);
    return {std::move(ids)};
  }

  TokenIds by_gradient(const Candidate& member) {
    const auto& support = context_.task.support;
    const auto examples =
        examples_at(support, draw_examples(support.size(), gradient_examples(), rng_));
    // Slots behind this one are not there yet; this one is, as a mask.
    Candidate frame = member;
    TokenIds ids = member.tmpl.triggers();
    std::size_t place = 0;
    for (std::size_t i = 0; i < slot_; ++i) place += ids[i] == kUnsetToken ? 0 : 1;
    const bool is_new = ids[slot_] == kUnsetToken;
    if (is_new) ids[slot_] = space_.allowed_ids().front();
    frame.tmpl = without_unset(frame.tmpl.with_triggers(ids));
    TokenIds present = frame.tmpl.triggers();
    if (is_new) present[place] = kUnsetToken;
    frame.tmpl = frame.tmpl.with_triggers(present);
    const Gradient gradient = context_.oracles.gradient()->at_tokens(frame, examples, {});
    const MatrixXf row = gradient.at_slots.row(static_cast<Eigen::Index>(place));
    const std::size_t size =
        std::min(space_.num_allowed(), static_cast<std::size_t>(options_.top_k));
    return context_.oracles.gradient()->shortlist(row, space_.allowed(), size).front().ids;
  }

  void next_slot() {
    std::size_t num_slots = 0;
    for (const auto& member : beam_)
      num_slots = std::max(num_slots, member.candidate.tmpl.triggers().size());
    if (++slot_ < num_slots) return;
    slot_ = 0;
    ++sweep_;
    // With random proposals the next sweep draws others.
    if (!std::exchange(has_changed_, false) && options_.proposal == "infill")
      sweep_ = options_.sweeps;
  }

  BeamOptions options_;
  SearchContext context_;
  TriggerSpace space_;
  Infiller infiller_;

  std::vector<Scored> beam_;  // best first; slots not yet grown are unset
  bool is_started_ = false, has_changed_ = false;
  std::int64_t sweep_ = 0;
  std::size_t slot_ = 0;
  std::set<std::string> seen_;  // keys of all prompts that were proposed
  Rng rng_;
  std::vector<Candidate> asked_;  // of the ask that is not told yet, unset slots included
};

const Registration<MayBeHeldOut<BeamStrategy, BeamOptions>, WithHeldOut<BeamOptions>> kBeam{
    "beam", "Grows the best few prompts by one trigger token at a time."};

}  // namespace
}  // namespace prospect
