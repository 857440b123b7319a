#include "experiments/inspection.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

SlotPrompt fill_prompt(Model& model, const Template& prompt, const std::string& where) {
  if (prompt.num_answer_slots() == 0)
    fail(ErrorKind::input, where, "expected a text with {mask}, found '", prompt.text(), "'");
  SlotPrompt slot = model.slot_prompt(prompt, Example{});
  if (slot.failure) fail(ErrorKind::input, where, slot.failure->reason);
  return slot;
}

// log p of every token, from logits [V].
std::vector<double> log_softmax(const MatrixXf& logits, Eigen::Index row) {
  const Eigen::VectorXd values = logits.row(row).cast<double>();
  const double largest = values.maxCoeff();
  const double log_sum = largest + std::log((values.array() - largest).exp().sum());
  std::vector<double> log_p(static_cast<std::size_t>(values.size()));
  for (std::size_t i = 0; i < log_p.size(); ++i)
    log_p[i] = values[static_cast<Eigen::Index>(i)] - log_sum;
  return log_p;
}

std::vector<ScoredToken> best_tokens(const std::vector<double>& log_p, std::size_t top) {
  std::vector<TokenId> ids(log_p.size());
  std::iota(ids.begin(), ids.end(), 0);
  const auto at = [&](TokenId id) { return log_p[static_cast<std::size_t>(id)]; };
  const auto end = ids.begin() + static_cast<std::ptrdiff_t>(std::min(top, ids.size()));
  std::partial_sort(ids.begin(), end, ids.end(),
                    [&](TokenId a, TokenId b) { return at(a) != at(b) ? at(a) > at(b) : a < b; });
  std::vector<ScoredToken> best;
  for (auto id = ids.begin(); id != end; ++id) best.push_back({*id, at(*id)});
  return best;
}

TokenId one_token_answer(const Model& model, const Template& prompt, const std::string& answer) {
  const auto ids = model.vocabulary().encode_answer(prompt, Answer{answer, {}});
  if (ids.size() == 1) return ids.front();
  std::vector<std::string> tokens;
  for (const TokenId id : ids) tokens.push_back(model.vocabulary().token(id));
  fail(ErrorKind::input, "--answer", "expected a word of one token, found '", answer,
       "', which is ", ids.size(), " (", join(tokens, " "), ")");
}

}  // namespace

Template parse_prompt(const std::string& text, const std::string& where) {
  return Template::parse(text, {std::vector<std::string>{}, true}, where);
}

std::vector<std::vector<ScoredToken>> fill_masks(Model& model, const Template& prompt,
                                                 std::size_t top, const std::string& where) {
  const SlotPrompt slot = fill_prompt(model, prompt, where);
  const MatrixXf logits = model.logits(slot.prompt, slot.positions);  // [M, V]
  std::vector<std::vector<ScoredToken>> fills;
  for (Eigen::Index mask = 0; mask < logits.rows(); ++mask)
    fills.push_back(best_tokens(log_softmax(logits, mask), top));
  return fills;
}

PromptGradient prompt_gradient(Model& model, const Template& prompt, const std::string& answer,
                               std::size_t top, const std::string& where) {
  const SlotPrompt slot = fill_prompt(model, prompt, where);
  GradientOracle* oracle = model.oracles().gradient();
  if (oracle == nullptr)
    fail(ErrorKind::unsupported, model.card().path, "expected a model that gives gradients");
  const TargetToken target{slot.positions.front(), one_token_answer(model, prompt, answer)};
  const InputGradient gradient = model.input_gradient(slot.prompt, {&target, 1});
  PromptGradient result{slot.prompt.ids, gradient.loss, {}, {}};
  for (Eigen::Index token = 0; token < gradient.at_tokens.rows(); ++token)
    result.norms.push_back(gradient.at_tokens.row(token).cast<double>().norm());
  const TokenMask every_token(model.vocabulary().size(), true);
  result.top_swaps = oracle->shortlist(gradient.at_tokens, every_token, top);
  return result;
}

TextLikelihood text_likelihood(Model& model, const std::string& text, PseudoMasking masking) {
  LikelihoodOracle* oracle = model.oracles().likelihood();
  if (oracle == nullptr)
    fail(ErrorKind::unsupported, model.card().path, "expected a model that gives likelihoods");
  return {oracle->log_p(std::span(&text, 1), masking).front(),
          static_cast<std::size_t>(oracle->num_tokens(text)),
          model.card().kind == ModelKind::causal_lm ? "causal" : "pseudo"};
}

}  // namespace prospect
