#include "core/task.h"

#include <doctest/doctest.h>

#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::expect_error;

Task example_task() {
  Task task;
  task.fields = {"text"};
  task.labels = {"negative", "positive"};
  task.support = {{.id = "s1", .fields = {{"text", "A dull film."}}, .label = 0},
                  {.id = "s2", .fields = {{"text", "{mask} of {joy}!"}}, .label = 1},
                  {.id = "unlabelled", .fields = {{"text", "Who knows?"}}},
                  {.id = "bare", .fields = {}, .label = 1}};
  task.dev = {{.id = "d1"}};
  task.unlabelled = {{.id = "u1"}, {.id = "u2"}};
  return task;
}

Candidate example_candidate(const std::string& text, std::vector<std::string> ids) {
  return {Template::parse(text),
          {{{"negative", {{"bad", {}}, {"awful", {}}}}, {"positive", {{"great", {}}}}}},
          {std::move(ids)}};
}

TEST_CASE("pools are told apart") {
  const Task task = example_task();
  CHECK(task.pool(Pool::support).size() == 4);
  CHECK(task.pool(Pool::dev).size() == 1);
  CHECK(task.pool(Pool::unlabelled).size() == 2);
  CHECK(name_of(Pool::support) == "support");
  CHECK(name_of(Pool::dev) == "dev");
  CHECK(name_of(Pool::unlabelled) == "unlabelled");
}

TEST_CASE("demonstrations are the template itself, filled and answered, in the order given") {
  const auto candidate =
      example_candidate("{demos}{text|lower_first|strip_final}: {mask}.", {"s1", "s1"});

  const Candidate filled = with_demonstrations(candidate, example_task());

  CHECK(filled.tmpl.text() ==
        "a dull film: bad.\na dull film: bad.\n{text|lower_first|strip_final}: {mask}.");
  CHECK(filled.verbalizer == candidate.verbalizer);
}

TEST_CASE("braces in a demonstration's text stay text") {
  const auto filled =
      with_demonstrations(example_candidate("{demos}{text} {mask}", {"s2"}), example_task());

  CHECK(filled.tmpl == Template({Literal{"{mask} of {joy}! great\n"}, Field{.name = "text"},
                                 Literal{" "}, AnswerSlot{}}));
}

TEST_CASE("without demonstrations the slot is dropped; without a slot nothing changes") {
  const auto none =
      with_demonstrations(example_candidate("{demos}{text} {mask}", {}), example_task());
  CHECK(none.tmpl == Template::parse("{text} {mask}"));

  const auto no_slot = example_candidate("{text} {mask}", {"nowhere"});
  CHECK(with_demonstrations(no_slot, example_task()) == no_slot);
}

TEST_CASE("a demonstration that cannot be written is refused with its reason") {
  const Task task = example_task();
  const auto expect = [&](ErrorKind kind, const std::string& text, const std::string& id,
                          const std::string& fragment) {
    CAPTURE(id);
    expect_error(kind, fragment, [&] { with_demonstrations(example_candidate(text, {id}), task); });
  };

  expect(ErrorKind::input, "{demos}{text} {mask}", "d1",
         "expected a demonstration of the support set, found 'd1'");
  expect(ErrorKind::input, "{demos}{text} {mask}", "unlabelled",
         "expected a demonstration with one of the candidate's 2 labels, found label -1 of "
         "'unlabelled'");
  expect(ErrorKind::input, "{demos}{text} {mask}", "bare",
         "expected a demonstration with the field 'text', found none in 'bare'");
  for (const std::string piece : {"{trigger:1}", "{tokens:5}", "{sep}"})
    expect(ErrorKind::unsupported, "{demos}{text}" + piece + "{mask}", "s1",
           "expected a template of text, fields and {mask} beside {demos}");
}

TEST_CASE("a demonstration's answer needs a text") {
  Candidate candidate = example_candidate("{demos}{text} {mask}", {"s1"});
  candidate.verbalizer.labels[0].answers = {{"", {17}}};

  expect_error(ErrorKind::unsupported, "expected a text for the first answer of label 'negative'",
               [&] { with_demonstrations(candidate, example_task()); });
}

}  // namespace
}  // namespace prospect
