// Checkpoints against what the reference library computes on them. One row per checkpoint.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "core/json.h"
#include "scoring/model.h"
#include "tests/support/check_close.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"

namespace prospect::test {
namespace {

// Tolerances of the reference values (float32).
constexpr double kLogit = 1e-4, kGradient = 1e-3, kSwap = 1e-4;

struct ParityRow {
  const char* folder;    // under the folder of test material
  bool project = false;  // the checkpoint lies in the project, only its goldens do not
};

constexpr ParityRow kRows[] = {
    {"parity/bert-uncased"},     {"parity/bert-cased"},       {"parity/bert-float16"},
    {"parity/bert-bfloat16"},    {"parity/bert-head-absent"}, {"parity/bert-head-present"},
    {"parity/bert-no-prefix"},   {"parity/bert-old-keys"},    {"parity/bert-sharded"},
    {"models/pocket-mlm", true},
};

using Floats = std::vector<double>;

// A golden file, and the model that it speaks of.
struct Case {
  std::unique_ptr<Model> model;
  Json golden;
};

// Nothing where the test material is absent.
std::optional<Case> open_case(const ParityRow& row) {
  if (!has_shared(row.folder)) return std::nullopt;
  const auto folder = shared_folder() / row.folder;
  const auto model = row.project ? std::filesystem::path(PROSPECT_SOURCE_DIR) / row.folder : folder;
  return Case{open_model(model, {.num_threads = 2}), read_json_file(folder / "golden.json")};
}

template <class T>
std::vector<T> list(const Json& json) {
  return json.get<std::vector<T>>();
}

// Logits at all of an input's masks, where recorded. @return the largest difference.
double logit_error(Case& checked, const Json& input, const Json& expected) {
  const auto positions = list<std::uint32_t>(input["mask_positions"]);
  const MatrixXf logits = checked.model->logits(
      list<TokenId>(input["input_ids"]), list<std::int32_t>(input["token_type_ids"]), positions);
  double worst = 0;
  for (std::size_t m = 0; m < positions.size(); ++m) {
    const auto values = list<double>(expected[m]);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto id = checked.golden.contains("logit_ids")
                          ? checked.golden["logit_ids"][i].get<std::ptrdiff_t>()
                          : static_cast<std::ptrdiff_t>(i);
      const double error = std::abs(logits(static_cast<std::ptrdiff_t>(m), id) - values[i]);
      worst = error <= worst ? worst : error;  // a NaN stays
    }
  }
  return worst;
}

InputGradient gradient_of(Case& checked, const Json& input) {
  return checked.model->input_gradient(
      list<TokenId>(input["input_ids"]), list<std::int32_t>(input["token_type_ids"]),
      input["mask_positions"][0].get<std::uint32_t>(), input["label_id"].get<TokenId>());
}

void check_gradient(const Json& input, const InputGradient& gradient) {
  check_close(gradient.loss, input["loss"].get<double>(), kLogit);
  const auto norms = list<double>(input["gradient_norms"]);
  const double largest = *std::max_element(norms.begin(), norms.end());
  for (std::size_t t = 0; t < norms.size(); ++t)
    check_close(gradient.at_tokens.row(static_cast<std::ptrdiff_t>(t)).norm(), norms[t],
                kGradient * largest);
  if (!input.contains("gradient")) return;
  for (std::size_t t = 0; t < norms.size(); ++t) {
    const auto expected = list<float>(input["gradient"][t]);
    const auto row = Eigen::Map<const Eigen::RowVectorXf>(
        expected.data(), static_cast<std::ptrdiff_t>(expected.size()));
    check_close((gradient.at_tokens.row(static_cast<std::ptrdiff_t>(t)) - row).norm(), 0,
                kGradient * largest);
  }
}

// Ids must be those recorded, but for neighbours whose scores are closer than what can be told.
void check_swaps(Case& checked, const Json& swaps, const InputGradient& gradient) {
  const auto ids = list<TokenId>(swaps["ids"]);
  const auto scores = list<double>(swaps["scores"]);
  const MatrixXf row = gradient.at_tokens.row(swaps["position"].get<std::ptrdiff_t>());
  const TokenMask all(checked.golden["vocabulary"].get<std::size_t>(), true);
  const auto found = checked.model->oracles().gradient()->shortlist(row, all, ids.size()).front();
  REQUIRE(found.ids.size() == ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    CAPTURE(i);
    const bool close = std::abs(static_cast<double>(found.scores[i]) - scores[i]) < kSwap;
    CHECK((found.ids[i] == ids[i] || close));
  }
}

// Calls `check` with the opened checkpoint of every row that is there.
template <class Check>
void for_every_row(Check&& check) {
  for (const auto& row : kRows) {
    CAPTURE(row.folder);
    if (auto checked = open_case(row)) check(*checked);
  }
}

}  // namespace

TEST_CASE("logits at masks are the reference's") {
  for_every_row([](Case& checked) {
    for (const auto& input : checked.golden["inputs"]) {
      CAPTURE(input["text"].get<std::string>());
      check_close(logit_error(checked, input, input["logits"]), 0, kLogit);
    }
  });
}

TEST_CASE("a padded batch of the reference has the logits of the rows alone") {
  for_every_row([](Case& checked) {
    const Json& batch = checked.golden["batch"];
    for (std::size_t r = 0; r < batch["logits"].size(); ++r) {
      Json expected = batch["logits"][r];  // of one mask
      if (!expected[0].is_array()) expected = Json::array({expected});
      check_close(logit_error(checked, checked.golden["inputs"][r], expected), 0, kLogit);
    }
  });
}

TEST_CASE("losses, gradients and the best swaps are the reference's") {
  for_every_row([](Case& checked) {
    for (const auto& input : checked.golden["inputs"]) {
      CAPTURE(input["text"].get<std::string>());
      const InputGradient gradient = gradient_of(checked, input);
      check_gradient(input, gradient);
      check_swaps(checked, input["swaps"], gradient);
    }
  });
}

TEST_CASE("pseudo-log-likelihoods are the reference's") {
  for_every_row([](Case& checked) {
    for (const auto& row : checked.golden["pseudo"]) {
      const std::vector<std::string> texts{row["text"].get<std::string>()};
      CAPTURE(texts.front());
      const auto num_tokens = static_cast<double>(row["token_log_probs"].size());
      check_close(checked.model->oracles().likelihood()->log_p(texts).front(),
                  row["log_likelihood"].get<double>(), kLogit * num_tokens);
    }
  });
}

TEST_CASE("a pickled checkpoint is refused by the file's name") {
  if (!has_shared("parity/bert-pickle")) return;
  expect_error(ErrorKind::unsupported, "pytorch_model.bin",
               [] { open_model(shared_folder() / "parity/bert-pickle", {}); });
}

}  // namespace prospect::test
