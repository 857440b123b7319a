#include <doctest/doctest.h>

#include "core/text.h"
#include "tests/experiments/commands/program_under_test.h"

namespace prospect {
namespace {

using test::pocket_mlm;
using test::run;

test::ProgramRun tokenize(std::vector<std::string> arguments, const std::string& input = "") {
  arguments.insert(arguments.begin(), {"tokenize", "--model", pocket_mlm()});
  return run(arguments, input);
}

}  // namespace

TEST_CASE("tokenize prints the fields of the interface") {
  const Json json = tokenize({"--json", "It was great."}).json();

  CHECK(json.at("tokens") == Json({"[CLS]", "it", "was", "great", ".", "[SEP]"}));
  CHECK(json.at("ids").size() == 6);
  CHECK(json.at("type_ids") == Json({0, 0, 0, 0, 0, 0}));
  CHECK(json.at("decoded") == "it was great.");
}

TEST_CASE("tokenize reads JSON Lines and answers line by line") {
  const auto lines = tokenize({"--jsonl"},
                              "{\"text\": \"good\", \"pair\": \"bad film\"}\n"
                              "{\"text\": \"\"}\r\n")
                         .json_lines();

  REQUIRE(lines.size() == 2);
  CHECK(lines[0].at("tokens") == Json({"[CLS]", "good", "[SEP]", "bad", "film", "[SEP]"}));
  CHECK(lines[0].at("type_ids") == Json({0, 0, 0, 1, 1, 1}));
  CHECK(lines[1].at("tokens") == Json({"[CLS]", "[SEP]"}));
}

TEST_CASE("several texts with --json are one object") {
  CHECK(tokenize({"--json", "good", "bad"}).json().at("results").size() == 2);
}

TEST_CASE("tokenize cuts and leaves out special tokens as asked") {
  CHECK(tokenize({"--json", "--max-length", "4", "It was great."}).json().at("tokens") ==
        Json({"[CLS]", "it", "was", "[SEP]"}));
  CHECK(tokenize({"--json", "--no-special", "good"}).json().at("tokens") == Json({"good"}));
}

TEST_CASE("a text that cannot be cut is refused with its line") {
  const auto result = tokenize({"--max-length", "1", "--jsonl"}, "{\"text\": \"good\"}\n");

  CHECK(result.code == 3);
  CHECK(result.err.starts_with("prospect tokenize: input: stdin:1: "));
}

TEST_CASE("a wrong line is refused with its number, and what was before it stands") {
  const std::string good = "{\"text\": \"good\"}\n";
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"", "expected a JSON object, found an empty line"},
      {"  ", "expected a JSON object, found an empty line"},
      {"good", "expected valid JSON"},
      {"[1]", "expected a JSON object, found [1]"},
      {"{\"text\": 3}", "expected a string, found 3"},
      {"{\"txt\": \"x\"}", "unknown key 'txt'; did you mean 'text'?"},
      {"{}", "expected the key 'text'"},
      {"{\"text\": \"\xff\"}", "expected UTF-8 text, found an invalid byte at offset 10"},
      {"{\"text\": \"x", "expected valid JSON"}};
  for (const auto& [line, message] : wrong) {
    CAPTURE(line);
    const auto result = tokenize({"--jsonl"}, good + line + "\n" + good);

    CHECK(result.code == 3);
    CHECK(result.json_lines().size() == 1);
    CHECK(result.err.starts_with("prospect tokenize: input: stdin:2"));
    CHECK(result.err.find(message) != std::string::npos);
    CHECK(split(result.err, '\n').size() == 2);
  }
}

TEST_CASE("empty standard input is refused") {
  const auto result = tokenize({"--jsonl"});

  CHECK(result.code == 3);
  CHECK(result.err.find("stdin: expected texts as arguments or lines") != std::string::npos);
}

TEST_CASE("an argument that is no UTF-8 is refused") {
  const auto result = tokenize({"good", "\xc3("});

  CHECK(result.code == 3);
  CHECK(result.err.find("argument 2: expected UTF-8 text") != std::string::npos);
}

TEST_CASE("a huge text is tokenized") {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "good ";

  CHECK(tokenize({"--jsonl", "--no-special"}, "{\"text\": \"" + text + "\"}\n")
            .json_lines()
            .front()
            .at("ids")
            .size() == 200'000);
}

}  // namespace prospect
