// Templates and label words searched together: one pass over the support examples tells how good a
// template is under every verbalizer, so the words are chosen anew for each template at no cost.
//
// A beam of prompts, begun with the seeds or manual prompts. Each round mutates members of it
// (words replaced, inserted, deleted; new ones infilled by the frozen LM), reads each child's
// answer slot on support once, and finds the label words that suit it: from the words that the LM
// says for each label, coordinate ascent starts at its parent's. The best few children by their
// support score go to dev, each with its best verbalizers in one ask, which share its passes. With
// the order "templates_first" the same search keeps the words it began with, and the words of the
// finalists are found at the end: what joint search is compared with. Cost of a child: infilling
// and the support examples; of those that go on, the dev pool once. Oracles: slot, head. Failed
// prompts are passed over. Exhausted when no new child is found, or after the finalists.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/error.h"
#include "search/answers/assignment.h"
#include "search/answers/readings.h"
#include "search/detail/infill.h"
#include "search/detail/population.h"
#include "search/detail/rng_state.h"
#include "search/detail/room.h"
#include "search/detail/text_starts.h"
#include "search/detail/word_mutation.h"
#include "search/registry.h"

namespace prospect {
namespace {

constexpr int kMostDraws = 20;  // of a child that was not seen before

struct JointOptions {
  std::vector<std::string> initial;
  std::string order = "joint";
  std::int64_t beam = 4;
  std::int64_t children = 8;
  std::int64_t keep = 2;
  std::int64_t mutations = 2;
  std::int64_t verbalizers = 8;
  std::int64_t pruned = 50;
  std::int64_t sweeps = 3;
  std::int64_t finalists = 2;
  std::string objective = "log_likelihood";
  InfillOptions infill;
};

void describe(OptionVisitor& visit, JointOptions& options) {
  visit("initial", options.initial,
        "Templates to start from, in place of the task's manual prompts.");
  visit("order", options.order,
        "Label words found anew for each template (joint), or for the finalists alone, at the end.",
        {"joint", "templates_first"});
  visit("beam", options.beam, "Prompts that are mutated.", between<std::int64_t>(1, 1000));
  visit("children", options.children, "Children that a round reads on the support examples.",
        between<std::int64_t>(1, 1000));
  visit("keep", options.keep, "Of these, how many are scored on dev.",
        between<std::int64_t>(1, 1000));
  visit("mutations", options.mutations, "Most words that a mutation changes; at least one is.",
        between<std::int64_t>(1, 100));
  visit("verbalizers", options.verbalizers,
        "Sets of label words that a template is scored with on dev; they share its passes.",
        between<std::int64_t>(1, 1000));
  visit("pruned", options.pruned, "Words that each label chooses from.",
        between<std::int64_t>(1, 10'000));
  visit("sweeps", options.sweeps, "Most sweeps over the labels that choose words.",
        between<std::int64_t>(1, 1000));
  visit("finalists", options.finalists,
        "With templates_first: prompts whose label words are searched at the end.",
        between<std::int64_t>(1, 1000));
  visit("objective", options.objective,
        "What words and children are ranked by on the support examples; the other breaks ties.",
        {"log_likelihood", "accuracy"});
  describe(visit, options.infill);
}

class JointStrategy : public Strategy {
 public:
  JointStrategy(const JointOptions& options, SearchContext context)
      : options_(options),
        context_(std::move(context)),
        infiller_(options.infill, context_),
        starts_(text_starts(context_, options.initial)),
        rng_(context_.rng) {
    for (const auto& example : context_.task.support)
      if (example.label >= 0) support_.push_back(example);
    for (const auto& example : support_) labels_.push_back(example.label);
    if (support_.empty())
      fail(ErrorKind::input, "support",
           "expected labelled support examples to read, found none; give \"shots\", or leave the "
           "strategy out");
  }

  Ask ask(const Room& room) override {
    Ask ask;
    if (num_starts_told_ < starts_.size())
      ask_starts(room, ask);
    else if (!beam_.empty() && !ends_)
      ask_children(room, ask);
    if (ask.proposals.empty() && num_starts_told_ == starts_.size()) ask_finalists(room, ask);
    return ask;
  }

  void tell(std::span<const Trial> trials) override {
    if (trials.empty()) return;
    if (num_starts_told_ < starts_.size()) num_starts_told_ += std::exchange(num_starts_asked_, 0);
    for (const auto& trial : trials) {
      Scored scored = scored_by(trial);
      if (scored.value != kUnscored) beam_.push_back(std::move(scored));
    }
    // One place for each template, held by its best words: the beam would be one template's else.
    std::vector<Scored> kept;
    for (auto& member : best_of(std::move(beam_), static_cast<std::size_t>(-1))) {
      const bool is_known = std::any_of(kept.begin(), kept.end(), [&](const Scored& other) {
        return other.candidate.tmpl == member.candidate.tmpl;
      });
      if (!is_known && kept.size() < static_cast<std::size_t>(options_.beam))
        kept.push_back(std::move(member));
    }
    beam_ = std::move(kept);
  }

  State save() const override {
    return {{{"beam", to_json(std::span<const Scored>(beam_))},
             {"ends", ends_},
             {"finalists", to_json(std::span<const Scored>(finalists_))},
             {"rng", rng_to_json(rng_)},
             {"seen", seen_},
             {"starts_told", num_starts_told_}},
            {}};
  }

  void restore(const State& state) override {
    auto beam = all_scored_from_json(state.values.at("beam"));
    auto finalists = all_scored_from_json(state.values.at("finalists"));
    const bool ends = state.values.at("ends").get<bool>();
    auto seen = state.values.at("seen").get<std::set<std::string>>();
    const auto num_starts_told = state.values.at("starts_told").get<std::size_t>();
    rng_ = rng_from_json(state.values.at("rng"));
    beam_ = std::move(beam);
    finalists_ = std::move(finalists);
    ends_ = ends;
    seen_ = std::move(seen);
    num_starts_told_ = num_starts_told;
  }

 private:
  // A template with the verbalizers that suit it, best first.
  struct Visit {
    Candidate candidate;  // its verbalizer is its parent's
    std::vector<Verbalizer> verbalizers;
    Assignment support;  // of the first
    Provenance provenance;
  };

  bool is_joint() const { return options_.order == "joint"; }
  std::int64_t read_cost() const { return static_cast<std::int64_t>(support_.size()); }
  std::int64_t dev_cost(const Candidate& candidate) const {
    return proposal_cost({candidate, Pool::dev, {}, {}}, context_);
  }
  // What the end keeps for itself: words for the finalists.
  std::int64_t reserve() const {
    if (is_joint() || beam_.empty()) return 0;
    return options_.finalists * (read_cost() + dev_cost(beam_.front().candidate));
  }

  void ask_starts(const Room& room, Ask& ask) {
    std::int64_t left = room.cost;
    num_starts_asked_ = 0;
    for (std::size_t i = num_starts_told_; i < starts_.size(); ++i) {
      const std::int64_t reading = is_joint() ? read_cost() : 0;
      if (reading + dev_cost(starts_[i]) > left) return;
      Visit visit{starts_[i], {starts_[i].verbalizer}, {}, {{}, "start"}};
      if (is_joint()) read(visit, true);
      left -= reading;
      if (!propose(visit, left, ask)) return;
      seen_.insert(starts_[i].tmpl.text());
      ++num_starts_asked_;
    }
  }

  void ask_children(const Room& room, Ask& ask) {
    const Rng before = rng_;
    std::int64_t left = room.cost - reserve();
    const std::int64_t to_dev = dev_cost(beam_.front().candidate);
    const std::int64_t most = options_.mutations * infiller_.cost() + read_cost();
    std::vector<Visit> visits;
    for (std::int64_t child = 0; child < options_.children; ++child) {
      // A round that cannot send a child to dev is not begun.
      if (left < most + to_dev) break;
      auto visit = breed(left, most + to_dev);
      if (!visit) continue;
      left -= read_cost();
      if (read(*visit, is_joint())) visits.push_back(std::move(*visit));
    }
    if (left == room.cost - reserve()) rng_ = before;
    std::stable_sort(visits.begin(), visits.end(), [&](const Visit& a, const Visit& b) {
      return support_score(a.support) > support_score(b.support);
    });
    const auto keep = static_cast<std::size_t>(options_.keep);
    for (std::size_t i = 0; i < std::min(keep, visits.size()); ++i)
      if (!propose(visits[i], left, ask)) return;
  }

  std::pair<double, double> support_score(const Assignment& assignment) const {
    return options_.objective == "accuracy"
               ? std::pair{assignment.accuracy, assignment.log_likelihood}
               : std::pair{assignment.log_likelihood, assignment.accuracy};
  }

  // A mutated member of the beam that was not seen before.
  std::optional<Visit> breed(std::int64_t& left, std::int64_t least) {
    for (int draw = 0; draw < kMostDraws && left >= least; ++draw) {
      const Scored& parent = beam_[rng_.below(beam_.size())];
      Visit visit{parent.candidate, {}, {}, {{parent.trial}, "mutation"}};
      auto units = split_units(parent.candidate.tmpl, Granularity::word);
      left -= mutate_words(units, parent.candidate.verbalizer, infiller_, options_.mutations, rng_);
      visit.candidate.tmpl = join_units(units);
      if (seen_.insert(visit.candidate.tmpl.text()).second) return visit;
    }
    return std::nullopt;
  }

  // Reads a template on support, and finds its label words or keeps its parent's.
  // @return whether it could be read.
  bool read(Visit& visit, bool search_words) {
    SlotReadings readings;
    try {
      readings = read_slot(context_, with_demonstrations(visit.candidate, context_.task), support_);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input && error.kind() != ErrorKind::unsupported) throw;
      return false;
    }
    const AnswerWords& words = words_for(visit.candidate.tmpl);
    const MatrixXd log_p = words.columns(readings.log_p);
    const AssignmentSearch search(log_p, labels_,
                                  options_.objective == "accuracy"
                                      ? AssignmentObjective::accuracy
                                      : AssignmentObjective::log_likelihood,
                                  static_cast<std::size_t>(options_.verbalizers));
    visit.verbalizers = {visit.candidate.verbalizer};
    visit.support = score_own(visit.candidate, readings);
    if (!search_words) return true;
    const MatrixXd means = label_means(log_p, labels_, context_.task.labels.size());
    RankedWords lists = ranking(means, static_cast<std::size_t>(options_.pruned));
    const auto start = start_words(visit.candidate.verbalizer, words, lists);
    if (!start) return true;
    for (const auto& assignment : search.ascend(lists, *start, options_.sweeps))
      add(assignment, words, visit);
    return true;
  }

  void add(const Assignment& assignment, const AnswerWords& words, Visit& visit) const {
    RankedWords one;
    for (const std::size_t word : assignment.words) one.push_back({word});
    Verbalizer verbalizer =
        verbalizer_of(context_.task.labels, one, 1, words.texts, AnswerCombination::sum);
    if (std::find(visit.verbalizers.begin(), visit.verbalizers.end(), verbalizer) !=
        visit.verbalizers.end())
      return;
    if (support_score(assignment) > support_score(visit.support)) visit.support = assignment;
    if (static_cast<std::int64_t>(visit.verbalizers.size()) < options_.verbalizers)
      visit.verbalizers.push_back(std::move(verbalizer));
  }

  // How a candidate's own words do on the support examples, by what was read.
  Assignment score_own(const Candidate& candidate, const SlotReadings& readings) const {
    std::vector<RowOutcome> rows(readings.size());
    for (const auto& answer : flatten(candidate.verbalizer)) {
      const auto ids = context_.vocabulary.encode_answer(candidate.tmpl, answer);
      for (std::size_t r = 0; r < rows.size(); ++r) {
        double sum = 0;  // of several tokens at the one slot: an estimate, for ranking alone
        for (const TokenId id : ids) sum += readings.log_p(static_cast<Eigen::Index>(r), id);
        rows[r].log_p.push_back(sum);
      }
    }
    const Judgement judgement =
        judge(context_.task.labels, label_log_probs(candidate.verbalizer, rows), support_);
    Assignment own;
    for (std::size_t r = 0; r < judgement.size(); ++r) {
      own.accuracy += judgement.predicted[r] == judgement.gold[r] ? 1 : 0;
      own.log_likelihood += judgement.gold_log_p[r];
    }
    own.accuracy /= static_cast<double>(judgement.size());
    own.log_likelihood /= static_cast<double>(judgement.size());
    return own;
  }

  // The first words of a verbalizer as indices, put into the lists; what is no word here, or stands
  // for two labels, becomes the best of the list that is free.
  std::optional<std::vector<std::size_t>> start_words(const Verbalizer& verbalizer,
                                                      const AnswerWords& words,
                                                      RankedWords& lists) const {
    std::vector<std::size_t> start;
    std::set<std::size_t> taken;
    for (std::size_t label = 0; label < lists.size(); ++label) {
      const std::string& text = verbalizer.labels[label].answers.front().text;
      const auto at = std::find(words.texts.begin(), words.texts.end(), text);
      auto& list = lists[label];
      if (at != words.texts.end()) {
        const auto own = static_cast<std::size_t>(at - words.texts.begin());
        if (std::find(list.begin(), list.end(), own) == list.end()) list.push_back(own);
        if (taken.insert(own).second) {
          start.push_back(own);
          continue;
        }
      }
      const auto free = std::find_if(list.begin(), list.end(),
                                     [&](std::size_t word) { return !taken.contains(word); });
      if (free == list.end()) return std::nullopt;
      taken.insert(*free);
      start.push_back(*free);
    }
    return start;
  }

  // What may be an answer depends on a template by what stands before its slot alone.
  const AnswerWords& words_for(const Template& tmpl) {
    std::string before = "<";
    for (const auto& piece : tmpl.pieces()) {
      if (std::holds_alternative<AnswerSlot>(piece)) break;
      const auto* literal = std::get_if<Literal>(&piece);
      before = literal == nullptr ? "{" : literal->text.substr(literal->text.size() - 1);
    }
    const auto [at, is_new] = words_.try_emplace(before);
    if (is_new) at->second = answer_words(context_.vocabulary, tmpl);
    return at->second;
  }

  // @return whether there was room for one of the visit's verbalizers at least.
  bool propose(const Visit& visit, std::int64_t& left, Ask& ask) const {
    AskCost cost(context_);
    bool fitted = false;
    for (const auto& verbalizer : visit.verbalizers) {
      Proposal proposal{visit.candidate, Pool::dev, {}, visit.provenance};
      std::get<Candidate>(proposal.entry).verbalizer = verbalizer;
      if (cost.of(proposal) > left) break;
      left -= cost.add(proposal);
      ask.proposals.push_back(std::move(proposal));
      fitted = true;
    }
    return fitted;
  }

  // The label words of the best templates, once each, when templates come first.
  void ask_finalists(const Room& room, Ask& ask) {
    if (is_joint() || beam_.empty()) return;
    std::int64_t left = room.cost;
    if (!ends_) {
      finalists_ = beam_;
      finalists_.resize(std::min(finalists_.size(), static_cast<std::size_t>(options_.finalists)));
    }
    ends_ = true;
    while (!finalists_.empty()) {
      const Scored& finalist = finalists_.front();
      if (read_cost() + dev_cost(finalist.candidate) > left) return;
      Visit visit{finalist.candidate, {}, {}, {{finalist.trial}, "words of a finalist"}};
      left -= read_cost();
      finalists_.erase(finalists_.begin());
      if (read(visit, true)) propose(visit, left, ask);
    }
  }

  JointOptions options_;
  SearchContext context_;
  Infiller infiller_;
  std::vector<Candidate> starts_;
  std::vector<Example> support_;
  std::vector<std::int32_t> labels_;
  std::map<std::string, AnswerWords> words_;

  std::vector<Scored> beam_;  // best first
  std::size_t num_starts_told_ = 0, num_starts_asked_ = 0;
  bool ends_ = false;              // templates are found: words of the finalists follow
  std::vector<Scored> finalists_;  // that have no words yet
  std::set<std::string> seen_;     // templates
  Rng rng_;
};

const Registration<JointStrategy, JointOptions> kJoint{
    "joint",
    "Searches templates and label words together, each template with the words that suit it.",
    {OracleKind::slot, OracleKind::head}};

}  // namespace
}  // namespace prospect
