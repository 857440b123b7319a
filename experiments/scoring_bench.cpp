#include "experiments/scoring_bench.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/log_space.h"
#include "core/rng.h"
#include "core/text.h"
#include "experiments/trial_scorer.h"

namespace prospect {
namespace {

double peak_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::vector<std::size_t> row_lengths(Model& model, const Candidate& candidate,
                                     std::span<const Example> examples) {
  std::vector<std::size_t> lengths;
  for (const auto& example : examples) {
    const SlotPrompt slot = model.slot_prompt(candidate.tmpl, example);
    if (slot.failure) fail(ErrorKind::input, "row " + example.id, slot.failure->reason);
    lengths.push_back(slot.prompt.ids.size());
  }
  return lengths;
}

constexpr std::size_t kLadderTriggers = 3;

// The best of several passes behind one that warms up.
double best_seconds(int repetitions, const std::function<void()>& work) {
  work();
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < repetitions; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    best = std::min(best, elapsed.count());
  }
  return best;
}

Candidate step_candidate(const Model& model, std::span<const std::string> words,
                         std::size_t num_triggers) {
  const bool causal = model.card().kind == ModelKind::causal_lm;
  Candidate candidate;
  candidate.tmpl = Template::parse("{text} {trigger:" + std::to_string(num_triggers) + "} {mask}" +
                                   (causal ? "" : " ."));
  for (const auto& word : words) candidate.verbalizer.labels.push_back({word, {{word, {}}}});
  return candidate;
}

// The candidate with one trigger token swapped at random, so many times: how long scoring takes
// does not depend on which.
std::vector<Candidate> swapped(const Candidate& candidate, const Vocabulary& vocabulary,
                               std::size_t count) {
  const TokenId start =
      vocabulary.mask().value_or(vocabulary.encode("!", /*special=*/false).front());
  Rng rng(1, "bench/candidates");
  std::vector<Candidate> result;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<TokenId> triggers(candidate.tmpl.triggers().size(), start);
    const std::size_t half = vocabulary.size() / 2;
    triggers[rng.below(triggers.size())] = static_cast<TokenId>(half + rng.below(half));
    Candidate other = candidate;
    other.tmpl = other.tmpl.with_triggers(triggers);
    result.push_back(std::move(other));
  }
  return result;
}

}  // namespace

ScoringTimes time_scoring(Model& model, const Candidate& candidate,
                          std::span<const Example> examples, Precision precision,
                          std::size_t num_threads, int repetitions) {
  const auto lengths = row_lengths(model, candidate, examples);
  ScoringTimes times{.precision = precision, .num_threads = num_threads, .rows = examples.size()};
  for (const std::size_t length : lengths) times.tokens += length;
  std::vector<Row> rows;
  for (std::uint32_t e = 0; e < examples.size(); ++e) rows.push_back({0, e});
  const ScoreRequest request{.candidates = {&candidate, 1},
                             .examples = examples,
                             .answers = {},
                             .rows = rows,
                             .spec = {.precision = precision}};
  std::vector<RowOutcome> outcomes;
  times.seconds =  // the first pass packs the weights
      best_seconds(repetitions, [&] { outcomes = model.scorer().score(request); });
  for (const auto& outcome : outcomes) {
    if (outcome.failure) fail(ErrorKind::input, "rows", outcome.failure->reason);
    times.log_p.push_back(outcome.log_p);
  }
  times.peak_mib = peak_mib();
  times.products = model.replay_products(lengths, precision);
  return times;
}

LadderTimes time_ladder(Model& model, std::span<const Example> examples,
                        std::span<const std::string> words, std::size_t num_candidates) {
  Task task;
  task.labels.assign(words.begin(), words.end());
  task.fields = {"text"};
  task.dev.assign(examples.begin(), examples.end());
  const Candidate base = step_candidate(model, words, kLadderTriggers);
  task.manual.push_back({.candidate = base});
  Ask ask;
  for (auto& candidate : swapped(base, model.vocabulary(), num_candidates))
    ask.proposals.push_back({.entry = std::move(candidate)});
  LadderTimes times{.candidates = num_candidates, .rows = num_candidates * examples.size()};
  for (const Precision precision :
       {Precision::float32, Precision::bfloat16, Precision::automatic}) {
    ChunkedScorer chunked(model.scorer(), {.precision = precision}, [] {});
    const double seconds = best_seconds(2, [&] {
      TrialScorer scorer(task, chunked, 1, RacingRule::off);
      Meter meter(std::numeric_limits<std::int64_t>::max(), 0);
      LadderWork work;
      for (const auto& result : scorer.score(ask, meter)) work = work + result.ladder;
      if (precision == Precision::automatic) times.work = work;
    });
    times.seconds.push_back(seconds);
  }
  return times;
}

SearchStepTimes time_search_step(Model& model, std::span<const Example> examples,
                                 std::span<const std::string> words, std::size_t num_triggers,
                                 std::size_t num_candidates, int repetitions) {
  GradientOracle* oracle = model.oracles().gradient();
  if (oracle == nullptr)
    fail(ErrorKind::unsupported, "bench", "expected a model that gives gradients, found ",
         model.card().path);
  const ScoringSpec spec{.space = AnswerSpace::vocabulary};
  const Candidate candidate = step_candidate(model, words, num_triggers);
  SearchStepTimes times{.rows = examples.size(),
                        .triggers = num_triggers,
                        .candidates = num_candidates,
                        .num_threads = model.num_threads()};
  times.gradient_s = best_seconds(repetitions, [&] {
    const Gradient gradient =
        oracle->at_tokens(candidate, examples, {LossKind::label_likelihood, spec});
    times.mean_loss = std::reduce(gradient.loss.begin(), gradient.loss.end()) /
                      static_cast<double>(gradient.loss.size());
  });

  const auto candidates = swapped(candidate, model.vocabulary(), num_candidates);
  std::vector<Row> rows;
  for (std::uint32_t e = 0; e < examples.size(); ++e)
    for (std::uint32_t c = 0; c < candidates.size(); ++c) rows.push_back({c, e});
  times.candidates_s = best_seconds(repetitions, [&] {
    for (const auto& outcome : model.scorer().score({candidates, examples, {}, rows, spec}))
      if (outcome.failure) fail(ErrorKind::input, "rows", outcome.failure->reason);
  });
  times.peak_mib = peak_mib();
  return times;
}

std::vector<PeerTimes> read_peer_times(const std::string& path) {
  const Json json = parse_json(read_file(path), path);
  const JsonReader reader(json, path);
  std::vector<PeerTimes> peers;
  for (const auto& item : reader.at("best").items()) {
    const auto text = [&](const char* key) { return item.at(key).string(); };
    const std::string head = text("head");
    peers.push_back({text("engine") + " " + text("way") + " " + head,
                     item.at("rows_per_s").number(), head == "careful"});
  }
  return peers;
}

std::vector<PeerStep> read_peer_steps(const std::string& path, const SearchStepTimes& times) {
  const Json json = parse_json(read_file(path), path);
  const JsonReader reader(json, path);
  const auto expect = [&](const char* key, std::size_t count) {
    const auto found = reader.at(key).number();
    if (found != static_cast<double>(count))
      fail(ErrorKind::input, path, "expected times of ", count, " ", key, ", found ", found);
  };
  expect("rows", times.rows);
  expect("triggers", times.triggers);
  expect("candidates", times.candidates);
  std::vector<PeerStep> steps;
  for (const auto& item : reader.at("best").items())
    steps.push_back({item.at("way").string(), item.at("gradient_s").number(),
                     item.at("candidates_s").number(), item.at("mean_loss").number()});
  return steps;
}

double largest_difference(const ScoringTimes& times, const std::string& path,
                          std::span<const std::string> words) {
  double largest = 0;
  std::size_t row = 0;
  for (const auto& line : split(read_file(path), '\n')) {
    if (line.empty()) continue;
    if (row == times.log_p.size())
      fail(ErrorKind::input, path, "expected ", times.log_p.size(), " rows, found more");
    const Json json = parse_json(line, path + ":" + std::to_string(row + 1));
    const JsonReader reader(json, path + ":" + std::to_string(row + 1));
    std::vector<double> theirs;
    for (const auto& word : words)
      theirs.push_back(reader.at("log_probs").at(word.c_str()).number());
    log_normalise(theirs);
    for (std::size_t k = 0; k < theirs.size(); ++k)
      largest = std::max(largest, std::abs(theirs[k] - times.log_p[row][k]));
    ++row;
  }
  if (row != times.log_p.size())
    fail(ErrorKind::input, path, "expected ", times.log_p.size(), " rows, found ", row);
  return largest;
}

}  // namespace prospect
