#include "experiments/cached_scorer.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/files.h"
#include "experiments/chunked_scorer.h"
#include "tests/experiments/toy_experiment.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/toy_model.h"

namespace prospect {
namespace {

using test::expect_error;
using test::ScratchFolder;
using test::toy_task;
using test::ToyModel;

// All rows of some candidates on a toy task.
struct Work {
  explicit Work(std::vector<Candidate> some, ScoringSpec wanted = {})
      : task(toy_task()), candidates(std::move(some)), spec(wanted) {
    for (std::uint32_t c = 0; c < candidates.size(); ++c)
      for (std::uint32_t e = 0; e < task.dev.size(); ++e) rows.push_back({c, e});
  }
  ScoreRequest request() const { return {candidates, task.dev, {}, rows, spec}; }

  Task task;
  std::vector<Candidate> candidates;
  std::vector<Row> rows;
  ScoringSpec spec;
};

Candidate candidate(const ToyModel& model, const std::string& triggers) {
  Candidate candidate = toy_task().manual.front().candidate;
  candidate.tmpl = Template({Field{.name = "text"}, Literal{" "},
                             TriggerSlots{model.vocabulary().encode(triggers, false)}, Literal{" "},
                             AnswerSlot{}});
  return candidate;
}

bool same_bits(const std::vector<RowOutcome>& a, const std::vector<RowOutcome>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].log_p != b[i].log_p || a[i].gold_rank != b[i].gold_rank ||
        a[i].num_forwards != b[i].num_forwards || a[i].truncated_tokens != b[i].truncated_tokens ||
        a[i].failure.has_value() != b[i].failure.has_value())
      return false;
  }
  return true;
}

TEST_CASE("rows of equal content are scored once in a call, whatever candidate they are of") {
  ToyModel model;
  Candidate as_text = candidate(model, "w11 w12");
  as_text.tmpl = Template::parse("{text} w11 w12 {mask}");
  const Work work({candidate(model, "w11 w12"), candidate(model, "w13 w14"), as_text});
  CachedScorer scorer(model.scorer(), model.vocabulary(), "toy", nullptr);
  const auto outcomes = scorer.score(work.request());

  CHECK(model.toy_scorer.num_rows == 2 * 16);
  CHECK(scorer.work().equal == 16);
  CHECK(outcomes.size() == 3 * 16);
  for (std::size_t i = 0; i < 16; ++i) CHECK(outcomes[i].log_p == outcomes[32 + i].log_p);
}

TEST_CASE("a cached scorer gives the bits of the scorer behind it, warm or cold") {
  const ScratchFolder folder;
  ToyModel model;
  const Work work({candidate(model, "w11 w12"), candidate(model, "w10 w20")});
  const auto expected = model.scorer().score(work.request());
  const std::int64_t before = model.toy_scorer.num_rows;
  for (int round = 0; round < 3; ++round) {
    OutcomeCache cache(folder.path() / "cache.sqlite");
    CachedScorer scorer(model.scorer(), model.vocabulary(), "toy", &cache);
    CHECK(same_bits(scorer.score(work.request()), expected));
    CHECK(scorer.work().known == (round == 0 ? 0 : 32));
  }
  CHECK(model.toy_scorer.num_rows == before + 32);
}

TEST_CASE("another model, spec, list of answers or prompt is another content") {
  const ScratchFolder folder;
  ToyModel model;
  OutcomeCache cache(folder.path() / "cache.sqlite");
  const auto known = [&](const Work& work, const std::string& fingerprint) {
    CachedScorer scorer(model.scorer(), model.vocabulary(), fingerprint, &cache);
    scorer.score(work.request());
    return scorer.work().known;
  };
  const Candidate first = candidate(model, "w11 w12");
  Candidate swapped = first, words = first, other = candidate(model, "w12 w11");
  std::swap(swapped.verbalizer.labels[0].answers, swapped.verbalizer.labels[1].answers);
  words.verbalizer.labels[0].answers.push_back({"w33", {}});

  CHECK(known(Work({first}), "toy") == 0);
  CHECK(known(Work({first}), "toy") == 16);
  CHECK(known(Work({first}), "other") == 0);
  CHECK(known(Work({first}, {.rule = AnswerRule::parallel}), "toy") == 0);
  CHECK(known(Work({first}, {.norm = LengthNorm::bytes}), "toy") == 0);
  CHECK(known(Work({first}, {.space = AnswerSpace::vocabulary}), "toy") == 0);
  CHECK(known(Work({first}, {.precision = Precision::bfloat16}), "toy") == 0);
  CHECK(known(Work({swapped}), "toy") == 0);
  CHECK(known(Work({words}), "toy") == 0);
  CHECK(known(Work({other}), "toy") == 0);
}

TEST_CASE("rows that fail are not stored, and stay failures") {
  const ScratchFolder folder;
  ToyModel model;
  OutcomeCache cache(folder.path() / "cache.sqlite");
  CachedScorer scorer(model.scorer(), model.vocabulary(), "toy", &cache);
  const Work work({candidate(model, "w50 w12")});
  CHECK(scorer.score(work.request()).front().failure.has_value());
  CHECK(scorer.score(work.request()).front().failure.has_value());
  CHECK(cache.size() == 0);
}

TEST_CASE("several processes fill one file at once") {
  const ScratchFolder folder;
  const auto path = folder.path() / "cache.sqlite";
  constexpr int kProcesses = 4;
  for (int p = 0; p < kProcesses; ++p) {
    if (::fork() != 0) continue;
    int code = 1;
    try {
      ToyModel model;
      OutcomeCache cache(path);
      CachedScorer scorer(model.scorer(), model.vocabulary(), "toy", &cache);
      for (int i = 0; i < 20; ++i) {
        const std::string word = "w" + std::to_string(10 + (i + 5 * p) % 30);
        const Work work({candidate(model, word)});
        if (!same_bits(scorer.score(work.request()), model.scorer().score(work.request())))
          ::_exit(2);
      }
      code = 0;
    } catch (const std::exception&) {
    }
    ::_exit(code);
  }
  for (int p = 0; p < kProcesses; ++p) {
    int status = 0;
    ::wait(&status);
    CHECK(status == 0);
  }
  CHECK(OutcomeCache(path).size() == 30 * 16);  // 30 of the words, 16 examples
}

TEST_CASE("a damaged or foreign file gives one clear error and is left as it was") {
  const ScratchFolder folder;
  const auto path = folder.path() / "cache.sqlite";
  ToyModel model;
  const Work work({candidate(model, "w11 w12")});
  {
    OutcomeCache cache(path);
    CachedScorer scorer(model.scorer(), model.vocabulary(), "toy", &cache);
    scorer.score(work.request());
  }
  const std::string whole = read_file(path);

  const auto text = folder.write("text", "this is a letter, and no database at all");
  expect_error(ErrorKind::input, "--cache", [&] { OutcomeCache cache(text); });
  CHECK(read_file(text) == "this is a letter, and no database at all");
  { Database(folder.path() / "other", Database::Access::read_write).execute("CREATE TABLE t(a)"); }
  const std::string other = read_file(folder.path() / "other");
  expect_error(ErrorKind::input, "found another SQLite file",
               [&] { OutcomeCache cache(folder.path() / "other"); });
  CHECK(read_file(folder.path() / "other") == other);
  expect_error(ErrorKind::io, "outcome cache", [&] { OutcomeCache cache(folder.path()); });

  // One bit of one number of a stored outcome.
  std::string bent = whole;
  const double stored = model.scorer().score(work.request()).front().log_p.front();
  const std::string number(reinterpret_cast<const char*>(&stored), sizeof stored);
  const std::size_t at = bent.find(number);
  REQUIRE(at != std::string::npos);
  bent[at] ^= 1;
  const auto damaged = folder.write("bent.sqlite", bent);
  expect_error(ErrorKind::input, "damaged file", [&] {
    OutcomeCache cache(damaged);
    CachedScorer scorer(model.scorer(), model.vocabulary(), "toy", &cache);
    scorer.score(work.request());
  });
  const auto cut = folder.write("cut.sqlite", whole.substr(0, whole.size() / 2));
  expect_error(ErrorKind::input, "damaged file", [&] {
    OutcomeCache cache(cut);
    CachedScorer scorer(model.scorer(), model.vocabulary(), "toy", &cache);
    scorer.score(work.request());
  });
}

TEST_CASE(
    "a search is the same with and without a cache, and the budget counts what was asked for") {
  test::ToyExperiment toy;
  toy.json["strategies"] = {{{"name", "manual"}}, {{"name", "random"}}, {{"name", "autoprompt"}}};
  toy.json["seeds"] = {1, 2};
  toy.json["budget"]["evaluations"] = 3000;
  const Experiment experiment = toy.open();
  const test::Session plain = test::run_session(experiment, toy.folder() / "plain");

  std::int64_t cold = 0;
  for (const char* name : {"cold", "warm"}) {
    CAPTURE(name);
    ToyModel model;
    OutcomeCache cache(toy.folder() / "cache.sqlite");
    CachedScorer scorer(model.scorer(), model.vocabulary(), model.card().fingerprint, &cache);
    const auto store = RunStore::create(toy.folder() / name, identity_of(experiment, model));
    test::StopAfter observer;
    Study study(
        experiment, model, [](std::uint64_t) { return std::make_unique<ToyModel>(); }, *store,
        observer, &scorer);
    REQUIRE(study.run());
    RunStore* const stores[] = {store.get()};
    CHECK(write_jsonl(build_leaderboard(stores)) == plain.jsonl);
    CHECK(store->spent() == RunStore::open_read_only(toy.folder() / "plain")->spent());
    if (cold == 0)
      cold = model.toy_scorer.num_rows;
    else
      CHECK(model.toy_scorer.num_rows * 10 < cold);  // rows that fail are not kept
  }
  CHECK(cold > 0);
}

TEST_CASE("the examples of all candidates come side by side, and outcomes in the order asked") {
  ToyModel model;
  const Work work({candidate(model, "w11"), candidate(model, "w12"), candidate(model, "w13")});
  ChunkedScorer chunked(model.scorer(), {}, [] {});
  CHECK(same_bits(chunked.score(work.candidates, work.task.dev, work.rows),
                  model.scorer().score(work.request())));
}

TEST_CASE("content keys differ where values, their order or their borders do") {
  const auto key = [](auto... parts) {
    ContentHash hash;
    (hash.add(parts), ...);
    return hash.key();
  };
  using namespace std::string_view_literals;
  CHECK(key("ab"sv, "c"sv) != key("a"sv, "bc"sv));
  CHECK(key("ab"sv) != key("ba"sv));
  CHECK(key(""sv) != key());
  CHECK(key("a\0"sv) != key("a"sv));
  CHECK(key(std::int64_t{1}, std::int64_t{2}) != key(std::int64_t{2}, std::int64_t{1}));
  CHECK(key("abc"sv) == key("abc"sv));
}

}  // namespace
}  // namespace prospect
