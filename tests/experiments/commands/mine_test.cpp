#include <doctest/doctest.h>

#include "core/files.h"
#include "tests/experiments/commands/program_under_test.h"
#include "tests/support/scratch_folder.h"

namespace prospect {
namespace {

using test::run;
using test::ScratchFolder;

constexpr const char* kCorpus =
    "Lima is the capital of Peru.\n"
    "Rome, the capital of Italy, is old.\n"
    "Rome is the capital of Italy.\n"
    "Ann was born in Rome.\n";
constexpr const char* kFacts =
    R"({"relation": "P36", "split": "train", "sub_label": "Peru", "obj_label": "Lima"})"
    "\n"
    R"({"relation": "P36", "split": "train", "sub_label": "Italy", "obj_label": "Rome"})"
    "\n"
    R"({"relation": "P19", "split": "lama", "sub_label": "Ann", "obj_label": "Rome"})"
    "\n";

}  // namespace

TEST_CASE("mine writes the templates of all relations with their counts") {
  const ScratchFolder folder;
  const auto corpus = folder.write("corpus.txt", kCorpus).string();
  const auto facts = folder.write("facts.jsonl", kFacts).string();
  const auto result = run({"mine", "--facts", facts, "--corpus", corpus, "--jsonl"});

  REQUIRE(result.code == 0);
  const auto rows = result.json_lines();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0] == Json{{"relation", "P36"},
                        {"rank", 1},
                        {"template", "{mask} is the capital of {sub_label} ."},
                        {"lama", "[Y] is the capital of [X] ."},
                        {"frequency", 2},
                        {"pairs", 2}});
  CHECK(rows[1].at("lama") == "[Y] , the capital of [X] .");
  CHECK(rows[2].at("relation") == "P19");
  CHECK(result.err.starts_with("4 sentences in "));

  const auto out = folder.path() / "templates.jsonl";
  CHECK(run({"mine", "--facts", facts, "--split", "train", "--corpus", corpus, "--top", "1",
             "--out", out.string()})
            .out.empty());
  CHECK(Json::parse(read_file(out)) == rows[0]);
}

TEST_CASE("mine takes the pairs of a facts task, and refuses any other") {
  const ScratchFolder folder;
  const auto corpus = folder.write("corpus.txt", "Paris is the capital of France.\n").string();

  CHECK(run({"mine", "--task", "facts", "--corpus", corpus, "--json"}).code == 0);
  const auto refused = run({"mine", "--task", "reviews", "--corpus", corpus});
  CHECK(refused.code == 3);
  CHECK(refused.err.find("expected a facts task") != std::string::npos);
}

TEST_CASE("mine names what is wrong with its arguments and files") {
  const ScratchFolder folder;
  const auto corpus = folder.write("corpus.txt", kCorpus).string();
  const auto facts = folder.write("facts.jsonl", kFacts).string();
  const auto refused = [](std::vector<std::string> arguments, int code, const char* fragment) {
    const auto result = run(arguments);
    CAPTURE(result.err);
    CHECK(result.code == code);
    CHECK(result.err.find(fragment) != std::string::npos);
  };
  refused({"mine", "--corpus", corpus}, 2, "expected one of them, found none");
  refused({"mine", "--facts", facts, "--task", "facts", "--corpus", corpus}, 2, "found both");
  refused({"mine", "--task", "facts", "--split", "train", "--corpus", corpus}, 2, "--split");
  refused({"mine", "--facts", facts, "--split", "trian", "--corpus", corpus}, 3, "of this split");
  refused({"mine", "--facts", folder.path().string(), "--corpus", corpus + "x"}, 4, "corpus.txtx");
  refused({"mine", "--facts", facts, "--corpus", folder.write("no", "\xFF\n").string()}, 3,
          "a sentence a line");
}

}  // namespace prospect
