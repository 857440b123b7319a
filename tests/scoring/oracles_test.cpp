#include "search/oracles.h"

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

Candidate triggered() {
  return {Template::parse("{trigger=7,8,24} {text} {mask} ."),
          {{{"0", {{"bad", {}}, {"dull", {}}}}, {"1", {{"good", {}}}}, {"2", {{"slow", {}}}}}},
          {}};
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("gradients agree with central finite differences, for both losses") {
  const auto model = open_tiny();
  auto& oracle = *model->oracles().gradient();
  const auto candidate = triggered();
  const auto examples = tiny_examples(3);
  const MatrixXf vectors = oracle.embeddings(candidate.tmpl.triggers());
  constexpr float kStep = 1e-2F;

  for (const LossKind kind : {LossKind::label_likelihood, LossKind::label_margin}) {
    const Gradient gradient = oracle.at_vectors(candidate, vectors, examples, {kind});
    REQUIRE(gradient.at_slots.rows() == 3);
    const double scale = gradient.at_slots.cwiseAbs().maxCoeff();
    for (int s = 0; s < 3; ++s)
      for (int d = 0; d < 16; d += 3) {
        MatrixXf up = vectors, down = vectors;
        up(s, d) += kStep;
        down(s, d) -= kStep;
        const double difference = mean(oracle.at_vectors(candidate, up, examples, {kind}).loss) -
                                  mean(oracle.at_vectors(candidate, down, examples, {kind}).loss);
        // A float loss near 3 is exact to 2e-7, the step's square to about 1e-4 of the gradient.
        check_close(gradient.at_slots(s, d), difference / (2.0 * static_cast<double>(kStep)),
                    0.01 * scale);
      }
  }
}

TEST_CASE("the gradient at tokens is the gradient at their embedding rows") {
  const auto model = open_tiny();
  auto& oracle = *model->oracles().gradient();
  const auto candidate = triggered();
  const auto examples = tiny_examples(5);

  const auto at_tokens = oracle.at_tokens(candidate, examples, {});
  const auto at_vectors =
      oracle.at_vectors(candidate, oracle.embeddings(candidate.tmpl.triggers()), examples, {});

  CHECK(at_tokens.at_slots == at_vectors.at_slots);
  CHECK(at_tokens.loss == at_vectors.loss);
}

TEST_CASE("losses are what the scorer's probabilities give") {
  const auto model = open_tiny();
  const auto candidate = triggered();
  const auto examples = tiny_examples(4);
  std::vector<Row> rows;
  for (std::uint32_t e = 0; e < examples.size(); ++e) rows.push_back({0, e});
  const auto outcomes = model->scorer().score({.candidates = {&candidate, 1},
                                               .examples = examples,
                                               .answers = {},
                                               .rows = rows,
                                               .spec = {.space = AnswerSpace::vocabulary}});
  auto& oracle = *model->oracles().gradient();
  const auto likelihood = oracle.at_tokens(candidate, examples, {LossKind::label_likelihood}).loss;
  const auto margin = oracle.at_tokens(candidate, examples, {LossKind::label_margin}).loss;

  for (std::size_t e = 0; e < examples.size(); ++e) {
    const auto& log_p = outcomes[e].log_p;  // bad, dull, good, slow
    const double labels[] = {log_sum_exp(std::span(log_p).first(2)), log_p[2], log_p[3]};
    const auto gold = static_cast<std::size_t>(examples[e].label);
    const double wrong = std::max(labels[gold == 0 ? 1 : 0], labels[2]);
    check_close(likelihood[e], -labels[gold], 1e-5);
    check_close(margin[e], wrong - labels[gold], 1e-5);
  }
}

TEST_CASE("a shortlist holds the allowed tokens with the largest -(E . g), equal ones by id") {
  const auto model = open_tiny();
  auto& oracle = *model->oracles().gradient();
  std::vector<TokenId> all(36);
  for (int i = 0; i < 36; ++i) all[static_cast<std::size_t>(i)] = i;
  const MatrixXf embedding = oracle.embeddings(all);
  MatrixXf gradient = MatrixXf::Zero(2, 16);
  gradient.row(0) = embedding.row(13) - embedding.row(20);
  TokenMask allowed(36, true);
  allowed[3] = allowed[20] = false;

  const auto lists = oracle.shortlist(gradient, allowed, 5);

  REQUIRE(lists.size() == 2);
  const Eigen::VectorXf scores = -(embedding * gradient.row(0).transpose());
  std::vector<TokenId> expected;
  for (const TokenId id : all)
    if (allowed[static_cast<std::size_t>(id)]) expected.push_back(id);
  std::sort(expected.begin(), expected.end(),
            [&](TokenId a, TokenId b) { return scores[a] > scores[b]; });
  expected.resize(5);
  CHECK(lists[0].ids == expected);
  for (std::size_t i = 0; i < 5; ++i) check_close(lists[0].scores[i], scores[expected[i]], 1e-5);
  CHECK(lists[1].ids == TokenIds{0, 1, 2, 4, 5});  // all scores are zero
  CHECK(oracle.shortlist(gradient, allowed, 100)[0].ids.size() == 34);
}

TEST_CASE("the nearest token of an embedding row is its own, unless it is not allowed") {
  const auto model = open_tiny();
  auto& oracle = *model->oracles().gradient();
  const MatrixXf vectors = oracle.embeddings(std::vector<TokenId>{17, 30, 5});
  TokenMask allowed(36, true);

  for (const Similarity similarity : {Similarity::cosine, Similarity::euclidean}) {
    allowed[30] = true;
    CHECK(oracle.nearest(vectors, allowed, similarity) == TokenIds{17, 30, 5});
    allowed[30] = false;
    CHECK(oracle.nearest(vectors, allowed, similarity)[1] != 30);
  }
  CHECK(oracle.nearest(2 * vectors, TokenMask(36, true), Similarity::cosine) ==
        TokenIds{17, 30, 5});
  expect_error(ErrorKind::input, "no token is allowed",
               [&] { oracle.nearest(vectors, TokenMask(36, false), Similarity::cosine); });
}

TEST_CASE("the slot oracle's means are those of the rows' logits") {
  const auto model = open_tiny();
  const auto candidate = triggered();
  const auto examples = tiny_examples(300);  // more than are held at a time
  VectorXd logits = VectorXd::Zero(36), log_probs = VectorXd::Zero(36);
  for (const auto& example : examples) {
    const Filled filled = model->vocabulary().fill(candidate.tmpl, example);
    const MatrixXf row = model->logits({filled.ids, filled.type_ids}, filled.answer_slots);
    std::vector<double> values(row.data(), row.data() + row.size());
    for (int i = 0; i < 36; ++i) logits[i] += values[static_cast<std::size_t>(i)] / 300;
    log_normalise(values);
    for (int i = 0; i < 36; ++i) log_probs[i] += values[static_cast<std::size_t>(i)] / 300;
  }
  auto& oracle = *model->oracles().slot();

  const auto mean_logits = oracle.mean_over(candidate, examples, SlotOracle::Space::logit);
  const auto mean_log_probs =
      oracle.mean_over(candidate, examples, SlotOracle::Space::log_probability);

  CHECK((mean_logits.cast<double>() - logits).cwiseAbs().maxCoeff() < 1e-5);
  CHECK((mean_log_probs.cast<double>() - log_probs).cwiseAbs().maxCoeff() < 1e-5);
}

TEST_CASE("hidden vectors times the output rows are the logits") {
  const auto model = open_tiny();
  auto candidate = triggered();
  const auto examples = tiny_examples(3);
  const MatrixXf hidden = model->oracles().slot()->hidden(candidate, examples);
  REQUIRE(hidden.rows() == 3);
  const MatrixXf rows =
      model->oracles().gradient()->embeddings(std::vector<TokenId>{14, 15});  // good, bad

  // The bias is the same for all examples, so it falls out of a difference.
  const auto logit = [&](std::size_t e, TokenId id) {
    const Filled filled = model->vocabulary().fill(candidate.tmpl, examples[e]);
    return model->logits({filled.ids, filled.type_ids}, filled.answer_slots)(0, id);
  };
  for (int k = 0; k < 2; ++k) {
    const float product = rows.row(k).dot(hidden.row(1) - hidden.row(0));
    check_close(product, logit(1, 14 + k) - logit(0, 14 + k), 1e-5);
  }
}

TEST_CASE(
    "a head's vectors give the model's own logits, and their gradients come back through it") {
  const auto model = open_tiny();
  HeadOracle& head = *model->oracles().head();
  const std::vector<Template> texts = {Template::parse("the film {mask}"),
                                       Template::parse("{tokens:7,8} {mask} .")};
  const MatrixXf vectors = head.vectors(texts);
  REQUIRE(vectors.rows() == 2);
  REQUIRE(vectors.cols() == head.vector_size());
  const MatrixXf logits = head.logits(vectors);
  for (int t = 0; t < 2; ++t) {
    const Filled filled = model->vocabulary().fill(texts[static_cast<std::size_t>(t)], {});
    const MatrixXf expected = model->logits({filled.ids, filled.type_ids}, filled.answer_slots);
    CHECK((logits.row(t) - expected.row(0).head(logits.cols())).cwiseAbs().maxCoeff() < 1e-5F);
  }
  // A row is a function of its vector alone.
  CHECK(head.logits(vectors.bottomRows(1)) == logits.bottomRows(1));

  MatrixXf at_logits = MatrixXf::Zero(2, logits.cols());
  at_logits(0, 14) = 1;
  at_logits(1, 15) = -2;
  const MatrixXf pulled = head.pull_back(vectors, at_logits);
  constexpr float kStep = 1e-2F;
  for (int t = 0; t < 2; ++t)
    for (int d = 0; d < vectors.cols(); d += 3) {
      MatrixXf up = vectors, down = vectors;
      up(t, d) += kStep;
      down(t, d) -= kStep;
      const double change =
          (head.logits(up) - head.logits(down)).cwiseProduct(at_logits).cast<double>().sum();
      check_close(pulled(t, d), change / (2.0 * static_cast<double>(kStep)), 1e-3);
    }
}

TEST_CASE("a head says what it cannot do") {
  const auto model = open_tiny();
  HeadOracle& head = *model->oracles().head();
  const std::vector<Template> with_field = {Template::parse("{text} {mask}")};
  expect_error(ErrorKind::input, "no field 'text'", [&] { head.vectors(with_field); });
  expect_error(ErrorKind::internal, "expected vectors of 16 numbers, found 3",
               [&] { head.logits(MatrixXf::Zero(1, 3)); });
  expect_error(ErrorKind::internal, "expected a gradient of 1 x 36 logits at most",
               [&] { head.pull_back(MatrixXf::Zero(1, 16), MatrixXf::Zero(2, 36)); });
}

TEST_CASE("the likelihood of a text sums each token masked in turn") {
  const auto model = open_tiny();
  const std::vector<std::string> texts = {"the film was unhappyly great", "", "good"};
  const auto log_p = model->oracles().likelihood()->log_p(texts);

  REQUIRE(log_p.size() == 3);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto ids = model->vocabulary().encode(texts[i], true);
    double sum = 0;
    for (std::uint32_t t = 1; t + 1 < ids.size(); ++t) {
      auto masked = ids;
      masked[t] = 4;
      const MatrixXf logits = model->logits({masked}, {&t, 1});
      std::vector<double> row(logits.data(), logits.data() + logits.size());
      log_normalise(row);
      sum += row[static_cast<std::size_t>(ids[t])];
    }
    check_close(log_p[i], sum, 1e-5);
  }
  CHECK(log_p[1] == 0);
}

TEST_CASE("a masked LM is asked for a token between what is written and what is still masked") {
  const auto model = open_tiny();
  GenerationOracle& oracle = *model->oracles().generation();
  CHECK(oracle.kind() == InfillKind::fixed_length);
  const std::vector<GenerationContext> contexts{{"the film", "good", ""}, {"film", "bad", "the"}};
  Infill infill;
  infill.before = {7};
  infill.open_before = 2;
  infill.open_after = 1;
  const auto found =
      oracle.next(contexts, {&infill, 1}, GenerationOracle::Mean::log_probability, 5);

  REQUIRE(found.size() == 1);
  CHECK(std::isnan(found[0].end_log_p));
  const std::string mask = model->vocabulary().token(4), word = model->vocabulary().token(7);
  const std::string texts[] = {"the film " + word + " " + mask + " " + mask + " good " + mask,
                               "film " + word + " " + mask + " " + mask + " bad " + mask + " the"};
  const std::uint32_t places[] = {4, 3};
  for (std::size_t i = 0; i < found[0].tokens.ids.size(); ++i) {
    double sum = 0;
    for (std::size_t c = 0; c < 2; ++c) {
      const MatrixXf logits =
          model->logits({model->vocabulary().encode(texts[c], true)}, {&places[c], 1});
      std::vector<double> row(logits.data(), logits.data() + logits.size());
      log_normalise(row);
      sum += row[static_cast<std::size_t>(found[0].tokens.ids[i])] / 2;
    }
    check_close(static_cast<double>(found[0].tokens.scores[i]), sum, 1e-5);
    if (i > 0) CHECK(found[0].tokens.scores[i] <= found[0].tokens.scores[i - 1]);
  }
}

TEST_CASE("with the rest of its word hidden, a token is read with its later pieces masked") {
  const auto model = open_tiny();
  const std::vector<std::string> texts = {"the film was unhappyly great"};
  LikelihoodOracle& oracle = *model->oracles().likelihood();
  const double whole = oracle.log_p(texts, PseudoMasking::rest_of_word).front();

  const auto ids = model->vocabulary().encode(texts[0], true);
  double sum = 0;
  bool has_pieces = false;
  for (std::uint32_t t = 1; t + 1 < ids.size(); ++t) {
    auto masked = ids;
    masked[t] = 4;
    for (std::size_t u = t + 1; model->vocabulary().token(ids[u]).starts_with("##"); ++u) {
      masked[u] = 4;
      has_pieces = true;
    }
    const MatrixXf logits = model->logits({masked}, {&t, 1});
    std::vector<double> row(logits.data(), logits.data() + logits.size());
    log_normalise(row);
    sum += row[static_cast<std::size_t>(ids[t])];
  }
  REQUIRE(has_pieces);
  check_close(whole, sum, 1e-5);
  CHECK(whole != oracle.log_p(texts).front());
}

TEST_CASE("a text's tokens and cost are known before it is scored") {
  const auto model = open_tiny();
  LikelihoodOracle& oracle = *model->oracles().likelihood();
  CHECK(oracle.num_tokens("good") == 1);
  CHECK(oracle.cost("the film was good") == oracle.num_tokens("the film was good"));
  CHECK(oracle.cost("") == 0);
}

TEST_CASE("oracles say what they cannot do") {
  const auto model = open_tiny();
  auto& oracle = *model->oracles().gradient();
  auto candidate = triggered();
  auto examples = tiny_examples(2);
  const auto at_tokens = [&] { oracle.at_tokens(candidate, examples, {}); };

  CHECK(model->oracles().paraphrase() == nullptr);
  examples[1].label = -1;
  expect_error(ErrorKind::input, "example 'x1' has label -1", at_tokens);
  examples[1].label = 1;
  candidate.verbalizer.labels[0].answers[0].text = "dullness";
  expect_error(ErrorKind::input, "dull ##ness", at_tokens);
  candidate.verbalizer.labels[0].answers[0].text = "bad";
  candidate.tmpl = Template::parse("{other} {mask}");
  expect_error(ErrorKind::input, "no field 'other'", at_tokens);
  expect_error(ErrorKind::input, "no field 'other'",
               [&] { model->oracles().slot()->hidden(candidate, examples); });
  expect_error(ErrorKind::input, "at most 32 tokens", [&] {
    const std::vector<std::string> texts{std::string(200, '.')};
    model->oracles().likelihood()->log_p(texts);
  });
  expect_error(ErrorKind::input, "below 36, found 36",
               [&] { oracle.embeddings(std::vector<TokenId>{36}); });
}

}  // namespace prospect::test
