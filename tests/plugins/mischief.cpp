// A plug-in that breaks every promise of a strategy, one at a time: for tests of what catches it.

#include <stdexcept>
#include <utility>

#include "search/plugin.h"

namespace mischief {

using namespace prospect;

struct Options {
  std::string kind = "none";
  std::int64_t from = 1;
};

void describe(OptionVisitor& visit, Options& options) {
  visit("kind", options.kind, "What goes wrong.");
  visit("from", options.from, "The number of asks that are right.", at_least<std::int64_t>(0));
}

class Mischief : public Strategy {
 public:
  Mischief(const Options& options, SearchContext context)
      : options_(options), context_(std::move(context)) {
    if (is("make")) throw std::runtime_error("no constructor today");
  }

  Ask ask(const Room& room) override {
    Ask ask;
    ask.proposals.push_back(right());
    if (next_ < options_.from) return ask;
    if (is("none")) return {};
    break_something(ask, room);
    return ask;
  }
  void tell(std::span<const Trial> trials) override {
    if (is("tell") && next_ >= options_.from) throw std::logic_error("deaf");
    next_ += static_cast<std::int64_t>(trials.size());
  }
  State save() const override {
    if (is("save") && next_ > options_.from) throw std::runtime_error("forgetful");
    return {{{"next", next_}}, {}};
  }
  void restore(const State& state) override { next_ = state.values.at("next"); }

 private:
  bool is(const char* kind) const { return options_.kind == kind; }

  Candidate with(std::vector<Piece> pieces) const {
    Candidate candidate = context_.task.manual.front().candidate;
    pieces.insert(pieces.begin(), Field{.name = "text"});
    candidate.tmpl = Template(std::move(pieces));
    return candidate;
  }
  Proposal right() const {
    return {
        with({Literal{" number " + std::to_string(next_) + " "}, AnswerSlot{}}), Pool::dev, {}, {}};
  }

  void break_something(Ask& ask, const Room& room) const {
    auto& candidate = std::get<Candidate>(ask.proposals.front().entry);
    const auto size = static_cast<TokenId>(context_.vocabulary.size());
    if (is("throw")) throw std::runtime_error("lost my way");
    if (is("throw_error")) fail(ErrorKind::internal, "somewhere", "a bug of mine");
    if (is("throw_number")) throw 7;
    if (is("no_mask")) candidate = with({Literal{" no mask"}});
    if (is("two_masks")) candidate = with({AnswerSlot{}, AnswerSlot{}});
    if (is("foreign_field")) candidate = with({Field{.name = "answer"}, AnswerSlot{}});
    if (is("trigger")) candidate = with({TriggerSlots{{5, size}}, AnswerSlot{}});
    if (is("fixed")) candidate = with({FixedTokens{{size + 9}}, AnswerSlot{}});
    if (is("utf8")) candidate = with({Literal{"\xff"}, AnswerSlot{}});
    if (is("labels")) candidate.verbalizer.labels.pop_back();
    if (is("no_words")) candidate.verbalizer.labels.front().answers.clear();
    if (is("label_id")) candidate.verbalizer.labels.front().answers = {{"", {size}}};
    if (is("examples")) ask.proposals.front().examples = {0, 1'000'000};
    if (is("equal")) ask.proposals.push_back(ask.proposals.front());
    if (is("dear"))
      while (static_cast<std::int64_t>(ask.proposals.size() * context_.task.dev.size()) <=
             room.cost) {
        Proposal more = right();
        std::get<Candidate>(more.entry) =
            with({Literal{" more " + std::to_string(ask.proposals.size())}, AnswerSlot{}});
        ask.proposals.push_back(std::move(more));
      }
    if (is("endless")) ask.proposals.resize(static_cast<std::size_t>(room.cost) + 100'000, right());
  }

  Options options_;
  SearchContext context_;
  std::int64_t next_ = 0;
};

}  // namespace mischief

PROSPECT_PLUGIN(mischief::Mischief, mischief::Options, "test_mischief", "Breaks one promise.");
