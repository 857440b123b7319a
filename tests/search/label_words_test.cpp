// Searches of label words: what is read, how words are given to labels, what is proposed and paid.

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/files.h"
#include "search/answers/assignment.h"
#include "search/answers/probe.h"
#include "search/detail/room.h"
#include "tests/support/check_close.h"
#include "tests/support/drive.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"

namespace prospect {
namespace {

using test::drive;
using test::Drive;
using test::make_toy_strategy;
using test::toy_task;
using test::ToyModel;

// The label words of a proposal's first answers.
std::vector<std::string> first_words(const Proposal& proposal) {
  std::vector<std::string> words;
  for (const auto& label : std::get<Candidate>(proposal.entry).verbalizer.labels)
    words.push_back(label.answers.front().text);
  return words;
}

MatrixXd matrix(std::initializer_list<std::initializer_list<double>> rows) {
  MatrixXd result(static_cast<Eigen::Index>(rows.size()),
                  static_cast<Eigen::Index>(rows.begin()->size()));
  Eigen::Index r = 0;
  for (const auto& row : rows) {
    Eigen::Index c = 0;
    for (const double value : row) result(r, c++) = value;
    ++r;
  }
  return result;
}

TEST_CASE("every search by labels finds the words that the model says for them") {
  const Task task = toy_task();
  for (const char* name : {"label_probe", "label_prune", "label_ratio"}) {
    CAPTURE(name);
    ToyModel model;
    const auto strategy = make_toy_strategy(name, {{"own_words", false}}, task, model, 1);
    const Drive run = drive(*strategy, task, model, 1000);
    REQUIRE(run.asks.size() == 1);
    CHECK(first_words(run.asks[0][0]) == std::vector<std::string>{"w40", "w41"});
  }
}

TEST_CASE("verbalizers of one prompt share their passes: reading and dev are paid once") {
  const Task task = toy_task();
  for (const char* name : {"label_probe", "label_prune", "label_ratio"}) {
    CAPTURE(name);
    ToyModel model;
    const auto strategy = make_toy_strategy(name, Json::object(), task, model, 1);
    const Drive run = drive(*strategy, task, model, 1000);
    REQUIRE(run.asks.size() == 1);
    CHECK(run.asks[0].size() > 5);
    CHECK(run.spent == 16 + 16);
    CHECK(run.exhausted);
    CHECK(first_words(run.asks[0][0]) == std::vector<std::string>{"bad", "good"});  // its own
  }
}

TEST_CASE("each prompt is searched while the budget lasts") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("label_ratio", {{"prompts", 0}}, task, model, 1);
  CHECK(drive(*strategy, task, model, 1000).asks.size() == 2);
  const auto poor = make_toy_strategy("label_ratio", {{"prompts", 0}}, task, model, 1);
  CHECK(drive(*poor, task, model, 63).asks.size() == 1);
}

TEST_CASE("an ask's cost counts a shared pass once, and other prompts and pools apart") {
  const Task task = toy_task();
  ToyModel model;
  SearchContext context{task, model.vocabulary(), model.scorer(), model.oracles(), {},
                        {},   Rng(1, "x")};
  const Candidate first = task.manual[0].candidate;
  Candidate other_words = first;
  other_words.verbalizer.labels[0].answers = {{"w11", {}}};
  AskCost cost(context);
  CHECK(cost.add({first, Pool::dev, {}, {}}) == 16);
  CHECK(cost.of({other_words, Pool::dev, {}, {}}) == 0);
  CHECK(cost.add({other_words, Pool::dev, {}, {}}) == 0);
  CHECK(cost.add({other_words, Pool::support, {0, 1}, {}}) == 2);
  CHECK(cost.add({first, Pool::support, {1, 2}, {}}) == 1);
  CHECK(cost.add({task.manual[1].candidate, Pool::dev, {}, {}}) == 16);

  context.spec.rule = AnswerRule::parallel;  // answers of other lengths are other prompts
  AskCost by_length(context);
  CHECK(by_length.add({first, Pool::dev, {}, {}}) == 16);
  CHECK(by_length.add({other_words, Pool::dev, {}, {}}) == 16);
}

TEST_CASE("searches by labels are refused without labelled support examples") {
  Task task = toy_task();
  for (auto& example : task.support) example.label = -1;
  ToyModel model;
  for (const char* name : {"label_probe", "label_prune", "label_ratio"})
    test::expect_error(ErrorKind::input, "expected labelled support examples",
                       [&] { make_toy_strategy(name, Json::object(), task, model, 1); });
  for (const char* name : {"label_decompose", "label_expand", "label_paraphrase"})
    CHECK_NOTHROW(make_toy_strategy(name, Json::object(), task, model, 1));
}

TEST_CASE("a decomposed label answers with the words of its name") {
  Task task = toy_task();
  task.labels = {"w10:w11_of_w12", "w20W21"};
  for (auto& manual : task.manual)
    manual.candidate.verbalizer.labels = {{task.labels[0], {{"bad", {}}}},
                                          {task.labels[1], {{"good", {}}}}};
  for (auto& example : task.dev)
    example.gold = task.labels[static_cast<std::size_t>(example.label)];
  ToyModel model;
  const auto strategy =
      make_toy_strategy("label_decompose", {{"own_words", false}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 1000);
  REQUIRE(run.asks.size() == 1);
  CHECK(run.spent == 16);
  const auto& verbalizer = std::get<Candidate>(run.asks[0][0].entry).verbalizer;
  CHECK(verbalizer.combination == AnswerCombination::mean);
  CHECK(verbalizer.labels[0].answers == std::vector<Answer>{{"w10", {}}, {"w11", {}}, {"w12", {}}});
  CHECK(verbalizer.labels[1].answers == std::vector<Answer>{{"w20", {}}, {"w21", {}}});
  CHECK(first_words(run.asks[0].back()) == std::vector<std::string>{"w12", "w21"});
}

TEST_CASE("paraphrases come of a file in its order, and none stands for two labels") {
  const test::ScratchFolder folder;
  const auto file = folder.path() / "words.txt";
  write_file(file, "# synonyms\nbad: w10, no such word, w11, w12\ngood: w10, w20\n");
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy(
      "label_paraphrase", {{"own_words", false}, {"thesaurus", file.string()}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 1000);
  REQUIRE(run.asks.size() == 1);
  CHECK(run.spent == 16);
  REQUIRE(run.asks[0].size() == 3);
  const auto& labels = std::get<Candidate>(run.asks[0][2].entry).verbalizer.labels;
  CHECK(labels[0].answers ==
        std::vector<Answer>{{"bad", {}}, {"w10", {}}, {"w11", {}}, {"w12", {}}});
  CHECK(labels[1].answers == std::vector<Answer>{{"good", {}}, {"w20", {}}});
}

TEST_CASE("the LM's own paraphrases cost a forward for each word and pattern") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("label_paraphrase", Json::object(), task, model, 1);
  const Drive run = drive(*strategy, task, model, 1000);
  CHECK(run.spent == 2 * 4 + 16);
  std::set<std::string> seen;
  for (const auto& label : std::get<Candidate>(run.asks[0].back().entry).verbalizer.labels)
    for (const auto& answer : label.answers) CHECK(seen.insert(answer.text).second);
}

TEST_CASE("a word list must name the task's labels and give each a word") {
  const test::ScratchFolder folder;
  const auto file = folder.path() / "words.txt";
  const Task task = toy_task();
  const auto run_with = [&](const std::string& text) {
    write_file(file, text);
    ToyModel model;
    const auto strategy =
        make_toy_strategy("label_expand", {{"words", file.string()}}, task, model, 1);
    return drive(*strategy, task, model, 1000);
  };
  CHECK(run_with("bad=w40|w42\ngood=w41|w43\n").asks[0].size() > 1);
  test::expect_error(ErrorKind::input, "did you mean", [&] { run_with("bad=w40\ngoot=w41\n"); });
  test::expect_error(ErrorKind::input, "expected words for every label, found none for 'good'",
                     [&] { run_with("bad=w40\n"); });
}

TEST_CASE("distinct ranking gives a word to the label that it suits best") {
  const MatrixXd scores = matrix({{3, 2, 5, 0}, {1, 4, 6, 0}});
  CHECK(distinct_ranking(scores, 2) == RankedWords{{0, 3}, {2, 1}});
  CHECK(ranking(scores, 2) == RankedWords{{2, 0}, {2, 1}});
}

TEST_CASE("the best distinct assignment is the best of all permutations") {
  Rng rng(3, "gains");
  for (int round = 0; round < 50; ++round) {
    MatrixXd gains(4, 6);
    for (Eigen::Index i = 0; i < gains.size(); ++i) gains(i) = rng.uniform();
    const auto total = [&](const std::vector<std::size_t>& columns) {
      double sum = 0;
      for (std::size_t r = 0; r < 4; ++r)
        sum += gains(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(columns[r]));
      return sum;
    };
    std::vector<std::size_t> columns{0, 1, 2, 3, 4, 5};
    double best = 0;
    do best = std::max(best, total(columns));
    while (std::next_permutation(columns.begin(), columns.end()));
    CHECK(std::abs(total(best_distinct(gains)) - best) < 1e-12);
  }
}

TEST_CASE("ascent reaches what enumeration finds, and never uses a word twice") {
  Rng rng(5, "words");
  int reached = 0;
  for (int round = 0; round < 20; ++round) {
    MatrixXd log_p(12, 9);
    std::vector<std::int32_t> labels;
    for (Eigen::Index r = 0; r < log_p.rows(); ++r) {
      labels.push_back(static_cast<std::int32_t>(r % 3));
      for (Eigen::Index w = 0; w < log_p.cols(); ++w)
        log_p(r, w) = 2 * rng.uniform() - (w % 3 == r % 3 ? 3 : 4);
    }
    const AssignmentSearch search(log_p, labels, AssignmentObjective::accuracy, 5);
    const RankedWords lists{{0, 1, 2, 3, 4}, {1, 4, 5, 7}, {2, 5, 8, 1}};
    const auto all = search.enumerate(lists);
    const auto climbed = search.ascend(lists, {0, 1, 2}, 10);
    REQUIRE(all.size() == 5);
    for (const auto* found : {&all, &climbed})
      for (const auto& assignment : *found)
        CHECK(std::set<std::size_t>(assignment.words.begin(), assignment.words.end()).size() == 3);
    reached += climbed.front().words == all.front().words ? 1 : 0;
    CHECK(climbed.front().accuracy <= all.front().accuracy);
  }
  CHECK(reached >= 12);
}

TEST_CASE("a probe tells two clouds apart, and passes over rows without a label") {
  MatrixXf vectors(6, 2);
  vectors << 1, 0, 2, 1, 1, 1, -1, 0, -2, -1, 50, 50;
  const std::vector<std::int32_t> labels{0, 0, 0, 1, 1, -1};
  const LinearProbe probe = fit_probe(vectors, labels, 2, 0.01, 300);
  for (Eigen::Index r = 0; r < 5; ++r) {
    const VectorXd logits = probe.weights * vectors.row(r).transpose().cast<double>() + probe.bias;
    CHECK((logits(0) > logits(1)) == (labels[static_cast<std::size_t>(r)] == 0));
  }
}

}  // namespace
}  // namespace prospect
