#include "core/scorer.h"

#include <doctest/doctest.h>

#include <cmath>

#include "core/log_space.h"
#include "scoring/model.h"
#include "tests/scoring/tiny_checkpoint.h"
#include "tests/support/check_close.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"

namespace prospect::test {
namespace {

std::unique_ptr<Model> open_tiny() {
  const ScratchFolder folder;
  return open_model(TinyCheckpoint().write(folder.path()), {.num_threads = 2});
}

Candidate candidate(const std::string& tmpl, const std::vector<std::string>& bad,
                    const std::vector<std::string>& good) {
  Candidate result{.tmpl = Template::parse(tmpl)};
  for (const auto& words : {bad, good}) {
    LabelAnswers label{words.front(), {}};
    for (const auto& word : words) label.answers.push_back({word, {}});
    result.verbalizer.labels.push_back(label);
  }
  return result;
}

std::vector<RowOutcome> score(Model& model, const std::vector<Candidate>& candidates,
                              const std::vector<Example>& examples, const ScoringSpec& spec = {}) {
  std::vector<Row> rows;
  for (std::uint32_t c = 0; c < candidates.size(); ++c)
    for (std::uint32_t e = 0; e < examples.size(); ++e) rows.push_back({c, e});
  return model.scorer().score(
      {.candidates = candidates, .examples = examples, .answers = {}, .rows = rows, .spec = spec});
}

// Log-probabilities over the vocabulary at one position, by a forward pass of that row alone.
std::vector<double> plain_log_probs(Model& model, const std::vector<TokenId>& ids,
                                    const std::vector<std::int32_t>& types, std::uint32_t at) {
  const MatrixXf logits = model.logits({ids, types}, {&at, 1});
  std::vector<double> row(logits.data(), logits.data() + logits.size());
  log_normalise(row);
  return row;
}

// An answer's log-probability by a plain loop over its tokens.
double plain_answer(Model& model, const Candidate& candidate, const Example& example,
                    const std::string& text, AnswerRule rule) {
  const auto needed = model.vocabulary().encode_answer(candidate.tmpl, {text, {}});
  Filled filled = model.vocabulary().fill(candidate.tmpl, example, needed.size());
  std::vector<bool> done(needed.size(), false);
  std::vector<std::vector<double>> first;
  for (const auto slot : filled.answer_slots)
    first.push_back(plain_log_probs(model, filled.ids, filled.type_ids, slot));
  double sum = 0;
  for (std::size_t step = 0; step < needed.size(); ++step) {
    std::size_t chosen = needed.size();
    double best = 0;
    for (std::size_t i = 0; i < needed.size(); ++i) {
      if (done[i]) continue;
      const auto slot = filled.answer_slots[i];
      const auto log_p = rule == AnswerRule::parallel
                             ? first[i]
                             : plain_log_probs(model, filled.ids, filled.type_ids, slot);
      const double value = log_p[static_cast<std::size_t>(needed[i])];
      const bool better = rule == AnswerRule::most_confident && value > best;
      if (chosen == needed.size() || better) {
        chosen = i;
        best = value;
      }
    }
    done[chosen] = true;
    filled.ids[filled.answer_slots[chosen]] = needed[chosen];
    sum += best;
  }
  return sum;
}

}  // namespace

TEST_CASE("scores equal a plain loop over rows, for both answer spaces") {
  const auto model = open_tiny();
  const auto examples = tiny_examples(12);
  const std::vector<Candidate> candidates = {
      candidate("{text} it was {mask} .", {"bad", "dull"}, {"good", "great"}),
      candidate("a {mask} movie : {text}", {"sad"}, {"happy"}),
      candidate("{text} {sep} {trigger=7,8,9} {mask}", {"bad"}, {"good"}),
      candidate("{text} {sep} {trigger=9,_,20} {mask}", {"bad"}, {"good"})};

  for (const AnswerSpace space : {AnswerSpace::labels, AnswerSpace::vocabulary}) {
    const auto outcomes = score(*model, candidates, examples, {.space = space});
    std::size_t next = 0;
    for (const auto& entry : candidates)
      for (const auto& example : examples) {
        const RowOutcome& outcome = outcomes[next++];
        REQUIRE(!outcome.failure);
        const auto answers = flatten(entry.verbalizer);
        std::vector<double> expected;
        for (const auto& answer : answers)
          expected.push_back(
              plain_answer(*model, entry, example, answer.text, AnswerRule::parallel));
        if (space == AnswerSpace::labels) {
          log_normalise(expected);
          CHECK(std::isnan(outcome.coverage));
        } else {
          double mass = 0;
          for (const double value : expected) mass += std::exp(value);
          check_close(outcome.coverage, mass, 1e-5);
        }
        REQUIRE(outcome.log_p.size() == answers.size());
        for (std::size_t a = 0; a < answers.size(); ++a)
          check_close(outcome.log_p[a], expected[a], 1e-5);
        CHECK(outcome.num_forwards == 1);
      }
  }
}

TEST_CASE("answers of several tokens equal a plain loop under every rule") {
  const auto model = open_tiny();
  const auto examples = tiny_examples(5);
  // 'greatly' and 'dullness' have two pieces, 'unhappyly' has three.
  const auto entry =
      candidate("{text} it was {mask} .", {"bad", "dullness", "unhappyly"}, {"good", "greatly"});

  for (const AnswerRule rule :
       {AnswerRule::parallel, AnswerRule::left_to_right, AnswerRule::most_confident}) {
    CAPTURE(name_of(rule));
    const ScoringSpec spec{.rule = rule, .space = AnswerSpace::vocabulary};
    const auto outcomes = score(*model, {entry}, examples, spec);
    // Lengths 1, 2 and 3; then 1 + 1 + 2 further passes where masks are filled in turn.
    const std::int64_t cost = rule == AnswerRule::parallel ? 3 : 7;
    CHECK(model->scorer().cost(entry, spec) == cost);
    for (std::size_t e = 0; e < examples.size(); ++e) {
      REQUIRE(!outcomes[e].failure);
      CHECK(outcomes[e].num_forwards == cost);
      const auto answers = flatten(entry.verbalizer);
      for (std::size_t a = 0; a < answers.size(); ++a)
        check_close(outcomes[e].log_p[a],
                    plain_answer(*model, entry, examples[e], answers[a].text, rule), 2e-5);
    }
  }
}

TEST_CASE("the length norm divides by tokens, characters or bytes") {
  const auto model = open_tiny();
  const auto examples = tiny_examples(2);
  const auto entry = candidate("{text} {mask}", {"dullness"}, {"good"});
  const auto log_p = [&](LengthNorm norm) {
    const ScoringSpec spec{
        .rule = AnswerRule::parallel, .norm = norm, .space = AnswerSpace::vocabulary};
    return score(*model, {entry}, examples, spec).front().log_p;
  };
  const auto sum = log_p(LengthNorm::sum);

  CHECK(log_p(LengthNorm::tokens) == std::vector<double>{sum[0] / 2, sum[1]});
  CHECK(log_p(LengthNorm::characters) == std::vector<double>{sum[0] / 8, sum[1] / 4});
  CHECK(log_p(LengthNorm::bytes) == log_p(LengthNorm::characters));
}

TEST_CASE("label log-probabilities sum to one, whatever rule and norm") {
  const auto model = open_tiny();
  const auto examples = tiny_examples(3);
  const auto entry = candidate("{text} {mask}", {"dullness"}, {"good"});

  for (const LengthNorm norm : {LengthNorm::sum, LengthNorm::characters}) {
    const ScoringSpec spec{.rule = AnswerRule::left_to_right, .norm = norm};
    for (const auto& outcome : score(*model, {entry}, examples, spec))
      check_close(std::exp(outcome.log_p[0]) + std::exp(outcome.log_p[1]), 1, 1e-12);
  }
}

TEST_CASE("the gold answer's rank counts the tokens that are at least as likely") {
  const auto model = open_tiny();
  const auto examples = tiny_examples(6);
  const auto entry = candidate("{text} it was {mask}", {"sad"}, {"happy"});
  const auto outcomes = score(*model, {entry}, examples, {.space = AnswerSpace::vocabulary});

  for (std::size_t e = 0; e < examples.size(); ++e) {
    const Filled filled = model->vocabulary().fill(entry.tmpl, examples[e]);
    const MatrixXf logits = model->logits({filled.ids, filled.type_ids}, filled.answer_slots);
    const auto gold = model->vocabulary().encode_answer(entry.tmpl, {examples[e].gold, {}}).front();
    CHECK(outcomes[e].gold_rank == (logits.array() >= logits(0, gold)).count());
  }
}

TEST_CASE("what cannot be scored is a failure with its reason, and its neighbours are scored") {
  const auto model = open_tiny();
  const auto examples = tiny_examples(2);
  const std::vector<Candidate> candidates = {
      candidate("{text} {mask}", {"bad"}, {"good"}),
      candidate("{text} {mask}", {"dullness"}, {"good"}),
      candidate("{text} {mask}", {"zzz"}, {"good"}),
      candidate("{other} {mask}", {"bad"}, {"good"}),
      candidate("{trigger:40} {text} {mask}", {"bad"}, {"good"}),
      candidate("{trigger=7,4000} {text} {mask}", {"bad"}, {"good"}),
      candidate("{tokens:4000} {text} {mask}", {"bad"}, {"good"}),
      Candidate{.tmpl = Template::parse("{text} {mask}")},
      Candidate{.tmpl = Template::parse("{text}", {.any_number_of_masks = true}),
                .verbalizer = candidate("{mask}", {"bad"}, {"good"}).verbalizer}};
  const std::vector<std::string> reasons = {"",
                                            "'dullness' has 2 tokens (dull ##ness)",
                                            "'zzz' cannot be written",
                                            "no field 'other'",
                                            "at most 32 tokens",
                                            "4000",
                                            "4000",
                                            "at least one answer",
                                            "expected 1 answer slots"};

  const auto outcomes = score(*model, candidates, examples);

  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const std::string& reason = reasons[i / examples.size()];
    CAPTURE(reason);
    CHECK(outcomes[i].failure.has_value() == !reason.empty());
    if (!outcomes[i].failure) continue;
    INFO("found: ", outcomes[i].failure->reason);
    CHECK(outcomes[i].failure->reason.find(reason) != std::string::npos);
    CHECK(outcomes[i].log_p.empty());
  }
}

TEST_CASE("an answer given as ids is taken as it is") {
  const auto model = open_tiny();
  const auto examples = tiny_examples(3);
  Candidate by_id = candidate("{text} {mask}", {"bad"}, {"good"});
  by_id.verbalizer.labels[0].answers[0].ids = {15};    // bad
  by_id.verbalizer.labels[1].answers[0] = {"", {14}};  // good
  Candidate unknown = by_id;
  unknown.verbalizer.labels[1].answers[0].ids = {36};

  const auto given = score(*model, {by_id}, examples);
  const auto spelt = score(*model, {candidate("{text} {mask}", {"bad"}, {"good"})}, examples);

  for (std::size_t i = 0; i < given.size(); ++i) CHECK(given[i].log_p == spelt[i].log_p);
  CHECK(score(*model, {unknown}, examples)[0].failure);
}

TEST_CASE("a request's answers replace those of every candidate") {
  const auto model = open_tiny();
  const auto examples = tiny_examples(2);
  const std::vector<Candidate> candidates = {candidate("{text} {mask}", {"bad"}, {"good"})};
  const std::vector<Answer> answers = {{"sad", {}}, {"happy", {}}, {"dull", {}}};
  const std::vector<Row> rows = {{0, 1}};

  const auto outcomes = model->scorer().score({.candidates = candidates,
                                               .examples = examples,
                                               .answers = answers,
                                               .rows = rows,
                                               .spec = {.space = AnswerSpace::vocabulary}});

  REQUIRE(outcomes.front().log_p.size() == 3);
  check_close(outcomes.front().log_p[1],
              plain_answer(*model, candidates[0], examples[1], "happy", AnswerRule::parallel),
              1e-5);
}

TEST_CASE("an answer's logit does not depend on what other answers are asked for") {
  const auto model = open_tiny();
  const auto examples = tiny_examples(4);
  const auto two = score(*model, {candidate("{text} {mask}", {"bad"}, {"good"})}, examples);
  const auto five = score(
      *model, {candidate("{text} {mask}", {"sad", "bad", "dull"}, {"great", "good"})}, examples);

  for (std::size_t e = 0; e < examples.size(); ++e) {
    const auto& log_p = five[e].log_p;
    check_close(log_p[1] - log_p[4], two[e].log_p[0] - two[e].log_p[1], 1e-12);
  }
}

TEST_CASE("rows of equal content are computed once") {
  const auto model = open_tiny();
  const auto examples = tiny_examples(3);
  const std::vector<Candidate> candidates = {candidate("{text} {mask}", {"bad"}, {"good"}),
                                             candidate("{text} {mask}", {"sad"}, {"happy"}),
                                             candidate("the {text} {mask}", {"sad"}, {"happy"})};
  const auto before = model->num_forwards_run();

  score(*model, candidates, examples);

  CHECK(model->num_forwards_run() - before == 6);
}

TEST_CASE("bfloat16 scores lie near those of float32, or the processor's lack of it is named") {
  const auto model = open_tiny();
  const auto examples = tiny_examples(8);
  const std::vector<Candidate> candidates = {candidate("{text} {mask}", {"bad"}, {"good"})};
  const ScoringSpec narrow{.precision = Precision::bfloat16};
  if (!examine_machine(1).has_bfloat16) {
    expect_error(ErrorKind::unsupported, "AVX512-BF16",
                 [&] { score(*model, candidates, examples, narrow); });
    return;
  }
  const auto exact = score(*model, candidates, examples, {});
  const auto near = score(*model, candidates, examples, narrow);
  bool differs = false;
  for (std::size_t i = 0; i < exact.size(); ++i)
    for (std::size_t k = 0; k < exact[i].log_p.size(); ++k) {
      CHECK(std::abs(near[i].log_p[k] - exact[i].log_p[k]) < 2e-2);
      differs = differs || near[i].log_p[k] != exact[i].log_p[k];
    }
  CHECK(differs);
}

TEST_CASE("'auto' is no precision of one scorer, and a row out of range is an internal error") {
  const auto model = open_tiny();
  const auto examples = tiny_examples(1);
  const std::vector<Candidate> candidates = {candidate("{text} {mask}", {"bad"}, {"good"})};
  const std::vector<Row> rows = {{0, 1}};

  expect_error(ErrorKind::unsupported, "auto",
               [&] { score(*model, candidates, examples, {.precision = Precision::automatic}); });
  expect_error(ErrorKind::internal, "row (0, 1)", [&] {
    model->scorer().score(
        {.candidates = candidates, .examples = examples, .answers = {}, .rows = rows, .spec = {}});
  });
}

TEST_CASE("an empty request gives no outcome") {
  const auto model = open_tiny();
  CHECK(model->scorer().score({}).empty());
}

}  // namespace prospect::test
