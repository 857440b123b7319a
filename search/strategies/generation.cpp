// Lets a language model write templates around the right answers of the support examples: LM-BFF's
// beam, shared by all examples. An encoder-decoder (T5) writes as published; a masked LM fills
// masks one after the other, a causal LM writes what stands before the answer.
//
// Source: Gao, Fisch and Chen 2021, sec. 5.2. Cost: at most `length` x `beam` x the examples for
// each layout, and one evaluation of the dev pool for each template. Oracle: generation, of the
// searched model or of the helper "infill". The beam is as wide as `share` of the room allows.
// Failed and NaN trials change nothing. Exhausted when all templates are scored. The paper
// fine-tunes on each template; here the frozen model is scored with it.

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "search/detail/demonstrations.h"
#include "search/detail/examples.h"
#include "search/detail/ranked_list.h"
#include "search/detail/shared_beam.h"
#include "search/detail/trigger_space.h"
#include "search/registry.h"

namespace prospect {
namespace {

struct GenerationStrategyOptions {
  std::int64_t beam = 100;
  std::int64_t length = 18;
  std::int64_t masks_before = 3;
  std::int64_t masks_after = 1;
  std::string mean = "log_probability";
  std::vector<std::string> forbidden;
  std::int64_t templates = 100;
  std::int64_t examples = 0;
  double share = 0.5;
  RankingOptions ranking;
};

void describe(OptionVisitor& visit, GenerationStrategyOptions& options) {
  visit("beam", options.beam, "Texts kept after each token, the room permitting.",
        between<std::int64_t>(1, 10'000));
  visit("length", options.length,
        "Tokens of a template at the most, where the model ends it: an encoder-decoder counts the "
        "ends of both its parts (the published code takes 18 steps).",
        between<std::int64_t>(1, 200));
  visit("masks_before", options.masks_before,
        "Tokens before the answer at the most, where a masked LM fills them.",
        between<std::int64_t>(0, 20));
  visit("masks_after", options.masks_after, "The same behind the answer.",
        between<std::int64_t>(0, 20));
  visit("mean", options.mean,
        "What is averaged over the examples: log-probabilities (the paper) or logits (its code).",
        {"log_probability", "logit"});
  visit("forbidden", options.forbidden,
        "Tokens that are never written, beside white space and runs of full stops: as the "
        "vocabulary writes them.");
  visit("templates", options.templates,
        "Templates that are scored at the most, shared by the layouts.",
        between<std::int64_t>(1, 100'000));
  visit("examples", options.examples, "Support examples that share the beam; 0 is all.",
        at_least<std::int64_t>(0));
  visit("share", options.share, "The part of the room that generation may take.",
        between(0.01, 1.0));
  describe(visit, options.ranking);
}

// Where the text is written: `before` [..] answer [..] `after`, each a run of pieces.
struct Layout {
  std::vector<Piece> before, after;
  std::string lead;  // stands before the place in the model's input alone
};

// LM-BFF's: behind or before a single sentence, between the two of a pair.
std::vector<Layout> layouts_of(const std::vector<std::string>& fields, InfillKind kind) {
  const auto field = [](const std::string& name, std::vector<FieldOperator> operators = {}) {
    return Piece(Field{name, false, std::move(operators)});
  };
  if (fields.size() == 2 && kind != InfillKind::before_answer)
    return {{{field(fields[0], {FieldOperator::strip_final})},
             {field(fields[1], {FieldOperator::lower_first})},
             ""}};
  Layout behind;
  for (const auto& name : fields) {
    if (!behind.before.empty()) behind.before.emplace_back(Literal{" "});
    behind.before.push_back(field(name));
  }
  if (kind == InfillKind::before_answer || fields.size() != 1) return {std::move(behind)};
  return {std::move(behind), {{}, {field(fields.front())}, "."}};
}

std::string filled(const std::vector<Piece>& pieces, const Example& example) {
  std::string text;
  for (const auto& piece : pieces) {
    if (const auto* literal = std::get_if<Literal>(&piece)) text += literal->text;
    if (const auto* field = std::get_if<Field>(&piece))
      text += apply_operators(field->operators, example.fields.at(field->name));
  }
  return text;
}

// The text of tokens, with a blank before it where the first begins a word.
std::string text_of(const TokenIds& ids, const Vocabulary& vocabulary) {
  if (ids.empty()) return "";
  const std::string text(trim(vocabulary.decode(ids)));
  return (vocabulary.traits(ids.front()).word_start ? " " : "") + text;
}

Template template_of(const Layout& layout, const Infill& infill, const Vocabulary& vocabulary) {
  std::vector<Piece> pieces = layout.before;
  std::string before = text_of(infill.before, vocabulary);
  if (pieces.empty()) before = std::string(trim(before));
  if (!pieces.empty() || !before.empty()) before += " ";
  pieces.emplace_back(Literal{before});
  pieces.emplace_back(AnswerSlot{});
  pieces.emplace_back(Literal{text_of(infill.after, vocabulary)});
  if (!layout.after.empty()) pieces.emplace_back(Literal{" "});
  pieces.insert(pieces.end(), layout.after.begin(), layout.after.end());
  return Template(std::move(pieces));
}

class GenerationStrategy : public Strategy {
 public:
  GenerationStrategy(const GenerationStrategyOptions& options, SearchContext context)
      : options_(options),
        context_(std::move(context)),
        verbalizer_(default_verbalizer(context_)),
        list_(options.ranking, context_) {
    const auto& support = context_.task.support;
    const std::size_t most =
        options_.examples == 0 ? support.size() : static_cast<std::size_t>(options_.examples);
    examples_ = examples_at(support, labels_in_turn(support, context_.task.labels.size(), most));
    if (examples_.empty())
      fail(ErrorKind::unsupported, "generation",
           "expected labelled support examples to write templates for, found none");
    for (const auto& label : verbalizer_.labels)
      if (label.answers.front().text.empty())
        fail(ErrorKind::unsupported, "generation",
             "expected label words as text, found token ids "
             "alone for '",
             label.label, "'");
    for (const auto& token : options_.forbidden) find_forbidden(token);
  }

  Ask ask(const Room& room) override {
    std::int64_t left = room.cost;
    if (!is_written_) write(left);
    return list_.ask({left});
  }

  void tell(std::span<const Trial> trials) override { list_.tell(trials); }
  State save() const override { return {{{"list", list_.save()}, {"written", is_written_}}, {}}; }
  void restore(const State& state) override {
    const bool is_written = state.values.at("written").get<bool>();
    list_.restore(state.values.at("list"));
    is_written_ = is_written;
  }

 private:
  GenerationOracle& oracle() const { return *context_.oracles.generation(); }

  void find_forbidden(const std::string& token) const {
    const Vocabulary& vocabulary = oracle().vocabulary();
    for (std::size_t id = 0; id < vocabulary.size(); ++id)
      if (vocabulary.token(static_cast<TokenId>(id)) == token) return;
    fail(ErrorKind::input, "option 'forbidden'", "expected a token of the vocabulary, found '",
         token, "'");
  }

  // White space, and full stops in a row: the published code's tokens 3, 19794 and 22354 of T5.
  SharedBeamOptions beam_options() const {
    SharedBeamOptions beam{.max_length = options_.length,
                           .masks_before = options_.masks_before,
                           .masks_after = options_.masks_after,
                           .mean = options_.mean == "logit"
                                       ? GenerationOracle::Mean::logit
                                       : GenerationOracle::Mean::log_probability};
    const Vocabulary& vocabulary = oracle().vocabulary();
    for (std::size_t i = 0; i < vocabulary.size(); ++i) {
      const auto id = static_cast<TokenId>(i);
      const std::string token = vocabulary.token(id);
      const std::string text(trim(vocabulary.decode(std::span(&id, 1))));
      const bool dots = !text.empty() && text.find_first_not_of('.') == std::string::npos;
      if (text == ".") beam.not_repeated.push_back(id);
      if (vocabulary.traits(id).whitespace || text.empty() || (dots && text.size() > 1) ||
          std::find(options_.forbidden.begin(), options_.forbidden.end(), token) !=
              options_.forbidden.end())
        beam.forbidden.push_back(id);
    }
    return beam;
  }

  std::vector<GenerationContext> contexts_of(const Layout& layout, std::size_t count) const {
    std::vector<GenerationContext> contexts;
    for (std::size_t i = 0; i < count; ++i) {
      const auto& example = examples_[i];
      const auto label = static_cast<std::size_t>(example.label);
      const std::string before = filled(layout.before, example);
      // A causal LM has nothing to go on there.
      if (before.empty() && oracle().kind() == InfillKind::before_answer) continue;
      contexts.push_back(
          {before.empty() && oracle().kind() == InfillKind::open_ended ? layout.lead : before,
           verbalizer_.labels[label].answers.front().text, filled(layout.after, example)});
    }
    return contexts;
  }

  void write(std::int64_t& left) {
    const InfillKind kind = oracle().kind();
    const auto layouts = layouts_of(context_.task.fields, kind);
    const auto spendable = static_cast<std::int64_t>(std::floor(
        options_.share * static_cast<double>(left) / static_cast<double>(layouts.size())));
    SharedBeamOptions beam = beam_options();
    const auto width = width_within(spendable, kind, beam);
    if (!width) return;
    beam.width = *width;
    is_written_ = true;
    const auto per_layout =
        std::max<std::size_t>(static_cast<std::size_t>(options_.templates) / layouts.size(), 1);
    for (const auto& layout : layouts) {
      const auto contexts = contexts_of(layout, examples_.size());
      if (contexts.empty()) continue;
      std::size_t count = 0;
      for (const auto& text : shared_beam(oracle(), contexts, beam)) {
        if (count == per_layout) break;
        Candidate candidate{
            template_of(layout, text.infill, oracle().vocabulary()), verbalizer_, {}};
        if (list_.add(std::move(candidate), note_of(text, kind, beam.width))) ++count;
      }
      left -= shared_beam_cost(kind, contexts.size(), beam);
    }
    left = std::max<std::int64_t>(left, 0);
  }

  // The widest beam that costs no more; nothing where there is none.
  std::optional<std::size_t> width_within(std::int64_t cost, InfillKind kind,
                                          SharedBeamOptions beam) const {
    for (beam.width = static_cast<std::size_t>(options_.beam); beam.width > 0; --beam.width)
      if (shared_beam_cost(kind, examples_.size(), beam) <= cost) return beam.width;
    return std::nullopt;
  }

  std::string note_of(const BeamText& text, InfillKind kind, std::size_t width) const {
    std::string note = "written: " + dump_json(Json(text.score(kind))) +
                       (kind == InfillKind::open_ended ? " nats" : " nats a token");
    if (width < static_cast<std::size_t>(options_.beam))
      note += ", beam " + std::to_string(width) + " of " + std::to_string(options_.beam) +
              " as the room allows";
    return note;
  }

  GenerationStrategyOptions options_;
  SearchContext context_;
  Verbalizer verbalizer_;
  std::vector<Example> examples_;
  RankedList list_;
  bool is_written_ = false;
};

const Registration<GenerationStrategy, GenerationStrategyOptions> kGeneration{
    "generation",
    "Lets a language model write templates around the right answers (LM-BFF).",
    {OracleKind::generation}};

}  // namespace
}  // namespace prospect
