#include "core/options.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::expect_error;

struct BeamOptions {
  std::int64_t width = 8;
  double penalty = 0.5;
  bool shuffle = true;
  std::string order = "best";
  std::string note;
  std::vector<std::string> words{"a", "b"};
  bool operator==(const BeamOptions&) const = default;
};

void describe(OptionVisitor& visit, BeamOptions& options) {
  visit("width", options.width, "Candidates kept.", between<std::int64_t>(1, 100));
  visit("penalty", options.penalty, "Taken off per token.", at_least(0.0));
  visit("shuffle", options.shuffle, "Whether to shuffle.");
  visit("order", options.order, "Which comes first.", {"best", "newest"});
  visit("note", options.note, "Any text.");
  visit("words", options.words, "Words to use.");
}

BeamOptions read(const Json& values) {
  BeamOptions options;
  read_options(described(options), JsonReader(values, "options"));
  return options;
}

TEST_CASE("options that are written and read are the same") {
  BeamOptions options{3, 0.1, false, "newest", "é\n", {}};

  const Json written = write_options(described(options));

  CHECK(written.size() == 6);
  CHECK(read(written) == options);
  CHECK(read(parse_json(dump_json(written), "f")) == options);
}

TEST_CASE("options that are not named keep their value") {
  CHECK(read(Json::object()) == BeamOptions{});

  BeamOptions expected;
  expected.width = 5;
  CHECK(read({{"width", 5}}) == expected);
}

TEST_CASE("values at the ends of a range are allowed, beyond them refused") {
  CHECK(read({{"width", 1}}).width == 1);
  CHECK(read({{"width", 100.0}}).width == 100);
  CHECK(read({{"penalty", 0}}).penalty == 0.0);

  expect_error(ErrorKind::input,
               "options#/width: expected a value of at least 1 and at most 100, found 0", [] {
                 read({{"width", 0}});
               });
  expect_error(ErrorKind::input, "options#/width: expected a value of at least 1 and at most 100",
               [] {
                 read({{"width", 101}});
               });
  expect_error(ErrorKind::input, "options#/penalty: expected a value of at least 0, found -0.1",
               [] {
                 read({{"penalty", -0.1}});
               });
}

TEST_CASE("a wrong type is refused at its place") {
  expect_error(ErrorKind::input, "options#/width: expected an integer, found 1.5", [] {
    read({{"width", 1.5}});
  });
  expect_error(ErrorKind::input, "options#/width: expected an integer, found \"8\"", [] {
    read({{"width", "8"}});
  });
  expect_error(ErrorKind::input, "options#/penalty: expected a number, found null", [] {
    read({{"penalty", nullptr}});
  });
  expect_error(ErrorKind::input, "options#/shuffle: expected true or false, found 1", [] {
    read({{"shuffle", 1}});
  });
  expect_error(ErrorKind::input, "options#/words/0: expected a string, found 1", [] {
    read({{"words", Json::array({1})}});
  });
  expect_error(ErrorKind::input, "options: expected an object, found []",
               [] { read(Json::array()); });
}

TEST_CASE("an unknown option or choice is refused with the nearest known one") {
  expect_error(ErrorKind::input, "options#/widht: unknown option 'widht'; did you mean 'width'?",
               [] {
                 read({{"widht", 3}});
               });
  expect_error(ErrorKind::input, "options#/order: unknown value 'bets'; did you mean 'best'?", [] {
    read({{"order", "bets"}});
  });
  CHECK(read({{"note", "anything"}}).note == "anything");
}

TEST_CASE("a refused value leaves its option as it was") {
  BeamOptions options;
  for (const Json& values : {Json{{"width", 0}}, Json{{"penalty", -1}}, Json{{"order", "x"}}}) {
    CAPTURE(values.dump());
    CHECK_THROWS_AS(read_options(described(options), JsonReader(values, "options")), Error);
    CHECK(options == BeamOptions{});
  }
}

TEST_CASE("the list of options names type, default, help and range") {
  BeamOptions options;
  const auto rows = list_options(described(options));

  REQUIRE(rows.size() == 6);
  CHECK(rows[0].name == "width");
  CHECK(rows[0].type == "integer");
  CHECK(rows[0].value == 8);
  CHECK(rows[0].help == "Candidates kept.");
  CHECK(rows[0].range == "at least 1 and at most 100");
  CHECK(rows[1].type == "number");
  CHECK(rows[1].range == "at least 0");
  CHECK(rows[2].type == "boolean");
  CHECK(rows[3].range == "one of best, newest");
  CHECK(rows[4].range.empty());
  CHECK(rows[5].type == "strings");
  CHECK(rows[5].value == Json{"a", "b"});
}

TEST_CASE("a doc page's table shows every option with its default and range") {
  std::int64_t width = 8;
  const auto rows = list_options([&](OptionVisitor& visit) {
    visit("width", width, "Candidates kept.", at_least<std::int64_t>(1));
  });

  CHECK(markdown_table(rows).ends_with(
      "\n| `width` | integer | `8` | Candidates kept. (at least 1) |\n"));
}

}  // namespace
}  // namespace prospect
