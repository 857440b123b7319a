// Scores every prompt of a small space: the honest answer where the space can be written down.
//
// The space is a product: the alternatives of a template, `{text} [It|All] was {mask}.`; a word of
// a list for each trigger slot; the label words; the order of some demonstrations. Prompts come in
// the order of writing, the last choice changing fastest.
// Cost: the dev pool for each prompt. No oracle. Failed prompts are recorded and passed over.
// Exhausted after the last one. A space of more than `limit` prompts is refused with its size.

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "search/detail/alternatives.h"
#include "search/detail/demonstrations.h"
#include "search/detail/room.h"
#include "search/detail/text_starts.h"
#include "search/detail/trigger_space.h"
#include "search/registry.h"

namespace prospect {
namespace {

constexpr std::uint64_t kMostDemonstrations = 20;  // 20! still fits into 64 bits

struct ExhaustiveOptions {
  std::vector<std::string> templates;
  std::vector<std::string> words;
  std::string label_words = "all";
  std::int64_t demonstrations = 0;
  std::int64_t limit = 10'000;
  std::int64_t round = 16;
};

void describe(OptionVisitor& visit, ExhaustiveOptions& options) {
  visit("templates", options.templates,
        "Templates with alternatives, \"[It|All] was {mask}\"; without them, the seeds or the "
        "task's manual prompts.");
  visit("words", options.words, "What each {trigger:N} slot may hold: words of one token.");
  visit("label_words", options.label_words,
        "Each template with one set of label words (own), or with those of every prompt of the "
        "task and seed (all).",
        {"all", "own"});
  visit("demonstrations", options.demonstrations,
        "Support examples, labels in turn, that stand in the prompt in every order.",
        between<std::int64_t>(0, static_cast<std::int64_t>(kMostDemonstrations)));
  visit("limit", options.limit, "The largest space that is not refused.",
        at_least<std::int64_t>(1));
  visit("round", options.round, "Prompts scored in one call.", between<std::int64_t>(1, 4096));
}

// The `index`-th order of the ids, in lexicographic order of their places.
std::vector<std::string> order_at(std::vector<std::string> ids, std::uint64_t index) {
  std::uint64_t orders = 1;
  for (std::uint64_t i = 2; i < ids.size(); ++i) orders *= i;  // of all but the first
  std::vector<std::string> order;
  while (!ids.empty()) {
    const auto first = ids.begin() + static_cast<std::ptrdiff_t>(index / orders);
    order.push_back(*first);
    ids.erase(first);
    index %= orders;
    if (!ids.empty()) orders /= std::max<std::uint64_t>(1, ids.size());
  }
  return order;
}

class ExhaustiveStrategy : public Strategy {
 public:
  ExhaustiveStrategy(const ExhaustiveOptions& options, SearchContext context)
      : options_(options), context_(std::move(context)) {
    find_words();
    find_demonstrations();
    find_frames();
    size_ = 0;
    for (const auto& frame : frames_) {
      const std::uint64_t size = product_size(sizes_of(frame));
      size_ = size > std::numeric_limits<std::uint64_t>::max() - size_
                  ? std::numeric_limits<std::uint64_t>::max()
                  : size_ + size;
    }
    if (size_ > static_cast<std::uint64_t>(options_.limit))
      fail(ErrorKind::input, "option 'limit'", "expected a space of at most ", options_.limit,
           " prompts, found one of ", size_,
           size_ == std::numeric_limits<std::uint64_t>::max() ? " or more" : "",
           "; take alternatives away, or raise the limit");
    check_templates();
  }

  Ask ask(const Room& room) override {
    Ask ask;
    std::int64_t left = room.cost;
    while (next_ < size_ && static_cast<std::int64_t>(ask.proposals.size()) < options_.round) {
      Candidate candidate = at(next_);
      std::string key = candidate_key(candidate);
      if (!seen_.contains(key)) {  // two choices may spell the same prompt
        Proposal proposal{
            std::move(candidate),
            Pool::dev,
            {},
            {{}, "prompt " + std::to_string(next_ + 1) + " of " + std::to_string(size_)}};
        const std::int64_t cost = proposal_cost(proposal, context_);
        if (cost > left) break;
        left -= cost;
        ask.proposals.push_back(std::move(proposal));
        seen_.insert(std::move(key));
      }
      ++next_;
    }
    return ask;
  }

  void tell(std::span<const Trial>) override {}

  State save() const override { return {{{"next", next_}, {"seen", seen_}}, {}}; }
  void restore(const State& state) override {
    auto seen = state.values.at("seen").get<std::set<std::string>>();
    next_ = state.values.at("next").get<std::uint64_t>();
    seen_ = std::move(seen);
  }

 private:
  // Templates that share everything but the choices within them.
  struct Frame {
    std::vector<std::vector<std::string>> choices;  // parts of the written template
    std::vector<Verbalizer> verbalizers;
    Demonstrations demonstrations;  // a seed's own
    std::size_t num_triggers = 0;
  };

  void find_words() {
    for (const auto& word : options_.words) {
      const TokenIds ids = context_.vocabulary.encode(word, false);
      if (ids.size() != 1)
        fail(ErrorKind::input, "option 'words'", "expected words of one token, found '", word,
             "' of ", ids.size());
      if (std::find(word_ids_.begin(), word_ids_.end(), ids[0]) == word_ids_.end())
        word_ids_.push_back(ids[0]);
    }
  }

  void find_demonstrations() {
    const auto& support = context_.task.support;
    const auto most = static_cast<std::size_t>(options_.demonstrations);
    for (const auto index : labels_in_turn(support, context_.task.labels.size(), most))
      demonstrations_.push_back(support[index].id);
    if (demonstrations_.size() < most)
      fail(ErrorKind::input, "option 'demonstrations'", "expected at most ", demonstrations_.size(),
           ", the number of labelled support examples, found ", most);
  }

  std::vector<Verbalizer> all_verbalizers() const {
    std::vector<Verbalizer> verbalizers{default_verbalizer(context_)};
    const auto add = [&](const Candidate& candidate) {
      if (std::find(verbalizers.begin(), verbalizers.end(), candidate.verbalizer) ==
          verbalizers.end())
        verbalizers.push_back(candidate.verbalizer);
    };
    for (const auto& seed : context_.seeds)
      if (const auto* candidate = std::get_if<Candidate>(&seed.entry)) add(*candidate);
    for (const auto& manual : context_.task.manual) add(manual.candidate);
    return verbalizers;
  }

  void find_frames() {
    const bool own = options_.label_words == "own";
    for (const auto& written : options_.templates)
      frames_.push_back({parse_alternatives(written, "option 'templates'"),
                         own ? std::vector{default_verbalizer(context_)} : all_verbalizers(),
                         {},
                         0});
    if (frames_.empty()) {
      for (const auto& start : text_starts(context_, {}))
        frames_.push_back({{{start.tmpl.text()}},
                           own ? std::vector{start.verbalizer} : all_verbalizers(),
                           start.demonstrations,
                           0});
    }
    for (auto& frame : frames_) {
      for (const auto& choice : frame.choices)
        for (const auto& part : choice)
          if (choice.size() > 1 && part.find("{trigger") != std::string::npos)
            fail(ErrorKind::input, "option 'templates'",
                 "expected trigger slots outside the alternatives, found one in '", part, "'");
      const Template first = written(frame, product_at(choice_sizes(frame), 0));
      frame.num_triggers = first.triggers().size();
      if (frame.num_triggers > 0 && word_ids_.empty()) {
        if (!options_.templates.empty())
          fail(ErrorKind::input, "option 'words'", "expected words for the trigger slots of '",
               first.text(), "', found none");
        frame.num_triggers = 0;  // a seed's tokens stay as they are
      }
    }
  }

  // Every combination is read once, so that a fault is told before the run.
  void check_templates() const {
    for (const auto& frame : frames_) {
      const auto sizes = choice_sizes(frame);
      for (std::uint64_t i = 0; i < product_size(sizes); ++i) written(frame, product_at(sizes, i));
    }
  }

  static std::vector<std::uint64_t> choice_sizes(const Frame& frame) {
    std::vector<std::uint64_t> sizes;
    for (const auto& choice : frame.choices) sizes.push_back(choice.size());
    return sizes;
  }

  Template written(const Frame& frame, const std::vector<std::uint64_t>& digits) const {
    std::string text;
    for (std::size_t i = 0; i < frame.choices.size(); ++i) text += frame.choices[i][digits[i]];
    return Template::parse(trim(text), {.fields = context_.task.fields}, "option 'templates'");
  }

  // Alternatives, trigger slots, label words, orders.
  std::vector<std::uint64_t> sizes_of(const Frame& frame) const {
    std::vector<std::uint64_t> sizes = choice_sizes(frame);
    sizes.insert(sizes.end(), frame.num_triggers, word_ids_.size());
    sizes.push_back(frame.verbalizers.size());
    std::uint64_t orders = 1;
    for (std::uint64_t i = 2; i <= demonstrations_.size(); ++i) orders *= i;
    sizes.push_back(orders);
    return sizes;
  }

  Candidate at(std::uint64_t index) const {
    std::size_t f = 0;
    for (; index >= product_size(sizes_of(frames_[f])); ++f)
      index -= product_size(sizes_of(frames_[f]));
    const Frame& frame = frames_[f];
    const auto digits = product_at(sizes_of(frame), index);
    Candidate candidate;
    candidate.tmpl = written(frame, digits);
    if (frame.num_triggers > 0) {
      TokenIds ids;
      for (std::size_t i = 0; i < frame.num_triggers; ++i)
        ids.push_back(word_ids_[digits[frame.choices.size() + i]]);
      candidate.tmpl = candidate.tmpl.with_triggers(ids);
    }
    candidate.verbalizer = frame.verbalizers[digits[digits.size() - 2]];
    candidate.demonstrations = frame.demonstrations;
    if (!demonstrations_.empty()) {
      candidate.demonstrations.example_ids = order_at(demonstrations_, digits.back());
      candidate.tmpl = with_demonstration_slot(candidate.tmpl);
    }
    return candidate;
  }

  ExhaustiveOptions options_;
  SearchContext context_;
  TokenIds word_ids_;
  std::vector<std::string> demonstrations_;
  std::vector<Frame> frames_;
  std::uint64_t size_ = 0;

  std::uint64_t next_ = 0;
  std::set<std::string> seen_;  // keys
};

const Registration<ExhaustiveStrategy, ExhaustiveOptions> kExhaustive{
    "exhaustive", "Scores every prompt of a small space."};

}  // namespace
}  // namespace prospect
