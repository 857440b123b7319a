// Plug-ins: how they are loaded, and what becomes of one that goes wrong.

#include "experiments/plugin.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "core/files.h"
#include "search/registry.h"
#include "tests/experiments/commands/program_under_test.h"
#include "tests/experiments/toy_experiment.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::expect_error;
using test::run_session;
using test::Session;
using test::ToyExperiment;

std::string plugin(const std::string& name) {
  return std::string(PROSPECT_PLUGIN_FOLDER) + "/" + name + ".so";
}

// `manual`, then a strategy that is right for two asks.
class MischiefExperiment : public ToyExperiment {
 public:
  explicit MischiefExperiment(const std::string& kind) {
    load_plugin(plugin("plugin_mischief"));
    json["strategies"] =
        Json::array({{{"name", "manual"}},
                     {{"name", "test_mischief"}, {"options", {{"kind", kind}, {"from", 2}}}}});
    json["budget"]["evaluations"] = 400;
  }
};

TEST_CASE("a plug-in's strategy is found by name, and loading it again changes nothing") {
  CHECK(load_plugin(plugin("plugin_mischief")) == "test_mischief");
  CHECK(load_plugin(plugin("plugin_mischief")) == "test_mischief");
  CHECK(find_strategy("test_mischief", "test").plugin.ends_with("plugin_mischief.so"));

  MischiefExperiment toy("none");
  const Session session = run_session(toy.open(), toy.run_folder());
  CHECK(session.finished);
  CHECK(test::rows_of(session, "test_mischief").size() == 2);
}

TEST_CASE("list and validate show a plug-in's strategy with its options and its file") {
  const auto text = test::run({"list", "strategies", "--plugin", plugin("plugin_mischief")});
  const auto json =
      test::run({"list", "strategies", "--json", "--plugin", plugin("plugin_mischief")});
  CHECK(text.code == 0);
  CHECK(text.out.find("test_mischief: Breaks one promise.") != std::string::npos);
  CHECK(text.out.find("plugin_mischief.so") != std::string::npos);
  CHECK(json.out.find("The number of asks that are right.") != std::string::npos);

  MischiefExperiment toy("none");
  toy.open();
  const auto wrong =
      test::run({"validate", toy.folder() / "experiment.json", "--plugin",
                 plugin("plugin_mischief"), "--set", "/strategies/1/options/knid=none"});
  CHECK(wrong.code == 3);
  CHECK(wrong.err.find("did you mean 'kind'") != std::string::npos);
}

TEST_CASE("nothing of a plug-in of another interface runs") {
  ::unsetenv("PROSPECT_TEST_PLUGIN_RAN");
  expect_error(ErrorKind::unsupported,
               "plugin_other_abi.so: expected a plug-in built against interface",
               [] { load_plugin(plugin("plugin_other_abi")); });
  expect_error(ErrorKind::unsupported, "plugin_other_layout.so: expected a plug-in whose types",
               [] { load_plugin(plugin("plugin_other_layout")); });
  CHECK(std::getenv("PROSPECT_TEST_PLUGIN_RAN") == nullptr);
}

TEST_CASE("what is no plug-in is refused with the file's name and the program's exit code") {
  const test::ScratchFolder folder;
  const std::string whole = read_file(plugin("plugin_mischief"));
  const std::string text = folder.write("text.so", "not a library"),
                    empty = folder.write("empty.so", ""),
                    half = folder.write("half.so", whole.substr(0, whole.size() / 2)),
                    head = folder.write("head.so", whole.substr(0, 64)), library = PROSPECT_LIBRARY;
  for (const auto& file : {text, empty, half, head, library}) {
    CAPTURE(file);
    const auto run = test::run({"list", "strategies", "--plugin", file});
    CHECK(run.code == 3);
    CHECK(run.err.find(std::filesystem::path(file).filename().stem()) != std::string::npos);
    CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
  }
  CHECK(test::run({"list", "strategies", "--plugin", "nowhere.so"}).code == 4);
  CHECK(test::run({"list", "strategies", "--plugin", "/tmp"}).code == 4);
  CHECK(test::run({"list", "strategies", "--plugin", plugin("plugin_taken")}).code == 2);
}

TEST_CASE("a plug-in that goes wrong ends the run with one error that names it") {
  const std::pair<const char*, const char*> kFaults[] = {
      {"make", "no constructor today"},
      {"throw", "lost my way"},
      {"throw_error", "a bug of mine"},
      {"throw_number", "it threw something else"},
      {"tell", "deaf"},
      {"save", "forgetful"},
      {"no_mask", "expected one {mask} in a template, found 0"},
      {"two_masks", "expected one {mask} in a template, found 2"},
      {"foreign_field", "found {answer}"},
      {"trigger", "expected token ids below 66"},
      {"fixed", "found 75"},
      {"utf8", "valid UTF-8"},
      {"labels", "found them for (bad)"},
      {"no_words", "at least one label word for 'bad'"},
      {"label_id", "the label words of 'bad', found 66"},
      {"examples", "expected examples below 16 of the pool 'dev', found 1000000"},
      {"equal", "no two equal proposals"},
      {"dear", "fit into the room"},
      {"endless", "fit into the room"},
  };
  for (const auto& [kind, message] : kFaults) {
    CAPTURE(kind);
    MischiefExperiment toy(kind);
    const Experiment experiment = toy.open();
    for (int attempt = 0; attempt < 2; ++attempt) {  // continued, it fails in the same way
      expect_error(ErrorKind::input, message, [&] { run_session(experiment, toy.run_folder()); });
      expect_error(ErrorKind::input, "strategy 'test_mischief' of the plug-in",
                   [&] { run_session(experiment, toy.run_folder()); });
    }
    const auto units = RunStore::open_read_only(toy.run_folder())->units();
    REQUIRE(units.size() == 2);
    CHECK(units[0].stop == "exhausted");
    // What was right is kept, and nothing of what was not.
    const std::int64_t right = kind == std::string("make") ? 0 : 2;
    CHECK(units[1].num_asks == right);
    CHECK(units[1].spent == 16 * right);
    CHECK(units[1].stop.empty());
  }
}

TEST_CASE("a run whose strategy was mended goes on where it stopped") {
  MischiefExperiment toy("none");
  const Session whole = run_session(toy.open(), toy.folder() / "whole");
  REQUIRE(whole.finished);
  // The same spec, so the same run: the fault stands in the registry's strategy, not in the file.
  const StrategyInfo& info = find_strategy("test_mischief", "test");
  auto& make = const_cast<StrategyInfo&>(info).make;
  const auto right = make;
  make = [right](const JsonReader& options, SearchContext context) {
    Json broken = options.value();
    broken["kind"] = "throw";
    return right(JsonReader(broken, "test"), std::move(context));
  };
  const auto folder = toy.folder() / "mended";
  expect_error(ErrorKind::input, "lost my way", [&] { run_session(toy.open(), folder); });
  make = right;
  const Session mended = run_session(toy.open(), folder);

  CHECK(mended.finished);
  CHECK(mended.jsonl == whole.jsonl);
}

}  // namespace
}  // namespace prospect
