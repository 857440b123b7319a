// The policy network, its loss, and the strategy on top of them.

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "core/error.h"
#include "search/policy/head_adapter.h"
#include "search/policy/prompt_policy.h"
#include "search/policy/soft_q.h"
#include "search/registry.h"
#include "tests/contract/strategy_contract.h"
#include "tests/support/check_close.h"
#include "tests/support/drive.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::check_close;
using test::drive;
using test::Drive;
using test::make_toy_strategy;
using test::toy_task;
using test::ToyModel;

const Json kQuick = {{"triggers", 3},       {"hidden_size", 32}, {"learning_rate", 0.01},
                     {"target_rate", 0.05}, {"initial_gain", 1}, {"reward_examples", 8},
                     {"eval_every", 5}};

TEST_CASE("the adapter's gradient agrees with central finite differences") {
  Rng rng(3, "adapter");
  HeadAdapter adapter(4, 6, 1, rng);
  for (Eigen::Index i = 0; i < adapter.parameters().cols(); ++i)
    adapter.parameters()(0, i) = static_cast<float>(rng.uniform() - 0.5);
  MatrixXf states(3, 4), weights(3, 4);
  for (Eigen::Index i = 0; i < states.size(); ++i) {
    states.data()[i] = static_cast<float>(rng.uniform() - 0.5);
    weights.data()[i] = static_cast<float>(rng.uniform() - 0.5);
  }
  const auto loss = [&] {
    return adapter.forward(states).cast<double>().cwiseProduct(weights.cast<double>()).sum();
  };
  const MatrixXf gradient = adapter.backward(states, weights);
  REQUIRE(gradient.cols() == 4 * 6 * 2 + 6 + 4);
  constexpr float kStep = 1e-3F;
  for (Eigen::Index i = 0; i < gradient.cols(); ++i) {
    const float before = adapter.parameters()(0, i);
    adapter.parameters()(0, i) = before + kStep;
    const double up = loss();
    adapter.parameters()(0, i) = before - kStep;
    const double down = loss();
    adapter.parameters()(0, i) = before;
    check_close(gradient(0, i), (up - down) / (2.0 * static_cast<double>(kStep)), 1e-3);
  }
}

TEST_CASE("the adapter starts as published: almost silent") {
  Rng rng(3, "adapter");
  const HeadAdapter adapter(16, 2048, 1e-4, rng);
  const MatrixXf outputs = adapter.forward(MatrixXf::Ones(1, 16));
  CHECK(outputs.cwiseAbs().maxCoeff() < 1e-3F);
  CHECK(adapter.parameters().cwiseAbs().maxCoeff() <= 1e-4F);
}

TEST_CASE("soft Q's loss is nothing where the policy is the target and earns what it expects") {
  // One token: V' = 2, and an advantage of reward - V'.
  MatrixXd advantages(1, 1), values(1, 1);
  advantages << -0.5;
  values << 2;
  CHECK(soft_q_loss(advantages, values, std::vector<double>{1.5}).value == 0);
  // Two: A_1 = V'_2 - V'_1, A_2 = reward - V'_2.
  MatrixXd two(1, 2), two_values(1, 2);
  two << -1, -2;
  two_values << 4, 3;
  const SoftQLoss loss = soft_q_loss(two, two_values, std::vector<double>{1.0});
  CHECK(loss.value == 0);
  CHECK(loss.at_advantages.cwiseAbs().maxCoeff() == 0);
}

TEST_CASE("soft Q's gradient agrees with central finite differences") {
  Rng rng(5, "soft q");
  MatrixXd advantages(3, 4), values(3, 4);
  for (Eigen::Index i = 0; i < advantages.size(); ++i) {
    advantages.data()[i] = -rng.uniform();
    values.data()[i] = 3 * rng.uniform();
  }
  const std::vector<double> rewards = {1, -2, 0.5};
  const SoftQLoss loss = soft_q_loss(advantages, values, rewards);
  for (Eigen::Index i = 0; i < advantages.size(); ++i) {
    MatrixXd up = advantages, down = advantages;
    up.data()[i] += 1e-5;
    down.data()[i] -= 1e-5;
    const double slope =
        (soft_q_loss(up, values, rewards).value - soft_q_loss(down, values, rewards).value) / 2e-5;
    check_close(loss.at_advantages.data()[i], slope, 1e-6);
  }
}

TEST_CASE("rewards of a step are standardised over its prompts, and equal ones become nothing") {
  const auto scores = z_scores(std::vector<double>{1, 3});
  check_close(scores[0], -1, 1e-3);
  check_close(scores[1], 1, 1e-3);
  for (const double score : z_scores(std::vector<double>{7, 7, 7})) CHECK(score == 0);
}

TEST_CASE(
    "a policy's advantages are log-probabilities among the allowed tokens, and learning "
    "makes a rewarded token likelier") {
  ToyModel model;
  Rng rng(7, "policy");
  PromptPolicyOptions options;
  options.hidden_size = 32;
  options.learning_rate = 0.01;
  options.initial_gain = 1;
  options.target_rate = 0.05;
  PromptPolicy policy(options, *model.oracles().head(), {10, 11, 12, 13}, rng);
  const auto share = [](const DrawnPrompts& drawn) {
    double count = 0;
    for (const auto& ids : drawn.ids) count += ids[0] == 12 ? 1 : 0;
    return count / static_cast<double>(drawn.ids.size());
  };
  const DrawnPrompts first = policy.draw(64, 2, rng);
  CHECK(model.toy_oracles.num_head_rows <= PromptPolicy::draw_cost(64, 2));
  for (const auto& ids : first.ids)
    for (const TokenId id : ids) CHECK((id >= 10 && id <= 13));
  for (Eigen::Index n = 0; n < 64; ++n) CHECK(first.advantages(n, 0) < -0.3);
  CHECK(share(first) < 0.5);
  for (int step = 0; step < 200; ++step) {
    const DrawnPrompts drawn = policy.draw(16, 2, rng);
    std::vector<double> rewards;
    for (const auto& ids : drawn.ids) rewards.push_back(ids[0] == 12 ? 5 : -5);
    policy.learn(drawn, rewards);
  }
  CHECK(share(policy.draw(64, 2, rng)) > 0.9);
  CHECK(policy.greedy(2)[0] == 12);
}

TEST_CASE(
    "rlprompt draws sixteen prompts of five tokens a step, and scores the greedy one on dev "
    "after ten") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("rlprompt", {{"hidden_size", 8}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 100'000, 12);

  REQUIRE(run.asks.size() == 12);
  for (std::size_t a = 1; a < 11; ++a) {
    CHECK(run.asks[a].size() <= 16);
    for (const auto& proposal : run.asks[a]) {
      CHECK(proposal.pool == Pool::support);
      const auto& tmpl = std::get<Candidate>(proposal.entry).tmpl;
      CHECK(tmpl.triggers().empty());  // written as text
      CHECK(model.vocabulary().encode(tmpl.text(), false).size() == 1 + 5 + 2);
    }
  }
  REQUIRE(run.asks[11].size() == 1);
  CHECK(run.asks[11][0].pool == Pool::dev);
  CHECK(run.asks[11][0].provenance.note == "greedy after step 10");
}

TEST_CASE("rlprompt scores its last greedy prompt where the room for another step is gone") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("rlprompt", {{"hidden_size", 8}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 16 + 2 * (16 * 16 + 65) + 21 + 5);
  CHECK(run.asks.back()[0].provenance.note == "greedy after step 2");
}

TEST_CASE("rlprompt scores the best drawn prompt on dev where it is asked to") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy =
      make_toy_strategy("rlprompt", {{"hidden_size", 8}, {"score_best", true}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 100'000, 3);
  REQUIRE(run.asks.size() == 3);
  CHECK(run.asks[2][0].provenance.note == "best reward after step 1");
}

TEST_CASE("rlprompt keeps the contract under the options that change its rounds") {
  Json options = kQuick;
  options["score_best"] = true;
  test::check_strategy_contract("rlprompt", options);
  options["retokenise"] = "strict";
  test::check_strategy_contract("rlprompt", options);
}

TEST_CASE("rlprompt finds better prompts than random draws at equal cost") {
  test::check_beats_random("rlprompt", kQuick);
}

}  // namespace
}  // namespace prospect
