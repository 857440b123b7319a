#include "search/detail/infill.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "search/detail/demonstrations.h"
#include "search/detail/examples.h"
#include "search/detail/label_questions.h"

namespace prospect {
namespace {

constexpr std::size_t kMostWords = 3;  // filled again at a time

// The template with a hole between the parts, its own answer slot filled.
Template with_hole(std::span<const Piece> before, std::span<const Piece> after,
                   const Answer& answer) {
  std::vector<Piece> pieces;
  const auto append = [&](std::span<const Piece> part) {
    for (const auto& piece : part) {
      if (std::holds_alternative<DemonstrationSlot>(piece)) continue;
      pieces.push_back(std::holds_alternative<AnswerSlot>(piece) ? as_piece(answer) : piece);
    }
  };
  append(before);
  pieces.emplace_back(AnswerSlot{});
  append(after);
  return Template(std::move(pieces));
}

void append_pieces(std::span<const PromptUnit> units, bool first_has_space,
                   std::vector<Piece>& pieces) {
  for (const auto& unit : units) {
    if (&unit != &units.front() || first_has_space) pieces.emplace_back(Literal{unit.space});
    pieces.push_back(unit.slot ? *unit.slot : Piece(Literal{unit.text}));
  }
}

}  // namespace

void describe(OptionVisitor& visit, InfillOptions& options) {
  visit("infill_top_k", options.top_k,
        "Words that the language model proposes for a place; one is drawn.",
        between<std::int64_t>(1, 100'000));
  visit("infill_examples", options.examples,
        "Support examples that a proposal of the language model is averaged over.",
        at_least<std::int64_t>(1));
}

Infiller::Infiller(const InfillOptions& options, const SearchContext& context)
    : context_(context), options_(options), oracle_(context.oracles.slot()) {
  const auto& task = context.task;
  const std::span<const Example> pool = task.support.empty() ? task.dev : task.support;
  examples_ = examples_at(
      pool, labels_in_turn(pool, task.labels.size(), static_cast<std::size_t>(options.examples)));
}

std::optional<VectorXf> Infiller::scores(std::span<const Piece> before,
                                         std::span<const Piece> after,
                                         const Verbalizer& verbalizer) const {
  const auto question = [&](std::size_t label) {
    const Answer& answer = verbalizer.labels[label].answers.front();
    return Candidate{with_hole(before, after, answer), verbalizer, {}};
  };
  try {
    return mean_over_labels(*oracle_, examples_, verbalizer.labels.size(), "infill", question);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    return std::nullopt;
  }
}

std::vector<std::string> Infiller::words(std::span<const Piece> before,
                                         std::span<const Piece> after, const Verbalizer& verbalizer,
                                         std::span<const std::string> except) const {
  const auto scores = this->scores(before, after, verbalizer);
  if (!scores) return {};
  std::set<std::string> refused;
  for (const auto& word : except) refused.insert(lower(word));
  for (const auto& answer : flatten(verbalizer)) refused.insert(lower(answer.text));

  std::vector<TokenId> order(context_.vocabulary.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<TokenId>(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](TokenId a, TokenId b) { return (*scores)(a) > (*scores)(b); });
  std::vector<std::string> words;
  for (const TokenId id : order) {
    if (words.size() == static_cast<std::size_t>(options_.top_k)) break;
    const TokenTraits traits = context_.vocabulary.traits(id);
    if (traits.special || traits.unused || traits.whitespace || !traits.typable ||
        !traits.word_start)
      continue;
    const std::string word(trim(context_.vocabulary.decode(std::span(&id, 1))));
    if (!has_word_character(word) || !refused.insert(lower(word)).second) continue;
    words.push_back(word);
  }
  return words;
}

std::int64_t Infiller::refill_cost(const std::string& text) const {
  return cost() * static_cast<std::int64_t>(std::min(kMostWords, words_of(text).size()));
}

std::optional<std::string> Infiller::refill(std::span<const PromptUnit> units, std::size_t index,
                                            const Verbalizer& verbalizer, Rng& rng) const {
  std::vector<std::string> words = words_of(units[index].text);
  const std::size_t num_filled = std::min(kMostWords, words.size());
  const std::size_t first = rng.below(words.size() - num_filled + 1);
  for (std::size_t i = first; i < first + num_filled; ++i) {
    std::vector<Piece> before, after;
    append_pieces(units.first(index), false, before);
    before.emplace_back(Literal{units[index].space});
    for (std::size_t w = 0; w < i; ++w) before.emplace_back(Literal{words[w] + " "});
    for (std::size_t w = i + 1; w < words.size(); ++w) {
      after.emplace_back(Literal{" "});
      // What is still to be filled must not tell the old text.
      if (w >= first + num_filled)
        after.emplace_back(Literal{words[w]});
      else if (const auto mask = context_.vocabulary.mask())
        after.emplace_back(FixedTokens{{*mask}});
    }
    append_pieces(units.subspan(index + 1), true, after);
    // A refilled phrase differs from the old one in its first new word at least.
    std::vector<std::string> except;
    if (i == first) except.push_back(words[i]);
    if (i > 0) except.push_back(words[i - 1]);
    const auto proposed = this->words(before, after, verbalizer, except);
    if (proposed.empty()) return std::nullopt;
    words[i] = i == first ? proposed[rng.below(proposed.size())] : proposed.front();
  }
  return join(words, " ");
}

std::optional<std::string> Infiller::new_word(std::span<const PromptUnit> units, std::size_t index,
                                              const Verbalizer& verbalizer, Rng& rng) const {
  std::vector<Piece> before, after;
  append_pieces(units.first(index), false, before);
  if (index > 0) before.emplace_back(Literal{" "});
  after.emplace_back(Literal{" "});
  append_pieces(units.subspan(index), index > 0, after);
  const auto proposed = words(before, after, verbalizer, {});
  if (proposed.empty()) return std::nullopt;
  return proposed[rng.below(proposed.size())];
}

}  // namespace prospect
