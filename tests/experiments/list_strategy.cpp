#include "tests/experiments/list_strategy.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "search/registry.h"

namespace prospect::test {
namespace {

struct ListOptions {
  std::vector<std::string> words;
  std::int64_t per_ask = 1, keep = 0, gradient_rows = 0;
};

void describe(OptionVisitor& visit, ListOptions& options) {
  visit("words", options.words, "Trigger words of each proposal.");
  visit("per_ask", options.per_ask, "Proposals in an ask.", at_least<std::int64_t>(1));
  visit("keep", options.keep, "What a race keeps.", at_least<std::int64_t>(0));
  visit("gradient_rows", options.gradient_rows, "Rows of a gradient before each ask.",
        at_least<std::int64_t>(0));
}

class ListStrategy : public Strategy {
 public:
  ListStrategy(const ListOptions& options, SearchContext context)
      : options_(options), context_(std::move(context)) {}

  Ask ask(const Room& room) override {
    Ask ask;
    ask.keep = static_cast<std::size_t>(options_.keep);
    const std::size_t end =
        std::min(options_.words.size(), next_ + static_cast<std::size_t>(options_.per_ask));
    if (next_ < end && options_.gradient_rows > 0) {
      const auto count = static_cast<std::size_t>(options_.gradient_rows);
      context_.oracles.gradient()->at_tokens(candidate("w01"),
                                             std::span(context_.task.support).first(count), {});
    }
    // A race may cost less than all of its examples; alone, a proposal must fit.
    const auto cost = static_cast<std::int64_t>(context_.task.dev.size());
    const auto fitting = static_cast<std::size_t>(room.cost / cost);
    for (std::size_t i = next_; i < end && (ask.keep > 0 || i - next_ < fitting); ++i) {
      Proposal& proposal = ask.proposals.emplace_back();
      proposal.entry = candidate(options_.words[i]);
      for (const auto& seed : context_.seeds) proposal.provenance.parents.push_back(seed.id);
      proposal.provenance.note = "number " + std::to_string(i);
    }
    return ask;
  }
  void tell(std::span<const Trial> trials) override { next_ += trials.size(); }
  State save() const override { return {{{"next", next_}}, {}}; }
  void restore(const State& state) override { next_ = state.values.at("next"); }

 private:
  Candidate candidate(const std::string& words) const {
    Candidate candidate = context_.task.manual.front().candidate;
    candidate.tmpl = Template({Field{.name = "text"}, Literal{" "},
                               TriggerSlots{context_.vocabulary.encode(words, false)}, Literal{" "},
                               AnswerSlot{}});
    return candidate;
  }

  ListOptions options_;
  SearchContext context_;
  std::size_t next_ = 0;
};

const Registration<ListStrategy, ListOptions> kList{kListStrategy, "Proposes a list."};
const Registration<ListStrategy, ListOptions> kParaphrases{
    "test_paraphrases", "Needs what a toy cannot serve.", {OracleKind::paraphrase}};

}  // namespace
}  // namespace prospect::test
