#include "search/soft_search.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "core/error.h"
#include "search/detail/examples.h"
#include "search/detail/rng_state.h"
#include "search/detail/room.h"
#include "search/gradient/options.h"

namespace prospect {
namespace {

TriggerSlots unset_slots(std::int64_t count) {
  return {TokenIds(static_cast<std::size_t>(count), kUnsetToken)};
}

// The vectors before everything, all fields, the answer.
Template fields_layout(const SoftSearchOptions& options, const Task& task) {
  std::vector<Piece> pieces{unset_slots(options.vectors), Literal{" "}};
  for (const auto& field : task.fields) {
    pieces.emplace_back(Field{.name = field});
    pieces.emplace_back(Literal{" "});
  }
  if (options.inner_vectors > 0) {
    pieces.emplace_back(unset_slots(options.inner_vectors));
    pieces.emplace_back(Literal{" "});
  }
  pieces.emplace_back(AnswerSlot{});
  return Template(std::move(pieces));
}

// A prompt with vectors before it and before its answer.
Template around(const Template& anchors, const SoftSearchOptions& options) {
  std::vector<Piece> pieces;
  if (options.vectors > 0) {
    pieces.emplace_back(unset_slots(options.vectors));
    pieces.emplace_back(Literal{" "});
  }
  for (const auto& piece : anchors.pieces()) {
    if (std::holds_alternative<AnswerSlot>(piece) && options.inner_vectors > 0) {
      pieces.emplace_back(unset_slots(options.inner_vectors));
      pieces.emplace_back(Literal{" "});
    }
    pieces.push_back(piece);
  }
  return Template(std::move(pieces));
}

// The prompt whose tokens are anchors.
const Candidate* anchors_of(const SearchContext& context) {
  for (const auto& seed : context.seeds)
    if (const auto* candidate = std::get_if<Candidate>(&seed.entry)) return candidate;
  return context.task.manual.empty() ? nullptr : &context.task.manual.front().candidate;
}

// What stands in the slots at first: words where they are named, else random tokens.
TokenIds first_tokens(const SoftSearchOptions& options, const SearchContext& context, Rng& rng,
                      TokenIds ids) {
  const Vocabulary& vocabulary = context.vocabulary;
  if (options.initial != "random") {
    const auto words = vocabulary.encode(options.initial, false);
    if (words.empty())
      fail(ErrorKind::input, "option 'initial'", "expected random or words, found '",
           options.initial, "'");
    for (std::size_t i = 0; i < ids.size(); ++i)
      if (ids[i] == kUnsetToken) ids[i] = words[i % words.size()];
    return ids;
  }
  for (auto& id : ids) {
    while (id == kUnsetToken) {
      const auto drawn = static_cast<TokenId>(rng.below(vocabulary.size()));
      const TokenTraits traits = vocabulary.traits(drawn);
      if (!traits.special && !traits.unused) id = drawn;
    }
  }
  return ids;
}

}  // namespace

void describe(OptionVisitor& visit, SoftSearchOptions& options) {
  visit("vectors", options.vectors, "Vectors before the prompt.", between<std::int64_t>(0, 200));
  visit("inner_vectors", options.inner_vectors, "Vectors just before the answer slot.",
        between<std::int64_t>(0, 200));
  visit("frame", options.frame,
        "What the vectors stand in: the best seed or manual prompt (manual), or the fields alone.",
        {"manual", "fields"});
  visit("template", options.tmpl,
        "A frame of one's own with {trigger:N}, in place of the one above.");
  visit("initial", options.initial,
        "Whose embeddings the vectors are at first: random tokens, or these words in turn.");
  visit("steps", options.steps, "Gradient steps, the budget permitting.",
        at_least<std::int64_t>(1));
  visit("evaluate_every", options.evaluate_every, "The vectors are scored on dev after so many.",
        at_least<std::int64_t>(1));
  describe(visit, options.descent);
}

Candidate soft_frame(const SoftSearchOptions& options, const SearchContext& context) {
  Candidate frame;
  frame.verbalizer = default_verbalizer(context);
  if (!options.tmpl.empty()) {
    frame.tmpl =
        Template::parse(options.tmpl, {.fields = context.task.fields}, "option 'template'");
  } else if (const Candidate* anchors = anchors_of(context);
             options.frame == "fields" || anchors == nullptr) {
    frame.tmpl = fields_layout(options, context.task);
  } else {
    frame = *anchors;
    frame.tmpl = around(anchors->tmpl, options);
  }
  if (frame.tmpl.triggers().empty())
    fail(ErrorKind::input, "option 'vectors'", "expected at least one vector, found none in '",
         frame.tmpl.text(), "'");
  return frame;
}

SoftSearch::SoftSearch(const SoftSearchOptions& options, SearchContext context)
    : options_(options),
      context_(std::move(context)),
      frame_(soft_frame(options, context_)),
      optimiser_(make_optimiser(options.descent)),
      rng_(context_.rng) {
  check_gradients(context_);
  const TokenIds tokens = first_tokens(options_, context_, rng_, frame_.tmpl.triggers());
  vectors_ = context_.oracles.gradient()->embeddings(tokens);
  // What stands in the slots is the vectors: no token remains.
  frame_.tmpl = frame_.tmpl.with_triggers(TokenIds(tokens.size(), kUnsetToken));
}

Ask SoftSearch::ask(const Room& room) {
  std::int64_t left = room.cost - proposal_cost(proposal(), context_);
  const std::int64_t row =
      kGradientCost * context_.oracles.gradient()->num_forwards(frame_, {.spec = context_.spec});
  const auto batch_size = std::min<std::size_t>(
      static_cast<std::size_t>(options_.descent.batch_size), context_.task.support.size());
  const std::int64_t cost = row * static_cast<std::int64_t>(batch_size);
  Ask ask;
  if (left < 0 || (is_asked_ && (step_ >= options_.steps || left < cost))) return ask;
  if (is_asked_) {
    const std::int64_t until = std::min(step_ + options_.evaluate_every, options_.steps);
    for (; step_ < until && left >= cost; ++step_) {
      step(draw_batch(options_.descent, context_.task, rng_));
      left -= cost;
    }
  }
  is_asked_ = true;
  ask.proposals.push_back(proposal());
  return ask;
}

// No step depends on a score.
void SoftSearch::tell(std::span<const Trial>) {}

Proposal SoftSearch::proposal() const {
  char note[64];
  std::snprintf(note, sizeof note, "step %lld, loss %.3f", static_cast<long long>(step_), loss_);
  return {SoftPrompt{frame_, blob_id_of(vectors_)}, Pool::dev, {}, {{}, note}, vectors_};
}

void SoftSearch::step(std::span<const Example> batch) {
  const Loss loss{.kind = loss_kind_of(options_.descent.loss), .spec = context_.spec};
  const Gradient gradient = context_.oracles.gradient()->at_vectors(
      with_demonstrations(frame_, context_.task), vectors_, batch, loss);
  loss_ = 0;
  for (const double each : gradient.loss) loss_ += each / static_cast<double>(batch.size());
  if (gradient.at_slots.allFinite()) optimiser_.step(vectors_, gradient.at_slots);
}

State SoftSearch::save() const {
  return {{{"rng", rng_to_json(rng_)},
           {"step", step_},
           {"is_asked", is_asked_},
           {"loss", loss_},
           {"vectors", matrix_to_json(vectors_)},
           {"optimiser", optimiser_.to_json()}},
          {}};
}

void SoftSearch::restore(const State& state) {
  const Json& values = state.values;
  MatrixXf vectors = matrix_from_json(values.at("vectors"));
  const auto step = values.at("step").get<std::int64_t>();
  const bool is_asked = values.at("is_asked").get<bool>();
  const auto loss = values.at("loss").get<double>();
  const Rng rng = rng_from_json(values.at("rng"));
  optimiser_.read(values.at("optimiser"));
  rng_ = rng;
  step_ = step;
  is_asked_ = is_asked;
  loss_ = loss;
  vectors_ = std::move(vectors);
}

}  // namespace prospect
