#include "experiments/charged_oracles.h"

#include <doctest/doctest.h>

#include "tests/support/expect_error.h"
#include "tests/support/toy_model.h"

namespace prospect {
namespace {

TEST_CASE("a gradient row costs 3, before it is computed, and none is computed past the room") {
  test::ToyModel model;
  const Task task = test::toy_task();
  ChargedOracles oracles(model.oracles(), [] {});
  Meter meter(100, 0);
  oracles.charge_to(&meter);
  const Candidate& candidate = task.manual.front().candidate;

  oracles.gradient()->at_tokens(candidate, task.support, {});  // 16 rows
  CHECK(meter.spent() == 48);
  oracles.gradient()->at_tokens(candidate, task.support, {});
  CHECK(meter.spent() == 96);
  CHECK_THROWS_AS(oracles.gradient()->at_tokens(candidate, task.support, {}), OutOfRoom);
  CHECK(meter.spent() == 96);
  CHECK(model.toy_oracles.num_gradient_rows == 32);

  const auto uses = oracles.take_uses();
  REQUIRE(uses.size() == 1);
  CHECK(uses[0].calls == 2);
  CHECK(uses[0].cost == 96);
  CHECK(oracles.take_uses().empty());
}

TEST_CASE("reading embeddings costs nothing") {
  test::ToyModel model;
  ChargedOracles oracles(model.oracles(), [] {});
  const TokenIds ids{10, 11};
  const MatrixXf rows = oracles.gradient()->embeddings(ids);

  CHECK(rows.rows() == 2);
  CHECK(oracles.take_uses().empty());
}

TEST_CASE("a vector before the head costs a forward, its logits and their gradients nothing") {
  test::ToyModel model;
  ChargedOracles oracles(model.oracles(), [] {});
  Meter meter(100, 0);
  oracles.charge_to(&meter);
  const std::vector<Template> texts(3, Template::parse("w01 {mask}"));
  const MatrixXf vectors = oracles.head()->vectors(texts);
  const MatrixXf logits = oracles.head()->logits(vectors);
  oracles.head()->pull_back(vectors, logits);

  CHECK(meter.spent() == 3);
  REQUIRE(oracles.take_uses().size() == 1);
}

TEST_CASE("an oracle that the model lacks is lacking in the wrapper") {
  test::ToyModel model;
  ChargedOracles oracles(model.oracles(), [] {});

  CHECK(oracles.has(OracleKind::gradient));
  CHECK(!oracles.has(OracleKind::paraphrase));
}

TEST_CASE("an oracle called outside of ask is a bug of the strategy") {
  test::ToyModel model;
  const Task task = test::toy_task();
  ChargedOracles oracles(model.oracles(), [] {});

  test::expect_error(ErrorKind::internal, "inside `ask`", [&] {
    oracles.gradient()->at_tokens(task.manual.front().candidate, task.support, {});
  });
}

}  // namespace
}  // namespace prospect
