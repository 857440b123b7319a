#include <doctest/doctest.h>

#include "core/text.h"
#include "search/mining/miner.h"
#include "search/mining/stop_words.h"
#include "search/registry.h"
#include "tests/contract/strategy_contract.h"
#include "tests/support/drive.h"
#include "tests/support/expect_error.h"
#include "tests/support/toy_providers.h"

namespace prospect {
namespace {

using test::ToyParsers;
using test::ToyScanner;
using Texts = std::vector<std::string>;

PairMention mention_of(std::string_view sentence, std::string_view subject,
                       std::string_view object) {
  const std::size_t s = sentence.find(subject), o = sentence.find(object);
  return {sentence, 1, 0, {s, s + subject.size()}, {o, o + object.size()}};
}

std::string middle(std::string_view sentence, const PhraseRules& rules = {}) {
  return middle_phrase(mention_of(sentence, "Ann", "Bonn"), rules).value_or("");
}

// Words of the sentence at spaces, and links between some of them.
std::string spanned(const std::string& sentence,
                    const std::vector<std::pair<std::string, std::string>>& links) {
  SentenceParse parse;
  Texts words;
  for (const auto& range : split_words(sentence)) {
    parse.words.push_back(range);
    words.emplace_back(range.of(sentence));
  }
  const auto index = [&](const std::string& word) {
    return static_cast<std::size_t>(std::find(words.begin(), words.end(), word) - words.begin());
  };
  for (const auto& [left, right] : links) parse.links.push_back({index(left), index(right)});
  return dependency_phrase(mention_of(sentence, "Ann", "Bonn"), parse, {}).value_or("");
}

Texts phrases_of(const std::vector<std::string>& lines, const std::vector<GroupedPair>& pairs,
                 const MiningOptions& options, std::size_t group = 0) {
  ToyScanner scanner(lines);
  ToyParsers parsers;
  const auto mined =
      mine(pairs, 2, options, {.scanner = &scanner, .thesaurus = nullptr, .parsers = &parsers}, "");
  Texts texts;
  for (const auto& phrase : mined.groups.at(group))
    texts.push_back(phrase.text + " " + std::to_string(phrase.frequency) + "/" +
                    std::to_string(phrase.num_pairs));
  return texts;
}

const std::vector<GroupedPair> kPairs{
    {{"Ann", "Bonn"}, 0}, {{"Eve", "Rome"}, 0}, {{"Bonn", "Rhine"}, 1}};

TEST_CASE("middle words stand strictly between the names, in their order, in lower case") {
  CHECK(middle("In 1990 Ann was Born in Bonn, Germany.") == "[X] was born in [Y]");
  CHECK(middle("Bonn's mayor, Ann") == "[Y] 's mayor , [X]");
  CHECK(middle("Ann was Born in Bonn", {.max_words = 10, .lower = false}) == "[X] was Born in [Y]");
}

TEST_CASE("neighbours, stop words alone and long phrases give nothing") {
  CHECK(middle("Ann Bonn").empty());
  CHECK(middle("Ann, Bonn").empty());
  CHECK(middle("Ann is in the Bonn").empty());
  CHECK(middle("Ann a1 a2 a3 a4 a5 a6 a7 a8 a9 a10 Bonn").size() > 10);
  CHECK(middle("Ann a1 a2 a3 a4 a5 a6 a7 a8 a9 a10 a11 Bonn").empty());
}

TEST_CASE("a dependency phrase spans the path between the names, from its first to its last word") {
  CHECK(spanned("The old capital of Ann is now Bonn today",
                {{"capital", "is"}, {"capital", "of"}, {"of", "Ann"}, {"is", "Bonn"}}) ==
        "capital of [X] is now [Y]");
  CHECK(spanned("Ann and Bonn met here", {{"Ann", "met"}, {"Bonn", "met"}}) == "[X] and [Y] met");
  CHECK(spanned("Ann lives in Bonn", {{"Ann", "lives"}, {"in", "Bonn"}}).empty());
}

TEST_CASE("a path phrase has the words on the path alone") {
  const std::string text = "The old capital of Ann is now Bonn today";
  SentenceParse parse;
  parse.words = split_words(text);
  parse.links = {{2, 5}, {2, 3}, {3, 4}, {5, 7}, {1, 2}, {5, 6}};
  CHECK(path_phrase(mention_of(text, "Ann", "Bonn"), parse, {}) == "capital of [X] is [Y]");
}

TEST_CASE("of two shortest paths the one through the leftmost words is taken") {
  CHECK(spanned("far Ann near Bonn away",
                {{"Ann", "away"}, {"away", "Bonn"}, {"Ann", "far"}, {"far", "Bonn"}}) ==
        "far [X] near [Y]");
}

TEST_CASE("phrases are counted by sentence and pair, and ranked by frequency, then pairs") {
  const Texts lines{"Ann loves Bonn",        "Ann loves Bonn, Ann loves Bonn",
                    "Ann left Bonn",         "Ann left Bonn",
                    "Eve left Rome",         "Ann likes Bonn",
                    "Ann really likes Bonn", "Bonn straddles Rhine"};
  MiningOptions few;
  few.keep = 3;
  CHECK(phrases_of(lines, kPairs, few) ==
        Texts{"[X] left [Y] 3/2", "[X] loves [Y] 2/1", "[X] likes [Y] 1/1"});
  CHECK(phrases_of(lines, kPairs, {}, 1) == Texts{"[X] straddles [Y] 1/1"});
  few.keep = 1;
  CHECK(phrases_of(lines, kPairs, few) == Texts{"[X] left [Y] 3/2"});
  few.keep = 40;
  few.min_frequency = 2;
  CHECK(phrases_of(lines, kPairs, few).size() == 2);
}

TEST_CASE("a phrase that both ways of mining find in a sentence counts once") {
  MiningOptions both;
  both.kinds = {"middle", "dependency"};
  CHECK(phrases_of({"Ann loves Bonn", "Eve loves Rome"}, kPairs, both) ==
        Texts{"[X] loves [Y] 2/2"});
}

TEST_CASE("more sentences than one batch of the parser are all counted") {
  MiningOptions parsed;
  parsed.kinds = {"dependency"};
  CHECK(phrases_of(Texts(5000, "Ann loves Bonn"), kPairs, parsed) == Texts{"[X] loves [Y] 5000/1"});
}

TEST_CASE("an unknown kind and a missing provider are refused by name") {
  ToyScanner scanner;
  MiningOptions options;
  options.kinds = {"midle"};
  test::expect_error(ErrorKind::input, "unknown kind 'midle'; did you mean 'middle'?",
                     [&] { check_mining(options, {.scanner = &scanner}, ""); });
  options.kinds = {};
  test::expect_error(ErrorKind::input, "found none",
                     [&] { check_mining(options, {.scanner = &scanner}, ""); });
  options.kinds = {"dependency"};
  test::expect_error(ErrorKind::unsupported, "scanner", [&] { check_mining(options, {}, ""); });
  test::expect_error(ErrorKind::unsupported, "parser",
                     [&] { mine({}, 1, options, {.scanner = &scanner}, ""); });
}

TEST_CASE("stop words are of closed classes") {
  for (const char* word : {"the", "of", "was", "'s", "whose"}) CHECK(is_stop_word(word));
  for (const char* word : {"born", "capital", "", "The"}) CHECK_FALSE(is_stop_word(word));
}

TEST_CASE("the mining strategy proposes a classification task's phrases, most frequent first") {
  const Task task = test::toy_task();
  test::ToyModel model;
  const auto strategy = test::make_toy_strategy("mining", Json::object(), task, model, 1);
  const auto asks = test::drive(*strategy, task, model, 10'000).asks;

  REQUIRE(asks.size() == 1);
  Texts texts;
  for (const auto& proposal : asks.front())
    texts.push_back(std::get<Candidate>(proposal.entry).tmpl.text());
  CHECK(texts.front() == "{text} w20 w30 {mask} .");
  CHECK(asks.front().front().provenance.note == "mined: in 2 sentences, of 2 pairs");
  CHECK(std::find(texts.begin(), texts.end(), "{mask} w12 {text} .") != texts.end());
}

TEST_CASE("the mining strategy takes a fact's own subject and object") {
  Task task;
  task.kind = TaskKind::facts;
  task.fields = {"subject"};
  task.labels = {"Bonn", "Rome"};
  task.support = {{"1", {{"subject", "Ann"}}, 0, "Bonn", "born"},
                  {"2", {{"subject", "Eve"}}, 1, "Rome", "born"}};
  task.dev = task.support;
  ToyScanner scanner({"Ann was born in Bonn", "Eve was born in Rome", "Ann hates Rome"});
  test::ToyModel model;
  const auto strategy = test::make_toy_strategy("mining", {{"closing", "!"}}, task, model, 1, {},
                                                {.scanner = &scanner});
  const Ask ask = strategy->ask({100});

  REQUIRE(ask.proposals.size() == 1);
  CHECK(std::get<Candidate>(ask.proposals[0].entry).tmpl.text() == "{subject} was born in {mask}!");
}

TEST_CASE("mining keeps the contract with every kind") {
  test::check_strategy_contract("mining",
                                {{"kinds", {"middle", "dependency", "path"}}, {"keep", 3}});
}

}  // namespace
}  // namespace prospect
