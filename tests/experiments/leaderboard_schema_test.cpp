#include <doctest/doctest.h>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "core/json.h"
#include "tests/experiments/list_strategy.h"
#include "tests/experiments/toy_experiment.h"

namespace prospect {
namespace {

using valijson::adapters::NlohmannJsonAdapter;

class RowSchema {
 public:
  RowSchema() {
    const Json json = read_json_file(std::string(PROSPECT_SOURCE_DIR) +
                                     "/experiments/schemas/leaderboard_row.schema.json");
    valijson::SchemaParser().populateSchema(NlohmannJsonAdapter(json), schema_);
  }

  // What is wrong with a row; empty where nothing is.
  std::string fault(const Json& row) const {
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(schema_, NlohmannJsonAdapter(row), &results)) return "";
    std::string text;
    valijson::ValidationResults::Error error;
    while (results.popError(error)) text += error.description + "\n";
    return text;
  }

 private:
  valijson::Schema schema_;
};

TEST_CASE("every row of a leaderboard is what the schema says") {
  test::ToyExperiment toy;
  toy.json["strategies"] = Json::array(
      {{{"name", "manual"}},
       {{"name", test::kListStrategy}, {"options", {{"words", {"w11", "w10 w20", "w50"}}}}}});
  const test::Session session = test::run_session(toy.open(), toy.run_folder());
  const RowSchema schema;

  REQUIRE(session.rows.size() > 4);
  for (const auto& row : session.rows) {
    CAPTURE(row.dump());
    CHECK(schema.fault(row) == "");
  }
}

TEST_CASE("the schema refuses a row that lacks a field or has one of another type") {
  test::ToyExperiment toy;
  const test::Session session = test::run_session(toy.open(), toy.run_folder());
  const RowSchema schema;
  const Json good = session.rows.front();
  REQUIRE(schema.fault(good) == "");

  for (const auto& [key, value] : good.items()) {
    CAPTURE(key);
    Json bad = good;
    bad.erase(key);
    CHECK(schema.fault(bad) != "");
  }
  for (const char* key : {"rank", "template", "verbalizer", "dev", "cost", "control", "scoring"}) {
    CAPTURE(key);
    Json bad = good;
    bad[key] = Json::array({true});
    CHECK(schema.fault(bad) != "");
  }
}

}  // namespace
}  // namespace prospect
