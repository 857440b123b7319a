#include "experiments/commands/command_line.h"

#include <doctest/doctest.h>

#include <sstream>

#include "tests/support/expect_error.h"

namespace prospect {
namespace {

struct Options {
  std::string model, mode = "slow";
  std::int64_t top = 10;
  double rate = 0.5;
  bool json = false;
  std::optional<std::int64_t> seed;
  std::vector<std::string> set, texts;
  std::optional<std::pair<std::string, std::string>> compare;
  bool parsed = false, seed_given = false;
  std::string out;
};

Options parse(const std::vector<std::string>& arguments, std::vector<std::string> required = {},
              std::size_t most = SIZE_MAX) {
  Options options;
  CommandLine line("toy", "[TEXT...]", "Does little.");
  line.option("model", "DIR", options.model, "A folder.");
  line.option("mode", "MODE", options.mode, "How fast.", {"slow", "fast"});
  line.option("top", "K", options.top, "How many.", between<std::int64_t>(1, 99));
  line.option("rate", "R", options.rate, "How much.", between(0.0, 1.0));
  line.flag("json", options.json, "As JSON.");
  line.option("seed", "S", options.seed, "Of what is drawn.");
  line.option("set", "P=V", options.set, "Sets a value.");
  line.pair("compare", "A B", options.compare, "Compares two.");
  line.positional("TEXT", options.texts, "Texts.", 0, most);
  line.require(std::move(required));
  line.example("toy --top 3", "three of them");
  line.exit_code(1, "the answer is no");
  std::istringstream in;
  std::ostringstream out;
  Console console{in, out, out};
  options.parsed = line.parse(arguments, console);
  options.seed_given = line.given("seed");
  options.out = out.str();
  return options;
}

void expect_usage(const std::vector<std::string>& arguments, const std::string& fragment,
                  std::vector<std::string> required = {}, std::size_t most = SIZE_MAX) {
  test::expect_error(ErrorKind::usage, fragment,
                     [&] { parse(arguments, std::move(required), most); });
}

}  // namespace

TEST_CASE("options that are not given keep their members") {
  const Options options = parse({});

  CHECK(options.parsed);
  CHECK(options.top == 10);
  CHECK(options.rate == 0.5);
  CHECK_FALSE(options.json);
  CHECK_FALSE(options.seed.has_value());
  CHECK_FALSE(options.seed_given);
  CHECK(options.texts.empty());
}

TEST_CASE("values are taken from the next word and from behind an equals sign") {
  const Options options = parse({"--model", "a=b", "one", "--top=3", "--rate", "0.25", "--json",
                                 "--seed=0", "two words", "", "--mode", "fast"});

  CHECK(options.model == "a=b");
  CHECK(options.top == 3);
  CHECK(options.rate == 0.25);
  CHECK(options.json);
  CHECK(options.seed == 0);
  CHECK(options.seed_given);
  CHECK(options.mode == "fast");
  CHECK(options.texts == std::vector<std::string>{"one", "two words", ""});
}

TEST_CASE("an option that may repeat collects its values in order") {
  CHECK(parse({"--set", "a=1", "--set=b=2"}).set == std::vector<std::string>{"a=1", "b=2"});
}

TEST_CASE("an option of two values takes two words and leaves the rest") {
  const Options options = parse({"--compare", "A", "B", "C"});

  REQUIRE(options.compare);
  CHECK(options.compare->first == "A");
  CHECK(options.compare->second == "B");
  CHECK(options.texts == std::vector<std::string>{"C"});
}

TEST_CASE("two dashes end the options") {
  CHECK(parse({"--json", "--", "--top", "-x", "--"}).texts ==
        std::vector<std::string>{"--top", "-x", "--"});
}

TEST_CASE("a single dash is an argument") {
  CHECK(parse({"-"}).texts.front() == "-");
}

TEST_CASE("a value may look like an option where an equals sign says that it is none") {
  CHECK(parse({"--model=--json"}).model == "--json");
  expect_usage({"--model", "--json"}, "found the option --json");
}

TEST_CASE("an unknown option is refused with the nearest known one") {
  expect_usage({"--modell", "x"}, "--modell: unknown option; did you mean '--model'?");
  expect_usage({"--modell=x"}, "did you mean '--model'?");
  expect_usage({"-json"}, "did you mean '--json'?");
  expect_usage({"--completely-else"}, "known are: --model");
}

TEST_CASE("an abbreviation is no option") {
  expect_usage({"--mod", "x"}, "--mod: unknown option; did you mean '--mode'?");
}

TEST_CASE("a missing value is named") {
  expect_usage({"--model"}, "--model: expected a value (DIR), found none");
  expect_usage({"--model="}, "--model: expected a value (DIR), found none");
  expect_usage({"--compare", "A"}, "--compare: expected 2 values (A B), found 1");
  expect_usage({"--json=1"}, "--json: expected no value");
}

TEST_CASE("a wrong number names the range and what was found") {
  for (const char* wrong : {"0", "100", "3x", "", "1.5", " 3", "+3", "99999999999999999999"}) {
    CAPTURE(wrong);
    expect_usage({"--top", wrong}, std::string("expected an integer of at least 1 and at most 99, "
                                               "found '") +
                                       wrong + "'");
  }
  for (const char* wrong : {"nan", "inf", "2", "-0.1", "x"}) {
    CAPTURE(wrong);
    expect_usage({"--rate", wrong}, "expected a number of at least 0 and at most 1");
  }
}

TEST_CASE("a value outside of the choices is refused with the choices") {
  expect_usage({"--mode", "quick"}, "expected one of slow, fast, found 'quick'");
}

TEST_CASE("an option given twice is refused") {
  expect_usage({"--top", "3", "--top", "4"}, "--top: expected the option once");
  expect_usage({"--json", "--json"}, "--json: expected the option once");
}

TEST_CASE("a required option is asked for by name") {
  expect_usage({}, "--model: expected this option, found none; see prospect toy --help", {"model"});
}

TEST_CASE("too many arguments are refused") {
  expect_usage({"a", "b"}, "b: expected at most 1 of TEXT", {}, 1);
}

TEST_CASE("help lists usage, options with defaults and ranges, examples and exit codes") {
  const Options options = parse({"--top", "3", "--help"}, {"model"});

  CHECK_FALSE(options.parsed);
  for (const char* part :
       {"usage: prospect toy [TEXT...]\n", "Does little.\n", "--model DIR", "--json",
        "How many. (at least 1 and at most 99; default 10)", "one of slow, fast; default slow",
        "--compare A B", "  prospect toy --top 3\n", "1                           the answer is no",
        "130 "}) {
    CAPTURE(part);
    CHECK(options.out.find(part) != std::string::npos);
  }
  CHECK_FALSE(parse({"-h"}).parsed);
}

}  // namespace prospect
