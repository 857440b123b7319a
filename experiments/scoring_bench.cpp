#include "experiments/scoring_bench.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/log_space.h"
#include "core/text.h"

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
  for (int i = 0; i <= repetitions; ++i) {  // the first pass packs the weights
    const auto start = std::chrono::steady_clock::now();
    const auto outcomes = model.scorer().score(request);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    if (i == 1 || (i > 1 && elapsed.count() < times.seconds)) times.seconds = elapsed.count();
    times.log_p.clear();
    for (const auto& outcome : outcomes) {
      if (outcome.failure) fail(ErrorKind::input, "rows", outcome.failure->reason);
      times.log_p.push_back(outcome.log_p);
    }
  }
  times.peak_mib = peak_mib();
  times.products = model.replay_products(lengths, precision);
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
