#include "experiments/span_report.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/expect_error.h"

namespace prospect {
namespace {

// Two texts; "a b" is a person, "d" a place. Each row's answer is given with its probability.
struct Spans {
  Task task;
  Verbalizer verbalizer;
  std::vector<Example> examples;
  std::vector<RowOutcome> rows;

  Spans() {
    task.labels = {"person", "place", "none"};
    for (const auto& label : task.labels) verbalizer.labels.push_back({label, {{label, {}}}});
  }
  void add(const std::string& id, std::int32_t gold, std::size_t answer, double p) {
    Example& example = examples.emplace_back();
    example.id = id;
    example.group = id.substr(0, id.find(':'));
    example.label = gold;
    example.gold = task.labels[static_cast<std::size_t>(gold)];
    RowOutcome& row = rows.emplace_back();
    row.log_p.assign(3, std::log((1 - p) / 2));
    row.log_p[answer] = std::log(p);
  }
};

TEST_CASE("of two found spans that overlap, the more probable one is kept") {
  Spans spans;
  spans.add("t-1:0-1", 2, 0, 0.6);  // "a" alone: wrong, overlaps
  spans.add("t-1:0-3", 0, 0, 0.9);  // "a b": right
  spans.add("t-1:2-3", 2, 2, 0.9);  // rightly nothing
  spans.add("t-2:0-1", 2, 1, 0.5);  // wrong, alone in its text
  spans.add("t-2:4-5", 1, 2, 0.7);  // missed
  const SpanReport report = span_report(spans.task, spans.verbalizer, spans.examples, spans.rows);

  CHECK(report.all.gold == 2);
  CHECK(report.all.found == 3);
  CHECK(report.all.right == 1);
  CHECK(report.all.f1() == doctest::Approx(2.0 / 5));
  CHECK(report.kept.found == 2);
  CHECK(report.kept.right == 1);
  CHECK(report.kept.precision() == doctest::Approx(0.5));
  CHECK(report.kept.recall() == doctest::Approx(0.5));
}

TEST_CASE("examples that are no spans are refused by name") {
  Spans spans;
  spans.add("train-3", 0, 0, 0.9);
  test::expect_error(ErrorKind::input, "found 'train-3'", [&] {
    span_report(spans.task, spans.verbalizer, spans.examples, spans.rows);
  });
}

TEST_CASE("nothing found in nothing to find is an F1 of 0") {
  CHECK(SpanCounts{}.f1() == 0);
}

}  // namespace
}  // namespace prospect
