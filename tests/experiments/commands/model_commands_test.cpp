#include <doctest/doctest.h>

#include <cmath>

#include "core/files.h"
#include "tests/experiments/commands/program_under_test.h"
#include "tests/support/check_close.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace prospect {
namespace {

using test::pocket_mlm;
using test::run;

constexpr const char* kLabels = "negative=terrible;positive=great";

}  // namespace

TEST_CASE("fill prints the interface's fields for each mask") {
  const Json json =
      run({"fill", "--model", pocket_mlm(), "--top", "3", "--json", "The {mask} was {mask}."})
          .json();

  REQUIRE(json.at("fills").size() == 2);
  for (const auto& fill : json.at("fills")) {
    REQUIRE(fill.size() == 3);
    for (const auto& token : fill) {
      CHECK(token.at("token").is_string());
      CHECK(token.at("id").is_number_integer());
      CHECK(token.at("log_prob").get<double>() < 0);
    }
    CHECK(fill[0].at("log_prob") >= fill[1].at("log_prob"));
  }
}

TEST_CASE("loglik prints the interface's fields, and prefers English") {
  const auto lines = run({"loglik", "--model", pocket_mlm(), "--jsonl"},
                         "{\"text\": \"It was a very good film.\"}\n"
                         "{\"text\": \"Film was very a it good.\"}\n")
                         .json_lines();

  REQUIRE(lines.size() == 2);
  CHECK(lines[0].at("kind") == "pseudo");
  CHECK(lines[0].at("tokens") == 7);
  CHECK(lines[0].at("log_likelihood").get<double>() > lines[1].at("log_likelihood").get<double>());
}

TEST_CASE("grad prints the interface's fields, one item for each token") {
  const Json json = run({"grad", "--model", pocket_mlm(), "--answer", "great", "--top", "2",
                         "--json", "The film was {mask}."})
                        .json();

  const std::size_t count = json.at("ids").size();
  CHECK(count == 7);
  CHECK(json.at("gradient_norms").size() == count);
  REQUIRE(json.at("top_swaps").size() == count);
  for (const char* key : {"id", "token", "score"}) CHECK(json.at("top_swaps")[0][0].contains(key));
}

TEST_CASE("errors of a prompt name the argument or the line") {
  CHECK(run({"fill", "--model", pocket_mlm(), "no mask"}).err.find("argument 1: ") !=
        std::string::npos);
  CHECK(run({"fill", "--model", pocket_mlm()}, "{\"text\": \"{mask\"}").err.find("stdin:1") !=
        std::string::npos);
  CHECK(run({"grad", "--model", pocket_mlm(), "--answer", "antidisestablishmentarianism", "{mask}"})
            .code == 3);
}

TEST_CASE("score prints the interface's fields and writes outcomes that agree with them") {
  const test::ScratchFolder scratch;
  const std::string file = (scratch.path() / "outcomes.jsonl").string();
  const Json json = run({"score", "--model", pocket_mlm(), "--task", "reviews", "--split", "test",
                         "--limit", "40", "--template", "{text} It was {mask}.", "--labels",
                         kLabels, "--outcomes", file, "--json"})
                        .json();

  CHECK(json.at("template") == "{text} It was {mask}.");
  CHECK(json.at("n") == 40);
  CHECK(json.at("evaluations") == 40);
  CHECK(json.at("failure").is_null());
  double right = 0;
  std::size_t count = 0;
  for (const auto& text : split(read_text_file(file), '\n')) {
    if (text.empty()) continue;
    const Json line = Json::parse(text);
    ++count;
    right += line.at("predicted") == line.at("label") ? 1 : 0;
  }
  CHECK(count == 40);
  test::check_close(json.at("metric").at("value").get<double>(), right / 40, 1e-12);
}

TEST_CASE("score takes a task's manual prompts where none is given") {
  const Json results = run({"score", "--model", pocket_mlm(), "--task", "reviews", "--split",
                            "test", "--limit", "10", "--json"})
                           .json()
                           .at("results");
  CHECK(results.size() >= 3);
}

TEST_CASE("score of facts has a row for each relation, then micro and macro") {
  const auto lines = run({"score", "--model", pocket_mlm(), "--task", "facts", "--split", "test",
                          "--limit", "4", "--jsonl"})
                         .json_lines();

  REQUIRE(lines.size() >= 13);
  CHECK(lines.front().at("group").is_string());
  const Json& summary = lines.back();
  CHECK(summary.at("group").is_null());
  CHECK(summary.at("groups").get<std::size_t>() + summary.at("failed_groups").get<std::size_t>() ==
        lines.size() - 1);
  CHECK(summary.at("metric").at("macro").is_number());
}

TEST_CASE("fill writes answers of several tokens, a forward for each") {
  const Json json =
      run({"fill", "--model", pocket_mlm(), "--span", "3", "--json", "She was born in {mask}."})
          .json();

  REQUIRE(json.at("spans").size() == 3);
  for (const auto& span : json.at("spans")) CHECK(span.at("forwards") == span.at("ids").size());
}

TEST_CASE("compose reads all masks of a row from one forward, and prints each beside the product") {
  const auto lines =
      run({"compose", "--model", pocket_mlm(), "--task", "relations", "--limit", "6", "--jsonl"})
          .json_lines();

  REQUIRE(lines.size() == 4);
  CHECK(lines[0].at("mask") == "all");
  CHECK(lines[3].at("mask") == 3);
  for (const auto& line : lines) {
    CHECK(line.at("n") == 6);
    CHECK(line.at("forwards") == 6);
    CHECK(line.at("failure").is_null());
  }
}

TEST_CASE("score of a span task tells what was found, with and without overlaps") {
  const auto lines = run({"score", "--model", pocket_mlm(), "--task", "entities", "--limit", "40",
                          "--split", "test", "--jsonl"})
                         .json_lines();

  REQUIRE(lines.size() == 4);
  for (const auto& line : lines) {
    CHECK(line.at("metric").at("name") == "span_f1");
    CHECK(line.at("spans").at("gold") == line.at("spans_without_overlap").at("gold"));
    CHECK(line.at("spans_without_overlap").at("found") <= line.at("spans").at("found"));
    CHECK(line.at("evaluations") == 40);
  }
}

TEST_CASE("a label word of several tokens is a recorded failure, not a number") {
  const Json json = run({"score", "--model", pocket_mlm(), "--task", "reviews", "--limit", "4",
                         "--template", "{text} {mask}", "--labels",
                         "negative=bad;positive=antidisestablishmentarianism", "--json"})
                        .json();

  CHECK(json.at("failure").is_string());
  CHECK(json.at("metric").at("value").is_null());
}

TEST_CASE("doctor reports the machine, and its exit code is its verdict") {
  const auto result = run({"doctor", "--json"});
  const Json json = result.json();

  CHECK(json.at("gemm_gflops").get<double>() > 0);
  CHECK(json.at("libtorch").is_string());
  CHECK_FALSE(json.at("models").empty());
  CHECK(json.at("tasks").size() >= 3);
  CHECK((json.at("verdict") == "ok") == (result.code == 0));
  CHECK(json.at("problems").empty() == (result.code == 0));
}

TEST_CASE("parity passes on every BERT checkpoint of the reference material") {
  for (const char* name : {"bert-uncased", "bert-cased", "bert-float16", "bert-bfloat16",
                           "bert-sharded", "bert-no-prefix", "bert-old-keys"}) {
    if (!test::has_shared(std::string("parity/") + name)) continue;
    CAPTURE(name);
    const auto result =
        run({"parity", (test::shared_folder() / "parity" / name).string(), "--json"});

    CHECK(result.code == 0);
    CHECK(result.json().at("failed") == 0);
    CHECK(result.json().at("passed").get<int>() > 40);
  }
}

}  // namespace prospect
