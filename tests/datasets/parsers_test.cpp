#include "datasets/parsers/parsers.h"

#include <doctest/doctest.h>

#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"

using prospect::DependencyParser;
using prospect::ErrorKind;
using prospect::ParseRequest;
using prospect::test::expect_error;
using prospect::test::ScratchFolder;

namespace {

using Lines = std::vector<std::string>;

ParseRequest request_for(const std::string& sentence, const Lines& names) {
  ParseRequest request{sentence, {}};
  for (const auto& name : names) {
    const std::size_t begin = sentence.find(name);
    REQUIRE(begin != std::string::npos);
    request.names.push_back({begin, begin + name.size()});
  }
  return request;
}

// Each link as "word-word".
Lines links_of(DependencyParser& parser, const ParseRequest& request) {
  const auto parse = parser.parse(std::vector{request}).front();
  Lines lines;
  for (const auto& link : parse.links)
    lines.push_back(std::string(parse.words[link.left].of(request.sentence)) + "-" +
                    std::string(parse.words[link.right].of(request.sentence)));
  return lines;
}

constexpr const char* kConllu =
    "# text = New York is big.\n"
    "1\tNew\t_\t_\t_\t_\t2\tx\t_\t_\n"
    "2\tYork\t_\t_\t_\t_\t4\tx\t_\t_\n"
    "3\tis\t_\t_\t_\t_\t4\tx\t_\t_\n"
    "4\tbig\t_\t_\t_\t_\t0\tx\t_\tSpaceAfter=No\n"
    "5\t.\t_\t_\t_\t_\t4\tx\t_\t_\n"
    "\n"
    "1-2\tdu\t_\t_\t_\t_\t_\t_\t_\t_\n"
    "1\tde\t_\t_\t_\t_\t3\tx\t_\t_\n"
    "2\tle\t_\t_\t_\t_\t3\tx\t_\t_\n"
    "3\tpain\t_\t_\t_\t_\t0\tx\t_\tSpaceAfter=No\n"
    "3.1\tnot\t_\t_\t_\t_\t_\t_\t_\t_\n"
    "4\t!\t_\t_\t_\t_\t3\tx\t_\t_\n";

}  // namespace

TEST_CASE("stored parses are found by their sentence, a name being one word of it") {
  const ScratchFolder folder;
  const auto parser = prospect::read_conllu(folder.write("a.conllu", kConllu));

  CHECK(links_of(*parser, request_for("New York is big.", {"New York"})) ==
        Lines{"New York-big", "is-big", "big-."});
  CHECK(links_of(*parser, request_for("du pain!", {})) == Lines{"du-pain", "du-pain", "pain-!"});
  CHECK(parser->parse(std::vector{request_for("New York is small.", {})}).front().words.empty());
}

TEST_CASE("a file that is no CoNLL-U is refused with its line") {
  const ScratchFolder folder;
  const auto refused = [&](const std::string& content, const std::string& fragment) {
    expect_error(ErrorKind::input, fragment,
                 [&] { prospect::read_conllu(folder.write("a.conllu", content)); });
  };
  refused("1\tNew\t_\n", "a.conllu:1: expected the 10 columns");
  refused("# text = a\n1\tb\t_\t_\t_\t_\t0\tx\t_\t_\n", ":2: expected the word 'b'");
  refused("1\tb\t_\t_\t_\t_\t7\tx\t_\t_\n", "expected a head of at most 1, found 7");
  refused("2\tb\t_\t_\t_\t_\t0\tx\t_\t_\n", "expected word 1, found 2");
  refused("1\tb\t_\t_\t_\t_\tx\tx\t_\t_\n", "column HEAD");
  refused("# nothing\n", "found none");
}

TEST_CASE("Link Grammar links a name of several words as one") {
  const auto parser = prospect::link_grammar_parser();
  const auto request =
      request_for("The capital of Burkina Faso is Ouagadougou.", {"Burkina Faso", "Ouagadougou"});
  const Lines links = links_of(*parser, request);
  const auto has = [&](const char* link) {
    return std::find(links.begin(), links.end(), link) != links.end();
  };
  CHECK(has("capital-of"));
  CHECK(has("of-Burkina Faso"));
  CHECK(has("is-Ouagadougou"));
}

TEST_CASE("a sentence too long to be parsed in reasonable time has no parse") {
  const auto parser = prospect::link_grammar_parser();
  std::string text = "He said";
  for (int i = 0; i < 100; ++i) text += " that he said";
  CHECK(parser->parse(std::vector{request_for(text + ".", {})}).front().words.empty());
}
