#include "datasets/thesaurus.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/files.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"

namespace prospect {
namespace {

using Words = std::vector<std::string>;

bool holds(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

TEST_CASE("synonyms take the form of the word that was asked for") {
  const auto thesaurus = make_thesaurus();

  CHECK(holds(thesaurus->synonyms("movie"), "film"));
  const Words plural = thesaurus->synonyms("movies");
  CHECK(holds(plural, "films"));
  CHECK_FALSE(holds(plural, "film"));
  CHECK(holds(thesaurus->synonyms("Great"), "Outstanding"));
  CHECK(holds(thesaurus->synonyms("watched"), "observed"));
}

TEST_CASE("antonyms, remarks and the word itself are no synonyms") {
  for (const char* word : {"all", "good", "film"}) {
    CAPTURE(word);
    for (const auto& synonym : make_thesaurus()->synonyms(word)) {
      CHECK(synonym.find('(') == std::string::npos);
      CHECK(synonym != word);
    }
  }
  CHECK_FALSE(holds(make_thesaurus()->synonyms("all"), "no"));
}

TEST_CASE("a word that no thesaurus knows has no synonyms, whatever its bytes") {
  const auto thesaurus = make_thesaurus();
  for (const char* word : {"was", "xyzzyq", "", "\xff\xfe", "|", "[X]"}) {
    CAPTURE(word);
    CHECK(thesaurus->synonyms(word).empty());
  }
  CHECK(thesaurus->synonyms(std::string(100'000, 'a')).empty());
}

TEST_CASE("endings follow English spelling") {
  CHECK(spellings_with("story", "s") == Words{"stories"});
  CHECK(spellings_with("make", "ing").front() == "making");
  CHECK(spellings_with("stop", "ed").front() == "stopped");
  CHECK(holds(spellings_with("rain", "ed"), "rained"));
  CHECK(spellings_with("happy", "ly") == Words{"happily"});
  CHECK(spellings_with("a", "s").empty());
}

TEST_CASE("a missing file names the package that brings it") {
  const auto thesaurus = make_thesaurus({.thesaurus = "/nowhere/th", .dictionary = {}});
  test::expect_error(ErrorKind::io, "Debian's package mythes-en-us",
                     [&] { thesaurus->synonyms("film"); });
}

}  // namespace
}  // namespace prospect
