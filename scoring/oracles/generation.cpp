#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "core/error.h"
#include "scoring/oracles/best_ids.h"
#include "scoring/oracles/lm_oracles.h"
#include "scoring/oracles/slot_prompts.h"
#include "scoring/run_prompts.h"
#include "scoring/slot_reader.h"

namespace prospect {
namespace {

// Prompts whose outputs over the whole vocabulary are held at a time.
constexpr std::size_t kInfillChunk = 256;

// A context and an infill as a row. What is wanted of it: the distribution at `positions.front()`,
// and, of a causal LM, the answer's tokens from there on.
struct InfillPrompt {
  Prompt prompt;
  std::vector<std::uint32_t> positions;
  TokenIds answer;
};

void append_masks(std::vector<Piece>& pieces, std::int64_t count, TokenId mask) {
  pieces.emplace_back(FixedTokens{TokenIds(static_cast<std::size_t>(count), mask)});
}

// The place to be filled is the answer slot of a template whose fields are the context's texts.
class InfillPrompts {
 public:
  explicit InfillPrompts(const OracleContext& context)
      : lm_(context.lm), vocabulary_(context.vocabulary) {}

  InfillPrompt make(const GenerationContext& context, const Infill& infill) const {
    const Template tmpl = template_of(context, infill);
    TokenIds answer;
    if (lm_.kind() == ModelKind::causal_lm)
      answer = vocabulary_.encode_answer(tmpl, {context.answer, {}});
    if (lm_.kind() == ModelKind::causal_lm && answer.empty())
      fail(ErrorKind::input, "generation", "expected an answer of at least one token, found '",
           context.answer, "'");
    Example example;
    example.fields = {{"before", context.before}, {"after", context.after}};
    Filled filled = vocabulary_.fill(tmpl, example, std::max<std::size_t>(answer.size(), 1));
    std::string fault = filled.failure ? filled.failure->reason : std::string();
    if (fault.empty()) fault = slot_fault(filled, lm_);
    if (fault.empty()) fault = lm_.fault_of(filled.ids, filled.type_ids);
    if (!fault.empty())
      fail(ErrorKind::input, "generation", "'", tmpl.text(), "' cannot be filled: ", fault);
    InfillPrompt made;
    if (lm_.kind() == ModelKind::seq2seq_lm)
      made = with_target(std::move(filled), infill);
    else if (lm_.kind() == ModelKind::causal_lm)
      made = with_answer(std::move(filled), std::move(answer));
    else
      made = {
          {std::move(filled.ids), std::move(filled.type_ids)}, {filled.answer_slots.front()}, {}};
    if (fault = lm_.fault_of(made.prompt); !fault.empty())
      fail(ErrorKind::input, "generation", "'", tmpl.text(), "' cannot be continued: ", fault);
    return made;
  }

 private:
  Template template_of(const GenerationContext& context, const Infill& infill) const {
    std::vector<Piece> pieces;
    if (!context.before.empty()) pieces.emplace_back(Field{"before", false, {}});
    const Literal answer{(pieces.empty() ? "" : " ") + context.answer};
    switch (lm_.kind()) {
      case ModelKind::causal_lm:  // what comes behind the answer, nobody sees
        pieces.emplace_back(FixedTokens{infill.before});
        if (!pieces.empty()) pieces.emplace_back(Literal{" "});
        pieces.emplace_back(AnswerSlot{});
        return Template(std::move(pieces));
      case ModelKind::seq2seq_lm:
        pieces.emplace_back(AnswerSlot{});  // the first sentinel
        pieces.emplace_back(answer);
        pieces.emplace_back(FixedTokens{{*vocabulary_.sentinel(1)}});
        break;
      case ModelKind::masked_lm: {
        const TokenId mask = *vocabulary_.mask();
        pieces.emplace_back(FixedTokens{infill.before});
        if (!infill.is_behind) {
          pieces.emplace_back(AnswerSlot{});
          append_masks(pieces, infill.open_before - 1, mask);
        }
        pieces.emplace_back(answer);
        pieces.emplace_back(FixedTokens{infill.after});
        if (infill.is_behind) pieces.emplace_back(AnswerSlot{});
        append_masks(pieces, infill.open_after - (infill.is_behind ? 1 : 0), mask);
        break;
      }
    }
    if (!context.after.empty()) {
      pieces.emplace_back(Literal{" "});
      pieces.emplace_back(Field{"after", false, {}});
    }
    return Template(std::move(pieces));
  }

  InfillPrompt with_target(Filled filled, const Infill& infill) const {
    InfillPrompt made{{std::move(filled.ids), std::move(filled.type_ids)}, {}, {}};
    TokenIds& target = made.prompt.target_ids = target_start(lm_, vocabulary_);
    target.insert(target.end(), infill.before.begin(), infill.before.end());
    if (infill.is_behind) {
      target.push_back(*vocabulary_.sentinel(1));
      target.insert(target.end(), infill.after.begin(), infill.after.end());
    }
    made.positions = {static_cast<std::uint32_t>(target.size() - 1)};
    return made;
  }

  // The answer's tokens but the last follow, so that one forward tells of all of them.
  InfillPrompt with_answer(Filled filled, TokenIds answer) const {
    InfillPrompt made{{std::move(filled.ids), {}}, {}, std::move(answer)};
    made.prompt.ids.resize(filled.answer_slots.front());
    for (std::size_t i = 0; i < made.answer.size(); ++i) {
      made.positions.push_back(static_cast<std::uint32_t>(made.prompt.ids.size() - 1));
      if (i + 1 < made.answer.size()) made.prompt.ids.push_back(made.answer[i]);
    }
    made.prompt.type_ids.assign(made.prompt.ids.size(), 0);
    return made;
  }

  const PretrainedLM& lm_;
  const Vocabulary& vocabulary_;
};

// What was read of a row.
struct InfillReading {
  VectorXf next;            // [V], logits or log-probabilities
  double answer_log_p = 0;  // of a causal LM's answer
};

InfillReading read_infill(const at::Tensor& logits, std::int64_t first, const InfillPrompt& prompt,
                          GenerationOracle::Mean mean) {
  const std::int64_t size = logits.size(1);
  const auto row = [&](std::int64_t index) {
    return std::span<const float>(logits.data_ptr<float>() + (first + index) * size,
                                  static_cast<std::size_t>(size));
  };
  InfillReading reading;
  const Eigen::Map<const VectorXf> next(row(0).data(), size);
  const double shift = mean == GenerationOracle::Mean::logit ? 0 : log_sum_exp(row(0));
  reading.next = (next.cast<double>().array() - shift).cast<float>();
  for (std::size_t i = 0; i < prompt.answer.size(); ++i) {
    const auto at = row(static_cast<std::int64_t>(i));
    reading.answer_log_p +=
        static_cast<double>(at[static_cast<std::size_t>(prompt.answer[i])]) - log_sum_exp(at);
  }
  return reading;
}

// The mean over contexts, in their order; averaged logits are made log-probabilities again.
Continuation mean_over_contexts(std::span<const InfillReading> readings,
                                GenerationOracle::Mean mean, VectorXf& scores) {
  VectorXd sum = VectorXd::Zero(readings.front().next.size());
  Continuation result;
  for (const auto& reading : readings) {
    sum += reading.next.cast<double>();
    result.end_log_p += reading.answer_log_p;
  }
  const auto count = static_cast<double>(readings.size());
  sum /= count;
  result.end_log_p /= count;
  scores = sum.cast<float>();
  if (mean == GenerationOracle::Mean::logit) {
    const double shift =
        log_sum_exp(std::span(scores.data(), static_cast<std::size_t>(scores.size())));
    scores = (sum.array() - shift).cast<float>();
  }
  return result;
}

}  // namespace

InfillKind LmGenerationOracle::kind() const {
  switch (context_.lm.kind()) {
    case ModelKind::seq2seq_lm:
      return InfillKind::open_ended;
    case ModelKind::causal_lm:
      return InfillKind::before_answer;
    default:
      return InfillKind::fixed_length;
  }
}

const TokenMask& LmGenerationOracle::allowed() {
  if (!allowed_.empty()) return allowed_;
  const auto size = std::min(context_.vocabulary.size(),
                             static_cast<std::size_t>(context_.lm.description().output_size()));
  for (std::size_t id = 0; id < size; ++id) {
    const TokenTraits traits = context_.vocabulary.traits(static_cast<TokenId>(id));
    allowed_.push_back(!traits.special && !traits.unused);
  }
  return allowed_;
}

std::vector<Continuation> LmGenerationOracle::next(std::span<const GenerationContext> contexts,
                                                   std::span<const Infill> infills, Mean mean,
                                                   std::size_t top) {
  if (contexts.empty()) fail(ErrorKind::internal, "generation", "expected contexts, found none");
  const InfillPrompts maker(context_);
  std::optional<TokenId> eos;
  if (const TokenIds empty = context_.vocabulary.encode("", true); !empty.empty())
    eos = empty.back();

  std::vector<Continuation> result;
  const std::size_t per_chunk = std::max<std::size_t>(kInfillChunk / contexts.size(), 1);
  for (std::size_t begin = 0; begin < infills.size(); begin += per_chunk) {
    const auto chunk = infills.subspan(begin, std::min(per_chunk, infills.size() - begin));
    std::vector<InfillPrompt> made;
    std::vector<Prompt> prompts;
    std::vector<std::vector<std::uint32_t>> wanted;
    for (const auto& infill : chunk)
      for (const auto& context : contexts) {
        made.push_back(maker.make(context, infill));
        prompts.push_back(made.back().prompt);
        wanted.push_back(made.back().positions);
      }
    std::vector<InfillReading> readings(made.size());
    run_prompts(context_.lm, context_.pool, prompts, wanted, [&](const PromptResults& results) {
      const at::Tensor logits = context_.lm.logits(results.vectors);  // [W, V]
      std::int64_t at = 0;
      for (const std::uint32_t index : results.prompts) {
        readings[index] = read_infill(logits, at, made[index], mean);
        at += static_cast<std::int64_t>(wanted[index].size());
      }
    });
    for (std::size_t i = 0; i < chunk.size(); ++i) {
      VectorXf scores;
      Continuation continuation = mean_over_contexts(
          std::span(readings).subspan(i * contexts.size(), contexts.size()), mean, scores);
      if (kind() == InfillKind::fixed_length)
        continuation.end_log_p = std::numeric_limits<double>::quiet_NaN();
      if (kind() == InfillKind::open_ended) {
        const TokenId sentinel = *context_.vocabulary.sentinel(chunk[i].is_behind ? 2 : 1);
        continuation.end_log_p = scores(sentinel);
        // A text that ends before the answer would have no place for it.
        if (chunk[i].is_behind && eos)
          continuation.end_log_p =
              std::max(continuation.end_log_p, static_cast<double>(scores(*eos)));
      }
      continuation.tokens.ids =
          best_ids(allowed(), allowed().size(), top, [&](TokenId id) { return scores(id); });
      for (const TokenId id : continuation.tokens.ids)
        continuation.tokens.scores.push_back(scores(id));
      result.push_back(std::move(continuation));
    }
  }
  return result;
}

}  // namespace prospect
