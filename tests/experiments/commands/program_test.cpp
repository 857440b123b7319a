#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <streambuf>

#include "tests/experiments/commands/program_under_test.h"
#include "tests/support/scratch_folder.h"

namespace prospect {
namespace {

using test::run;

// A stream that takes some bytes and then refuses, as a full disk does.
class FullDisk : public std::streambuf {
 public:
  explicit FullDisk(std::size_t room) : room_(room) {}

 protected:
  int_type overflow(int_type c) override { return room_-- > 0 ? c : traits_type::eof(); }
  std::streamsize xsputn(const char*, std::streamsize count) override {
    const auto taken = std::min<std::size_t>(room_, static_cast<std::size_t>(count));
    room_ -= taken;
    return static_cast<std::streamsize>(taken);
  }

 private:
  std::size_t room_;
};

bool is_one_line(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n') == 1 && text.back() == '\n';
}

}  // namespace

TEST_CASE("the program alone and --help list every command") {
  for (const auto& arguments : {std::vector<std::string>{}, {"--help"}, {"-h"}}) {
    const auto result = run(arguments);

    CHECK(result.code == 0);
    CHECK(result.err.empty());
    for (const auto& command : commands())
      CHECK(result.out.find("  " + std::string(command.name) + " ") != std::string::npos);
  }
}

TEST_CASE("--version prints the version") {
  CHECK(run({"--version"}).out.starts_with("prospect 0."));
}

TEST_CASE("an unknown command is refused with the nearest one") {
  const auto result = run({"tokenise"});

  CHECK(result.code == 2);
  CHECK(result.out.empty());
  CHECK(result.err == "prospect: usage: tokenise: unknown command; did you mean 'tokenize'?\n");
}

TEST_CASE("an option before the command is refused") {
  CHECK(run({"--json", "list"}).err.find("expected a command before options") != std::string::npos);
}

TEST_CASE("every command has help with usage, options and exit codes") {
  for (const auto& command : commands()) {
    CAPTURE(command.name);
    const auto result = run({std::string(command.name), "--help"});

    CHECK(result.code == 0);
    CHECK(result.err.empty());
    CHECK(result.out.starts_with("usage: prospect " + std::string(command.name)));
    for (const char* part : {"\noptions:\n", "\nexamples:\n", "\nexit codes:\n", "--help"})
      CHECK(result.out.find(part) != std::string::npos);
    for (const auto& line : split(result.out, '\n')) CHECK(line.size() <= 130);
  }
}

TEST_CASE("every command refuses an unknown option with exit code 2 and one line") {
  for (const auto& command : commands()) {
    CAPTURE(command.name);
    const auto result = run({std::string(command.name), "--hlep"});

    CHECK(result.code == 2);
    CHECK(result.out.empty());
    CHECK(is_one_line(result.err));
    CHECK(result.err.starts_with("prospect " + std::string(command.name) +
                                 ": usage: --hlep: unknown option; did you mean '--help'?"));
  }
}

TEST_CASE("a missing model is an input error that names it") {
  const auto result = run({"tokenize", "--model", "no/such/folder", "text"});

  CHECK(result.code == 3);
  CHECK(result.err.starts_with("prospect tokenize: input: no/such/folder: expected the folder"));
}

TEST_CASE("an error stays on one line whatever it quotes") {
  const auto result = run({"tokenize", "--model", "a\nb\x1b[31m\xff", "text"});

  CHECK(result.code == 3);
  CHECK(is_one_line(result.err));
  CHECK(result.err.find("a\\nb\\x1b[31m\\xff") != std::string::npos);
}

TEST_CASE("a full disk or a closed pipe on standard output is an io error, never success") {
  const std::size_t length = run({"list", "metrics"}).out.size();
  for (const std::size_t room : {std::size_t{0}, std::size_t{10}, length - 1}) {
    CAPTURE(room);
    FullDisk disk(room);
    std::istringstream in;
    std::ostream out(&disk);
    std::ostringstream err;
    Console console{in, out, err};

    CHECK(run_program(std::vector<std::string>{"list", "metrics"}, console) == 4);
    CHECK(err.str().starts_with("prospect list: io: standard output: cannot write"));
    CHECK(is_one_line(err.str()));
  }
}

TEST_CASE("--json and --jsonl together are refused") {
  const auto result = run({"list", "metrics", "--json", "--jsonl"});

  CHECK(result.code == 2);
  CHECK(result.err.find("expected one of --json and --jsonl") != std::string::npos);
}

}  // namespace prospect
