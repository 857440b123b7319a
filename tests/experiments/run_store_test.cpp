#include "experiments/run_store.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <cmath>
#include <limits>

#include "core/files.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"

namespace prospect {
namespace {

using test::expect_error;
using test::ScratchFolder;

RunIdentity identity() {
  return {{{"model", "toy"}}, "spec", "model", {{"name", "toys"}}};
}

TrialRecord some_trial(std::int64_t unit) {
  TrialRecord trial;
  trial.id = 1;
  trial.unit = unit;
  Candidate candidate;
  candidate.tmpl = Template::parse("{text} {trigger=3,4} \xF0\x9F\x98\x80 \"{mask}\"");
  candidate.verbalizer.labels = {{"bad", {{"bad", {}}}},
                                 {"good", {{"good", {7, 8}}, {"fine", {}}}}};
  trial.entry = candidate;
  trial.provenance = {{4, 5}, "moved\nslot 2"};
  trial.outcome.examples = {0, 2};
  trial.outcome.rows.resize(2);
  trial.outcome.rows[0].log_p = {-0.1, -std::numeric_limits<double>::infinity(), 1.0 / 3};
  trial.outcome.rows[0].coverage = std::nan("");
  trial.outcome.rows[1].log_p = {-0.2, -1e-300, -5};
  trial.outcome.rows[1].truncated_tokens = 3;
  trial.evaluation = {0.1 + 0.2, 0.25, -1.5, std::nan(""), 2, 1};
  trial.cost = 2;
  trial.spent = 11;
  trial.stands = true;
  trial.shown = {"{text} w0 \xF0\x9F\x98\x80 \"{mask}\"", true, 6};
  return trial;
}

TEST_CASE("what an ask brought is read back bit for bit") {
  ScratchFolder scratch;
  UnitRecord unit{.split_seed = 13, .seed = 1, .strategy = "manual", .room = 100};
  const State state{{{"next", 3}}, {{"weights", {std::byte{0}, std::byte{255}}}, {"none", {}}}};
  {
    const auto store = RunStore::create(scratch.path(), identity());
    store->begin_unit(unit);
    unit.spent = 11;
    unit.num_asks = 1;
    store->put_ask(unit, std::vector{some_trial(unit.id)},
                   std::vector{OracleUse{OracleKind::gradient, 1, 9}}, state);
  }
  const auto store = RunStore::open(scratch.path());
  const TrialRecord expected = some_trial(unit.id), found = store->trial(1);

  CHECK(found.entry == expected.entry);
  CHECK(found.provenance.parents == expected.provenance.parents);
  CHECK(found.provenance.note == expected.provenance.note);
  CHECK(found.outcome.examples == expected.outcome.examples);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(found.outcome.rows[i].log_p == expected.outcome.rows[i].log_p);
    CHECK(found.outcome.rows[i].truncated_tokens == expected.outcome.rows[i].truncated_tokens);
  }
  CHECK(std::isnan(found.outcome.rows[0].coverage));
  CHECK(found.evaluation.value == expected.evaluation.value);
  CHECK(std::isnan(found.evaluation.worst_class));
  CHECK(found.shown.tmpl == expected.shown.tmpl);
  CHECK(store->units().front().spent == 11);
  CHECK(store->state(unit.id)->values == state.values);
  CHECK(store->state(unit.id)->blobs == state.blobs);
  CHECK(store->next_trial_id() == 2);
  CHECK(store->identity().spec == identity().spec);
}

TEST_CASE("oracle calls of a last ask that proposed nothing are kept") {
  ScratchFolder scratch;
  UnitRecord unit{.split_seed = 13, .seed = 1, .strategy = "manual", .room = 100};
  const auto store = RunStore::create(scratch.path(), identity());
  store->begin_unit(unit);
  unit.num_asks = 1;
  const std::vector uses{OracleUse{OracleKind::slot, 1, 8}};
  store->put_ask(unit, {}, uses, {});
  unit.stop = "exhausted";

  CHECK_NOTHROW(store->end_unit(unit, uses));
}

TEST_CASE("a second writer is refused, and a reader is not") {
  ScratchFolder scratch;
  const auto store = RunStore::create(scratch.path(), identity());

  expect_error(ErrorKind::io, "process " + std::to_string(::getpid()),
               [&] { RunStore::open(scratch.path()); });
  expect_error(ErrorKind::io, "no other process writes",
               [&] { RunStore::set_aside(scratch.path()); });
  CHECK(RunStore::open_read_only(scratch.path())->units().empty());
}

TEST_CASE("a damaged store gives one clear line wherever it is damaged") {
  ScratchFolder scratch;
  {
    const auto store = RunStore::create(scratch.path() / "run", identity());
    UnitRecord unit{.split_seed = 13, .seed = 1, .strategy = "manual", .room = 100};
    store->begin_unit(unit);
    for (int i = 1; i < 40; ++i) {
      TrialRecord trial = some_trial(unit.id);
      trial.id = i;
      store->put_ask(unit, std::vector{trial}, {}, {});
    }
  }
  const auto file = scratch.path() / "run" / "run.sqlite";
  const std::string whole = read_file(file);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{50}, std::size_t{1000},
                                 whole.size() / 2, whole.size() - 4096}) {
    CAPTURE(size);
    write_file(file, whole.substr(0, size));
    expect_error(ErrorKind::input, "damaged file", [&] { RunStore::open(scratch.path() / "run"); });
  }
  std::string garbled = whole;
  for (std::size_t i = 2000; i < garbled.size(); i += 7) garbled[i] = static_cast<char>(i);
  write_file(file, garbled);
  expect_error(ErrorKind::input, "--fresh", [&] { RunStore::open(scratch.path() / "run"); });
  write_file(file,
             "this is a text file, and no database at all, of more than a hundred bytes in "
             "all, so that it could hold a header of one, were it one");
  expect_error(ErrorKind::input, "damaged file", [&] { RunStore::open(scratch.path() / "run"); });
  expect_error(ErrorKind::input, "damaged file",
               [&] { RunStore::open_read_only(scratch.path() / "run"); });
}

TEST_CASE("a run of the schema before is read, and brought to this one when it is continued") {
  ScratchFolder scratch;
  {
    const auto store = RunStore::create(scratch.path(), identity());
    UnitRecord unit{.split_seed = 13, .seed = 1, .strategy = "manual", .room = 100, .spent = 7};
    store->begin_unit(unit);
  }
  {
    Database database(scratch.path() / "run.sqlite", Database::Access::read_write);
    for (const char* column : {"tokens", "num_trials", "tokens_room", "trials_room"})
      database.execute(std::string("ALTER TABLE units DROP COLUMN ") + column);
    database.execute("DROP TABLE vectors; PRAGMA user_version = 2");
  }

  CHECK(RunStore::open_read_only(scratch.path())->units().front().spent == 7);
  CHECK(RunStore::open(scratch.path())->units().front().tokens == 0);
  CHECK(RunStore::open_read_only(scratch.path())->units().front().room == 100);
}

TEST_CASE("a newer schema is refused by name") {
  ScratchFolder scratch;
  RunStore::create(scratch.path(), identity());
  Database(scratch.path() / "run.sqlite", Database::Access::read_write)
      .execute("PRAGMA user_version = 7");

  expect_error(ErrorKind::unsupported, "schema 7", [&] { RunStore::open(scratch.path()); });
}

TEST_CASE("a run is set aside under the first free number") {
  ScratchFolder scratch;
  const auto folder = scratch.path() / "run";
  for (const char* expected : {"run.1", "run.2"}) {
    RunStore::create(folder, identity());
    CHECK(RunStore::set_aside(folder / "") == scratch.path() / expected);
    CHECK(!RunStore::exists(folder));
    CHECK(RunStore::exists(scratch.path() / expected));
  }
}

TEST_CASE("a folder without a run is said to hold none") {
  ScratchFolder scratch;
  expect_error(ErrorKind::io, "found no run.sqlite",
               [&] { RunStore::open_read_only(scratch.path()); });
}

}  // namespace
}  // namespace prospect
