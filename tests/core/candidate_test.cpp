#include "core/candidate.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::expect_error;
using Strings = std::vector<std::string>;

Candidate example_candidate() {
  return {Template::parse("{trigger=5,_} {text|keep} é {{}} {mask}."),
          {{{"positive", {{"great", {}}, {"", {7, 8}}}}, {"negative", {{"bad", {3}}}}},
           AnswerCombination::max},
          {{"id 2", "id 1"}}};
}

// Expects that the example candidate with `changes` merged into its JSON is refused.
void expect_fault(const Json& changes, const std::string& fragment) {
  Json json = to_json(example_candidate());
  json.merge_patch(changes);
  CAPTURE(json.dump());
  expect_error(ErrorKind::input, fragment, [&] { candidate_from_json(JsonReader(json, "c")); });
}

template <class Value>
Value there_and_back(const Value& value, Value (*read)(const JsonReader&)) {
  const Json json = parse_json(dump_json(to_json(value)), "c");
  return read(JsonReader(json, "c"));
}

TEST_CASE("a candidate that is written and read is the same, its labels in their order") {
  const Candidate candidate = example_candidate();

  CHECK(there_and_back(candidate, candidate_from_json) == candidate);
}

TEST_CASE("a candidate of nothing but a text survives too") {
  const Candidate candidate{Template::parse("", {.any_number_of_masks = true}), {}, {}};

  CHECK(there_and_back(candidate, candidate_from_json) == candidate);
}

TEST_CASE("every kind of entry survives") {
  for (const Entry& entry :
       {Entry(example_candidate()),
        Entry(Ensemble{{example_candidate(), example_candidate()}, {0.1, 0.9}, Combiner::vote}),
        Entry(Ensemble{{example_candidate()}, {1.0}, Combiner::log_linear}),
        Entry(SoftPrompt{example_candidate(), 42})})
    CHECK(there_and_back(entry, entry_from_json) == entry);
}

TEST_CASE("answers come label after label") {
  CHECK(flatten(example_candidate().verbalizer) ==
        std::vector<Answer>{{"great", {}}, {"", {7, 8}}, {"bad", {3}}});
  CHECK(flatten({}).empty());
}

TEST_CASE("a fault in a candidate is refused at its place") {
  expect_fault({{"template", nullptr}}, "c: expected the key 'template', which is missing");
  expect_fault({{"template", 5}}, "c#/template: expected a string, found 5");
  expect_fault({{"template", "{mask"}}, "c#/template: at character 1: found '{' without '}'");
  expect_fault({{"labels", "positive"}}, "c#/labels: expected an array, found \"positive\"");
  expect_fault({{"combination", "some"}},
               "c#/combination: unknown value 'some'; did you mean 'sum'?");
  expect_fault({{"demonstrations", {1}}}, "c#/demonstrations/0: expected a string, found 1");
  expect_fault({{"verbalizer", {{"negative", nullptr}}}},
               "c#/verbalizer: expected the key 'negative', which is missing");
  expect_fault({{"verbalizer", {{"negativ", {"x"}}}}},
               "c#/verbalizer/negativ: unknown label 'negativ'; did you mean 'negative'?");
}

TEST_CASE("a label that is listed twice is refused") {
  expect_fault({{"labels", {"positive", "negative", "positive"}}},
               "c#/labels/2: expected each label once, found 'positive' again");
}

TEST_CASE("an answer without text and without ids is refused") {
  const std::string place = "c#/verbalizer/negative";
  const auto with = [](Json answers) { return Json{{"verbalizer", {{"negative", answers}}}}; };
  expect_fault(with(Json::array()), place + ": expected at least one answer, found []");
  expect_fault(with(""),
               place + ": expected an answer of at least one character or token id, found \"\"");
  expect_fault(with({""}),
               place + "/0: expected an answer of at least one character or token id, found \"\"");
  expect_fault(with({{{"text", ""}, {"ids", Json::array()}}}),
               place + "/0: expected an answer of at least one character or token id");
  expect_fault(with({5}), place + "/0: expected an object, found 5");
  expect_fault(with({{{"text", "x"}}}), place + "/0: expected the key 'ids', which is missing");
  expect_fault(with({{{"text", "x"}, {"ids", {-1}}}}),
               place + "/0/ids/0: expected an integer of at least 0 and at most 2147483647");
  expect_fault(with({{{"text", "x"}, {"id", {1}}}}), place + "/0/id: unknown key 'id'");
}

TEST_CASE("one answer may stand without its list") {
  const Json json = parse_json(R"({"no": "bad", "yes": ["good", "fine"]})", "v");

  const auto verbalizer = verbalizer_from_json(JsonReader(json, "v"), Strings{"yes", "no"});

  CHECK(verbalizer.labels ==
        std::vector<LabelAnswers>{{"yes", {{"good", {}}, {"fine", {}}}}, {"no", {{"bad", {}}}}});
}

TEST_CASE("a fault in an entry is refused at its place") {
  const auto expect_entry_fault = [](const Entry& entry, const Json& changes,
                                     const std::string& fragment) {
    Json json = to_json(entry);
    json.merge_patch(changes);
    CAPTURE(json.dump());
    expect_error(ErrorKind::input, fragment, [&] { entry_from_json(JsonReader(json, "e")); });
  };
  const Entry ensemble = Ensemble{{example_candidate()}, {1.0}, Combiner::linear};

  expect_entry_fault(ensemble, {{"kind", "ensembel"}},
                     "e#/kind: unknown value 'ensembel'; did you mean 'ensemble'?");
  expect_entry_fault(ensemble, {{"combiner", "loglinear"}},
                     "e#/combiner: unknown value 'loglinear'; did you mean 'log_linear'?");
  expect_entry_fault(ensemble, {{"weights", {0.5, 0.5}}},
                     "e#/weights: expected one weight for each of 1 members, found 2");
  expect_entry_fault(ensemble, {{"members", Json::array()}, {"weights", Json::array()}},
                     "e#/members: expected at least one member, found []");
  expect_entry_fault(ensemble, {{"weights", {"x"}}},
                     "e#/weights/0: expected a number, found \"x\"");
  expect_entry_fault(SoftPrompt{example_candidate(), 1}, {{"vectors", -1}},
                     "e#/vectors: expected an integer of at least 0, found -1");
}

}  // namespace
}  // namespace prospect
