#include "experiments/inspection.h"

#include <doctest/doctest.h>

#include <cmath>

#include "experiments/machine_check.h"
#include "tests/support/check_close.h"
#include "tests/support/expect_error.h"
#include "tests/support/toy_model.h"

namespace prospect {

TEST_CASE("fills are the most probable tokens of each mask, in nats over the whole vocabulary") {
  test::ToyModel model;
  const auto prompt = parse_prompt("good {mask} w01 {mask}.", "here");

  const auto all = fill_masks(model, prompt, 1000, "here");
  const auto top = fill_masks(model, prompt, 3, "here");

  REQUIRE(all.size() == 2);
  REQUIRE(all[0].size() == model.vocabulary().size());
  double mass = 0;
  for (const auto& token : all[0]) mass += std::exp(token.log_p);
  test::check_close(mass, 1, 1e-9);
  for (std::size_t i = 1; i < all[1].size(); ++i) CHECK(all[1][i - 1].log_p >= all[1][i].log_p);
  REQUIRE(top[1].size() == 3);
  CHECK(top[1][2].id == all[1][2].id);
}

TEST_CASE("a text without a mask, with a field, or too long is an input error") {
  test::ToyModel model;
  test::expect_error(ErrorKind::input, "stdin:3: expected a text with {mask}",
                     [&] { fill_masks(model, parse_prompt("good", "stdin:3"), 3, "stdin:3"); });
  test::expect_error(ErrorKind::input, "stdin:4",
                     [&] { parse_prompt("{text} {mask}", "stdin:4"); });
  std::string text = "{mask}";
  for (int i = 0; i < 100; ++i) text += " good";
  test::expect_error(ErrorKind::input, "at most 64 fit",
                     [&] { fill_masks(model, parse_prompt(text, "here"), 3, "here"); });
}

TEST_CASE("a gradient has a norm and swaps for each token") {
  test::ToyModel model;
  const auto gradient =
      prompt_gradient(model, parse_prompt("w10 is {mask}.", "here"), "good", 4, "here");

  REQUIRE(gradient.norms.size() == gradient.ids.size());
  REQUIRE(gradient.top_swaps.size() == gradient.ids.size());
  for (const double norm : gradient.norms) test::check_close(norm, 1, 1e-5);
  for (std::size_t i = 0; i < gradient.ids.size(); ++i) {
    // The toy's gradient at a token is minus its own embedding: the token itself is the best swap.
    CHECK(gradient.top_swaps[i].ids.size() == 4);
    CHECK(gradient.top_swaps[i].ids.front() == gradient.ids[i]);
  }
}

TEST_CASE("an answer of several tokens is refused with its tokens") {
  test::ToyModel model;
  test::expect_error(
      ErrorKind::input,
      "--answer: expected a word of one token, found 'good bad', "
      "which is 2 (good bad)",
      [&] { prompt_gradient(model, parse_prompt("{mask}", "here"), "good bad", 4, "here"); });
}

TEST_CASE("a model without likelihoods is refused") {
  test::ToyModel model;
  model.toy_oracles.has_likelihood = false;
  test::expect_error(ErrorKind::unsupported, "expected a model that gives likelihoods",
                     [&] { text_likelihood(model, "good"); });
}

TEST_CASE("a BLAS as slow as a plain loop is reported with what to install") {
  const MachineReport slow{"1.13.1", "/usr/lib/libblas.so.3", 3.0, 2.5, 2};
  const MachineReport fast{"1.13.1", "/usr/lib/libopenblas.so.0", 60, 2.5, 2};

  REQUIRE(slow_blas_advice(slow));
  CHECK(slow_blas_advice(slow)->find("libopenblas0-pthread") != std::string::npos);
  CHECK(slow_blas_advice(slow)->find("update-alternatives") != std::string::npos);
  CHECK_FALSE(slow_blas_advice(fast));
}

}  // namespace prospect
