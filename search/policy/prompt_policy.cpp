#include "search/policy/prompt_policy.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "search/detail/best_tokens.h"
#include "search/policy/soft_q.h"

namespace prospect {
namespace {

VectorXf row_of(const MatrixXf& matrix, Eigen::Index row) {
  return matrix.row(row).transpose();
}

}  // namespace

void describe(OptionVisitor& visit, PromptPolicyOptions& options) {
  visit("context", options.context,
        "Text that the policy continues with a prompt; the same for all prompts.");
  visit("hidden_size", options.hidden_size, "Width of the policy network's hidden layer.",
        between<std::int64_t>(1, 65'536));
  visit("initial_gain", options.initial_gain,
        "Size of the network's first weights, in units of Xavier's rule.", between<double>(0, 10));
  visit("top_k", options.top_k, "Likeliest tokens that a prompt's next one is drawn from.",
        between<std::int64_t>(1, 1'000'000));
  visit("logit_bias", options.logit_bias,
        "Added to all logits of the policy; below 0 it explores more at first.",
        between<double>(-1000, 1000));
  visit("learning_rate", options.learning_rate, "Step size of Adam.", between<double>(0, 10));
  visit("gradient_clip", options.gradient_clip, "Longest gradient; a longer one is shortened.",
        at_least(1e-9));
  visit("target_rate", options.target_rate, "Share of the network that its target takes each step.",
        between<double>(0, 1));
}

PromptPolicy::PromptPolicy(const PromptPolicyOptions& options, HeadOracle& head, TokenIds allowed,
                           Rng& rng)
    : options_(options),
      head_(head),
      allowed_(std::move(allowed)),
      adapter_(head.vector_size(), options.hidden_size, options.initial_gain, rng),
      target_(adapter_),
      optimiser_("adamw", options.learning_rate, 0) {}

Template PromptPolicy::question(const std::string& context, const TokenIds& beginning) {
  return Template({Literal{context}, FixedTokens{beginning}, AnswerSlot{}});
}

DrawnPrompts PromptPolicy::draw(std::size_t num_prompts, std::size_t length, Rng& rng) {
  const auto rate = static_cast<float>(options_.target_rate);
  target_.parameters() = (1 - rate) * target_.parameters() + rate * adapter_.parameters();

  const auto count = static_cast<Eigen::Index>(num_prompts), size = head_.vector_size();
  const auto steps = static_cast<Eigen::Index>(length);
  DrawnPrompts drawn{std::vector<TokenIds>(num_prompts), MatrixXd(count, steps),
                     MatrixXd(count, steps), MatrixXf(count * steps, size),
                     MatrixXf(count * steps, size)};
  for (Eigen::Index t = 0; t < steps; ++t) {
    std::map<TokenIds, Eigen::Index> rows;  // of each beginning
    std::vector<TokenIds> beginnings;
    for (const auto& ids : drawn.ids)
      if (rows.try_emplace(ids, static_cast<Eigen::Index>(beginnings.size())).second)
        beginnings.push_back(ids);
    const MatrixXf states = states_of(beginnings);
    const MatrixXf outputs = adapter_.forward(states), logits = head_.logits(outputs);
    const MatrixXf target_logits = head_.logits(target_.forward(states));

    MatrixXf at_outputs(count, size), at_logits(count, logits.cols());
    for (Eigen::Index n = 0; n < count; ++n) {
      TokenIds& ids = drawn.ids[static_cast<std::size_t>(n)];
      const Eigen::Index row = rows.at(ids);
      const TokenId token = draw_token(logits, row, rng);
      const double log_sum = log_sum_exp(logits, row);
      drawn.advantages(n, t) = static_cast<double>(logits(row, token)) - log_sum;
      drawn.target_values(n, t) = log_sum_exp(target_logits, row) + options_.logit_bias;
      drawn.states.row(n * steps + t) = states.row(row);
      at_outputs.row(n) = outputs.row(row);
      at_logits.row(n) = gradient_of(logits, row, log_sum, token);
      ids.push_back(token);
    }
    const MatrixXf pulled = head_.pull_back(at_outputs, at_logits);
    for (Eigen::Index n = 0; n < count; ++n) drawn.pulled.row(n * steps + t) = pulled.row(n);
  }
  return drawn;
}

TokenIds PromptPolicy::greedy(std::size_t length) const {
  std::vector<TokenIds> prompt(1);
  while (prompt.front().size() < length) {
    const MatrixXf logits = head_.logits(adapter_.forward(states_of(prompt)));
    prompt.front().push_back(best_tokens(allowed_, row_of(logits, 0), 1).front());
  }
  return prompt.front();
}

void PromptPolicy::learn(const DrawnPrompts& drawn, std::span<const double> rewards) {
  const SoftQLoss loss = soft_q_loss(drawn.advantages, drawn.target_values, rewards);
  const Eigen::Index steps = drawn.advantages.cols();
  MatrixXf at_outputs = drawn.pulled;
  for (Eigen::Index n = 0; n < drawn.advantages.rows(); ++n)
    for (Eigen::Index t = 0; t < steps; ++t)
      at_outputs.row(n * steps + t) *= static_cast<float>(loss.at_advantages(n, t));
  MatrixXf gradient = adapter_.backward(drawn.states, at_outputs);
  const double norm = std::sqrt(gradient.cast<double>().squaredNorm());
  if (norm > options_.gradient_clip) gradient *= static_cast<float>(options_.gradient_clip / norm);
  optimiser_.step(adapter_.parameters(), gradient);
}

MatrixXf PromptPolicy::states_of(std::span<const TokenIds> beginnings) const {
  std::vector<Template> questions;
  for (const auto& beginning : beginnings)
    questions.push_back(question(options_.context, beginning));
  return head_.vectors(questions);
}

// Over the allowed tokens, in order of their ids.
double PromptPolicy::log_sum_exp(const MatrixXf& logits, Eigen::Index row) const {
  float highest = logits(row, allowed_.front());
  for (const TokenId id : allowed_) highest = std::max(highest, logits(row, id));
  double sum = 0;
  for (const TokenId id : allowed_) sum += std::exp(static_cast<double>(logits(row, id) - highest));
  return static_cast<double>(highest) + std::log(sum);
}

TokenId PromptPolicy::draw_token(const MatrixXf& logits, Eigen::Index row, Rng& rng) const {
  const TokenIds best =
      best_tokens(allowed_, row_of(logits, row), static_cast<std::size_t>(options_.top_k));
  std::vector<double> reached;
  double sum = 0;
  for (const TokenId id : best)
    reached.push_back(sum += std::exp(static_cast<double>(logits(row, id) - logits(row, best[0]))));
  const auto place = std::upper_bound(reached.begin(), reached.end(), rng.uniform() * sum);
  return best[std::min(static_cast<std::size_t>(place - reached.begin()), best.size() - 1)];
}

// Of the token's log-probability among the allowed ones, with respect to the logits.
Eigen::RowVectorXf PromptPolicy::gradient_of(const MatrixXf& logits, Eigen::Index row,
                                             double log_sum, TokenId token) const {
  Eigen::RowVectorXf gradient = Eigen::RowVectorXf::Zero(logits.cols());
  for (const TokenId id : allowed_)
    gradient(id) = -static_cast<float>(std::exp(static_cast<double>(logits(row, id)) - log_sum));
  gradient(token) += 1;
  return gradient;
}

void PromptPolicy::save(State& state) const {
  const Optimiser::Memory& memory = optimiser_.memory();
  state.values["optimiser_step"] = memory.step;
  state.blobs["policy"] = matrix_to_bytes(adapter_.parameters());
  state.blobs["target"] = matrix_to_bytes(target_.parameters());
  state.blobs["first_moment"] = matrix_to_bytes(memory.first);
  state.blobs["second_moment"] = matrix_to_bytes(memory.second);
}

void PromptPolicy::restore(const State& state) {
  const Eigen::Index size = adapter_.parameters().cols();
  const auto read = [&](const char* name, Eigen::Index cols) {
    return matrix_from_bytes(state.blobs.at(name), cols == 0 ? 0 : 1, cols);
  };
  const auto step = state.values.at("optimiser_step").get<std::int64_t>();
  MatrixXf policy = read("policy", size), target = read("target", size);
  const Eigen::Index moments = step == 0 ? 0 : size;
  Optimiser::Memory memory{step, read("first_moment", moments), read("second_moment", moments)};
  adapter_.parameters() = std::move(policy);
  target_.parameters() = std::move(target);
  optimiser_.restore(std::move(memory));
}

}  // namespace prospect
