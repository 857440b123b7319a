#include "experiments/trial_scorer.h"

#include <doctest/doctest.h>

#include "tests/support/expect_error.h"
#include "tests/support/toy_model.h"

namespace prospect {
namespace {

using test::toy_task;
using test::ToyModel;

// A toy search of one strategy.
struct Bench {
  explicit Bench(std::size_t size = 16, RacingRule racing = RacingRule::halving)
      : task(toy_task(size)),
        chunked(model.scorer(), {}, [] {}),
        scorer(task, chunked, 1, racing) {}

  Proposal proposal(const std::string& words) const {
    Candidate candidate = task.manual.front().candidate;
    candidate.tmpl = Template({Field{.name = "text"}, Literal{" "},
                               TriggerSlots{model.vocabulary().encode(words, false)}, Literal{" "},
                               AnswerSlot{}});
    return {.entry = candidate};
  }
  Ask ask(const std::vector<std::string>& words, std::size_t keep = 0) const {
    Ask ask;
    ask.keep = keep;
    for (const auto& word : words) ask.proposals.push_back(proposal(word));
    return ask;
  }

  ToyModel model;
  Task task;
  ChunkedScorer chunked;
  TrialScorer scorer;
};

TEST_CASE("proposals are scored in order as far as the budget reaches, the rest is dropped") {
  Bench bench;
  Meter meter(40, 0);
  const auto results = bench.scorer.score(bench.ask({"w11", "w12", "w13", "w14"}), meter);

  CHECK(results[0].status == Status::scored);
  CHECK(results[1].status == Status::scored);
  CHECK(results[2].status == Status::dropped);
  CHECK(results[3].status == Status::dropped);
  CHECK(results[2].reason == "past the budget");
  CHECK(meter.spent() == 32);
  CHECK(bench.model.toy_scorer.num_rows == 32);
}

TEST_CASE("all proposals of an ask are scored in one call") {
  Bench bench;
  Meter meter(1000, 0);
  bench.scorer.score(bench.ask({"w11", "w12", "w13", "w14"}), meter);

  CHECK(bench.model.toy_scorer.num_calls == 1);
}

TEST_CASE("a cell that was scored counts again and is not scored again") {
  Bench bench;
  Meter meter(1000, 0);
  const auto first = bench.scorer.score(bench.ask({"w11"}), meter);
  Ask again = bench.ask({"w11", "w12"});
  again.proposals[0].examples = {3, 1};
  const auto second = bench.scorer.score(again, meter);

  CHECK(meter.spent() == 16 + 2 + 16);
  CHECK(bench.model.toy_scorer.num_rows == 32);
  CHECK(second[0].outcome.examples == std::vector<ExampleIndex>{3, 1});
  CHECK(second[0].outcome.rows[1].log_p == first[0].outcome.rows[1].log_p);
}

TEST_CASE("proposals that differ in their label words alone are charged one pass") {
  Bench bench;
  Ask ask = bench.ask({"w11", "w11", "w12"});
  std::get<Candidate>(ask.proposals[1].entry).verbalizer.labels[0].answers = {{"w40", {}}};
  Meter meter(32, 0);
  const auto results = bench.scorer.score(ask, meter);

  for (const auto& result : results) CHECK(result.status == Status::scored);
  CHECK(results[0].cost == 16);
  CHECK(results[1].cost == 0);
  CHECK(results[2].cost == 16);
  CHECK(meter.spent() == 32);

  Meter second(32, 0);  // in another ask it is another pass
  bench.scorer.score(bench.ask({"w11"}), second);
  CHECK(second.spent() == 16);
}

TEST_CASE("demonstrations show the label words, so prompts with them share no pass") {
  Bench bench;
  Ask ask = bench.ask({"w11", "w11"});
  for (auto& proposal : ask.proposals) {
    auto& candidate = std::get<Candidate>(proposal.entry);
    candidate.tmpl = Template::parse("{demos}{text} {mask}");
    candidate.demonstrations.example_ids = {"support-1"};
  }
  std::get<Candidate>(ask.proposals[1].entry).verbalizer.labels[0].answers = {{"w40", {}}};
  Meter meter(1000, 0);
  bench.scorer.score(ask, meter);

  CHECK(meter.spent() == 32);
}

TEST_CASE("a candidate that fails is a failed proposal and the others are scored") {
  Bench bench;
  Meter meter(1000, 0);
  const auto results = bench.scorer.score(bench.ask({"w11", "w12", "w50", "w13"}), meter);

  CHECK(results[2].status == Status::failed);
  CHECK(results[2].reason == "the word w50 fails");
  CHECK(results[2].outcome.rows.empty());
  CHECK(results[3].status == Status::scored);
  CHECK(meter.spent() == 64);  // requested work counts
}

TEST_CASE("a demonstration that is not in the support set fails its candidate alone") {
  Bench bench;
  Ask ask = bench.ask({"w11", "w12"});
  auto& candidate = std::get<Candidate>(ask.proposals[0].entry);
  candidate.tmpl = Template::parse("{demos}{text} {mask}");
  candidate.demonstrations.example_ids = {"dev-1"};
  Meter meter(1000, 0);
  const auto results = bench.scorer.score(ask, meter);

  CHECK(results[0].status == Status::failed);
  CHECK(results[0].reason.find("dev-1") != std::string::npos);
  CHECK(results[1].status == Status::scored);
}

TEST_CASE("demonstrations are put in before scoring") {
  Bench bench;
  Ask ask = bench.ask({"w11"});
  auto& candidate = std::get<Candidate>(ask.proposals[0].entry);
  candidate.tmpl = Template::parse("{demos}{text} {mask}");
  candidate.demonstrations.example_ids = {"support-1"};
  Meter meter(1000, 0);
  const auto results = bench.scorer.score(ask, meter);

  CHECK(results[0].status == Status::scored);
  CHECK(results[0].expanded.front().tmpl.text() == "w01 w10 good\n{text} {mask}");
}

TEST_CASE("a race keeps the best, scores no cell twice and spends less") {
  Bench bench(64);
  const std::vector<std::string> words = {"w11",         "w12",     "w13",         "w14 w15",
                                          "w10 w20 w30", "w10 w21", "w11 w22 w31", "w16"};
  Meter meter(100'000, 0);
  const auto results = bench.scorer.score(bench.ask(words, 1), meter);

  CHECK(results[4].status == Status::scored);
  CHECK(results[4].outcome.rows.size() == 64);
  CHECK(std::count_if(results.begin(), results.end(), [](const ScoredProposal& result) {
          return result.status == Status::scored;
        }) == 1);
  CHECK(meter.spent() == 8 * 8 + 4 * 8 + 2 * 16 + 1 * 32);
  CHECK(bench.model.toy_scorer.num_rows == meter.spent());
}

TEST_CASE("a spared proposal stays to the end of a race, and what it costs is kept free") {
  for (const std::int64_t room : {144, 160, 200, 300, 100'000}) {
    CAPTURE(room);
    Bench bench(64);
    Ask ask = bench.ask({"w11", "w10 w20 w30", "w10 w20", "w10 w20 w31", "w12", "w13"}, 1);
    ask.spared = 1;  // the worst of them
    Meter meter(room, 0);
    const auto results = bench.scorer.score(ask, meter);

    CHECK(results[0].status == Status::scored);
    CHECK(results[0].outcome.rows.size() == 64);
    CHECK(meter.spent() <= room);
    CHECK(std::count_if(results.begin(), results.end(), [](const ScoredProposal& result) {
            return result.status == Status::scored;
          }) == 2);
    std::int64_t cost = 0;
    for (const auto& result : results) cost += result.cost;
    CHECK(cost == meter.spent());  // what each was charged, exactly
  }
}

TEST_CASE("a race ranks by what the strategy ranks by") {
  // On the first block the two orders differ: who stays is the best half by one of them.
  const std::vector<std::string> words = {"w10", "w20", "w11 w12", "w13", "w14", "w15 w16"};
  for (const RankBy rank_by : {RankBy::metric, RankBy::log_likelihood}) {
    Bench bench(64);
    Ask ask = bench.ask(words, 1);
    ask.rank_by = rank_by;
    Meter meter(100'000, 0);
    const auto results = bench.scorer.score(ask, meter);
    const std::vector<ExampleIndex> block = [&] {  // what a loser of the first rung has seen
      for (const auto& result : results)
        if (result.outcome.examples.size() == 8) return result.outcome.examples;
      return std::vector<ExampleIndex>();
    }();
    REQUIRE(block.size() == 8);
    Ask on_block = bench.ask(words);
    for (auto& proposal : on_block.proposals) proposal.examples = block;
    Meter other(100'000, 0);
    const auto first = bench.scorer.score(on_block, other);
    const auto key = [&](std::size_t i) {
      const Evaluation& seen = first[i].evaluation;
      return rank_by == RankBy::metric ? std::pair(seen.value, seen.log_likelihood)
                                       : std::pair(seen.log_likelihood, seen.value);
    };
    for (std::size_t out = 0; out < words.size(); ++out)
      for (std::size_t in = 0; in < words.size(); ++in)
        if (results[out].outcome.examples.size() == 8 && results[in].outcome.examples.size() > 8)
          CHECK(key(in) > key(out));
  }
}

TEST_CASE("the winner of a race has the outcome of one that was scored at once") {
  Bench bench(64), alone(64);
  Meter meter(100'000, 0), other(100'000, 0);
  const auto raced = bench.scorer.score(bench.ask({"w11", "w10 w20 w30", "w12"}, 1), meter);
  const auto single = alone.scorer.score(alone.ask({"w10 w20 w30"}), other);

  REQUIRE(raced[1].status == Status::scored);
  CHECK(raced[1].outcome.examples == single[0].outcome.examples);
  CHECK(raced[1].evaluation.log_likelihood == single[0].evaluation.log_likelihood);
}

TEST_CASE("a race near the end of the budget still brings its best to the end") {
  for (const std::int64_t room : {64, 71, 72, 80, 100, 130}) {
    CAPTURE(room);
    Bench bench(64);
    Meter meter(room, 0);
    const auto results = bench.scorer.score(
        bench.ask({"w11", "w12", "w13", "w14", "w15", "w16", "w17", "w18"}, 1), meter);

    CHECK(meter.spent() <= room);
    CHECK(std::any_of(results.begin(), results.end(), [](const ScoredProposal& result) {
      return result.status == Status::scored;
    }));
  }
}

TEST_CASE("without racing an ask with keep is scored whole") {
  Bench bench(64, RacingRule::off);
  Meter meter(100'000, 0);
  const auto results = bench.scorer.score(bench.ask({"w11", "w12", "w13"}, 1), meter);

  CHECK(meter.spent() == 3 * 64);
  CHECK(results[2].status == Status::scored);
}

TEST_CASE("by default few dev examples are scored whole, and many are raced within the budget") {
  const std::vector<std::string> words = {"w11",         "w12",     "w13",         "w14 w15",
                                          "w10 w20 w30", "w10 w21", "w11 w22 w31", "w16"};
  Bench few(kLeastRaced - 2, RacingRule::standard), many(256, RacingRule::standard);
  Meter few_meter(100'000, 0), many_meter(100'000, 0);
  few.scorer.score(few.ask(words, 1), few_meter);
  const auto results = many.scorer.score(many.ask(words, 1), many_meter);

  CHECK(few_meter.spent() == static_cast<std::int64_t>(8 * (kLeastRaced - 2)));
  CHECK(results[4].status == Status::scored);
  CHECK(results[4].outcome.rows.size() == 256);
  CHECK(many_meter.spent() <= 8 * 256 / 4 + 256);
}

TEST_CASE("every racing rule finds the planted best and charges what it scored") {
  const std::vector<std::string> words = {"w11",         "w12",     "w13",         "w14 w15",
                                          "w10 w20 w30", "w10 w21", "w11 w22 w31", "w16"};
  for (const RacingRule rule : kRacingRules) {
    CAPTURE(name_of(rule));
    Bench bench(128, rule);
    Meter meter(100'000, 0);
    const auto results = bench.scorer.score(bench.ask(words, 1), meter);

    CHECK(results[4].status == Status::scored);
    CHECK(results[4].outcome.rows.size() == 128);
    CHECK(bench.model.toy_scorer.num_rows == meter.spent());
    std::int64_t cost = 0;
    for (const auto& result : results) cost += result.cost;
    CHECK(cost == meter.spent());
  }
}

TEST_CASE("no example is scored with itself among the demonstrations") {
  Bench bench;
  Ask ask = bench.ask({"w11"});
  auto& candidate = std::get<Candidate>(ask.proposals[0].entry);
  candidate.tmpl = Template::parse("{demos}{text} {mask}");
  candidate.demonstrations.example_ids = {"support-1", "support-2"};
  ask.proposals[0].pool = Pool::support;
  Ask rest = ask;
  std::get<Candidate>(rest.proposals[0].entry).demonstrations.example_ids = {"support-2"};
  Meter meter(1000, 0);

  const auto with = bench.scorer.score(ask, meter).front();
  const auto without = bench.scorer.score(rest, meter).front();

  REQUIRE(bench.task.support[1].id == "support-1");
  CHECK(with.outcome.rows[1].log_p == without.outcome.rows[1].log_p);
  CHECK(with.outcome.rows[3].log_p != without.outcome.rows[3].log_p);
}

TEST_CASE("an example that the pool does not have is a bug of the strategy") {
  Bench bench;
  Ask ask = bench.ask({"w11"});
  ask.proposals[0].examples = {16};
  Meter meter(1000, 0);

  test::expect_error(ErrorKind::internal, "found 16", [&] { bench.scorer.score(ask, meter); });
}

TEST_CASE("a proposal on an empty pool fails") {
  Bench bench;
  Ask ask = bench.ask({"w11"});
  ask.proposals[0].pool = Pool::unlabelled;
  Meter meter(1000, 0);

  CHECK(bench.scorer.score(ask, meter)[0].reason == "the pool 'unlabelled' has no examples");
}

}  // namespace
}  // namespace prospect
