#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "core/error.h"

namespace prospect {
namespace {

TEST_CASE("every kind of error has its name and exit code") {
  const std::pair<ErrorKind, std::pair<std::string, int>> kinds[] = {
      {ErrorKind::usage, {"usage", 2}},
      {ErrorKind::input, {"input", 3}},
      {ErrorKind::unsupported, {"unsupported", 3}},
      {ErrorKind::model, {"model", 3}},
      {ErrorKind::io, {"io", 4}},
      {ErrorKind::internal, {"internal", 5}}};
  for (const auto& [kind, expected] : kinds) {
    CAPTURE(expected.first);
    CHECK(name_of(kind) == expected.first);
    CHECK(exit_code(kind) == expected.second);
  }
}

TEST_CASE("fail streams its parts and keeps kind, place and message") {
  try {
    fail(ErrorKind::input, "a.json:3", "expected at least ", 1, ", found ", 0.5);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::input);
    CHECK(error.where() == "a.json:3");
    CHECK(error.message() == "expected at least 1, found 0.5");
    CHECK(std::string(error.what()) == "a.json:3: expected at least 1, found 0.5");
  }
}

TEST_CASE("an error without a place shows the message alone") {
  CHECK(std::string(Error(ErrorKind::usage, "", "no command").what()) == "no command");
}

TEST_CASE("an error is one line of UTF-8, whatever the user's text holds") {
  const Error error(ErrorKind::input, "a\nb", "found 'x\r\n\x1B[31m\xFF\tdé日'");

  CHECK(error.where() == "a\\nb");
  CHECK(error.message() == "found 'x\\r\\n\\x1b[31m\\xff\\tdé日'");
  CHECK(std::string(error.what()) == error.where() + ": " + error.message());
}

}  // namespace
}  // namespace prospect
