#include <doctest/doctest.h>

#include "core/files.h"
#include "tests/experiments/commands/program_under_test.h"
#include "tests/support/scratch_folder.h"

namespace prospect {
namespace {

using test::run;

// The item of a list with this name; null where there is none.
Json item(const Json& items, const std::string& name) {
  for (const auto& candidate : items)
    if (candidate.at("name") == name) return candidate;
  return nullptr;
}

}  // namespace

TEST_CASE("list strategies shows each option with type, default, range and help") {
  const Json strategies = run({"list", "strategies", "--json"}).json().at("strategies");
  const Json autoprompt = item(strategies, "autoprompt");

  REQUIRE(autoprompt.is_object());
  CHECK_FALSE(item(strategies, "manual").is_null());
  CHECK_FALSE(item(strategies, "random").is_null());
  CHECK(autoprompt.at("needs") == Json({"gradient"}));
  REQUIRE_FALSE(autoprompt.at("options").empty());
  for (const auto& option : autoprompt.at("options"))
    for (const char* key : {"name", "type", "default", "range", "help"})
      CHECK(option.contains(key));
}

TEST_CASE("every list can be printed as text, as JSON and as JSON Lines") {
  for (const char* kind : {"strategies", "models", "metrics", "readers", "tasks"}) {
    CAPTURE(kind);
    const auto text = run({"list", kind});
    CHECK(text.code == 0);
    CHECK_FALSE(text.out.empty());

    const Json items = run({"list", kind, "--json"}).json().at(kind);
    CHECK_FALSE(items.empty());
    CHECK(run({"list", kind, "--jsonl"}).json_lines().size() == items.size());
    for (const auto& entry : items) CHECK(entry.at("name").is_string());
  }
}

TEST_CASE("list models reads a folder's configuration") {
  const Json model = item(run({"list", "models", "--json"}).json().at("models"), "pocket-mlm");

  REQUIRE(model.is_object());
  CHECK(model.at("family") == "bert");
  CHECK(model.at("num_layers").is_number_integer());
  CHECK(model.at("weight_bytes").get<std::int64_t>() > 1'000'000);
}

TEST_CASE("list tasks counts rows, and says what is missing of a task whose data is not there") {
  const Json tasks = run({"list", "tasks", "--json"}).json().at("tasks");
  const Json reviews = item(tasks, "reviews");

  REQUIRE(reviews.is_object());
  CHECK(reviews.at("bundled") == true);
  CHECK(reviews.at("train").get<int>() > 0);
  CHECK(item(tasks, "facts").at("groups").size() >= 12);
}

TEST_CASE("an unknown kind of list is a usage error") {
  const auto result = run({"list", "strategy"});

  CHECK(result.code == 2);
  CHECK(result.err.find("expected one of strategies, models, metrics, readers, tasks") !=
        std::string::npos);
  CHECK(run({"list"}).code == 2);
}

TEST_CASE("fewshot describes a split and writes it where it is told") {
  const test::ScratchFolder scratch;
  const std::string out = (scratch.path() / "splits").string();
  const Json json =
      run({"fewshot", "--task", "reviews", "--k", "4", "--seed", "7", "--out", out, "--json"})
          .json();

  CHECK(json.at("support") == 8);
  CHECK(json.at("dev") == 8);
  CHECK(json.at("labels").at("support") == Json({{"negative", 4}, {"positive", 4}}));
  CHECK_FALSE(json.at("fingerprint").get<std::string>().empty());
  CHECK(std::filesystem::exists(scratch.path() / "splits" / "4-7" / "train.tsv"));
  CHECK(json.at("fingerprint") !=
        run({"fewshot", "--task", "reviews", "--k", "4", "--seed", "8", "--json"})
            .json()
            .at("fingerprint"));
}

TEST_CASE("fewshot refuses an unknown task and too many shots") {
  CHECK(run({"fewshot", "--task", "reveiws"}).err.find("did you mean 'reviews'?") !=
        std::string::npos);
  CHECK(run({"fewshot", "--task", "reviews", "--k", "100000"}).code == 3);
  CHECK(run({"fewshot"}).code == 2);
}

}  // namespace prospect
