#include <algorithm>
#include <ostream>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "experiments/commands/model_options.h"
#include "experiments/commands/result_output.h"
#include "experiments/scoring_bench.h"

namespace prospect {
namespace {

struct BenchOptions {
  ModelArguments model;
  OutputFormat format;
  std::string rows, tmpl = "{text} It was {mask} .", labels = "terrible,great",
                    precision = "float32,bfloat16";
  std::optional<std::string> peer, peer_scores;
  std::int64_t repeat = 3;
};

void declare(CommandLine& line, BenchOptions& options) {
  add_model_options(line, options.model);
  line.option("rows", "FILE", options.rows, "JSON Lines; keys are the template's fields.");
  line.option("template", "TEMPLATE", options.tmpl, "The prompt that is scored on every row.");
  line.option("labels", "WORDS", options.labels, "Label words, separated by commas.");
  line.option("precision", "NAMES", options.precision, "Precisions, separated by commas.");
  line.option("repeat", "N", options.repeat, "Timed passes; the best counts.",
              at_least<std::int64_t>(1));
  line.option("peer", "FILE", options.peer,
              "A peer's times on the same rows, as experiments/bench/peer_score.py prints them.");
  line.option("peer-scores", "FILE", options.peer_scores,
              "A peer's log-probabilities of the label words, to compare with.");
  add_format_options(line, options.format);
  line.require({"model", "rows"});
  line.example("bench --model pocket-mlm --rows rows.jsonl",
               "rows per second, and the share that is matrix products");
}

std::vector<Example> read_rows(const std::string& path) {
  std::vector<Example> examples;
  std::size_t number = 0;
  for (const auto& line : split(read_file(path), '\n')) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = path + ":" + std::to_string(number);
    const Json json = parse_json(line, where);
    if (!json.is_object()) fail(ErrorKind::input, where, "expected an object");
    Example example{.id = std::to_string(number)};
    for (const auto& [key, value] : json.items())
      if (value.is_string()) example.fields[key] = value.get<std::string>();
    examples.push_back(std::move(example));
  }
  if (examples.empty()) fail(ErrorKind::input, path, "expected at least one row, found none");
  return examples;
}

Candidate make_candidate(const BenchOptions& options) {
  Candidate candidate{.tmpl = Template::parse(options.tmpl)};
  for (const auto& word : split(options.labels, ','))
    candidate.verbalizer.labels.push_back({word, {{word, {}}}});
  return candidate;
}

Precision precision_of(const std::string& name) {
  for (const Precision precision : {Precision::float32, Precision::bfloat16})
    if (name == name_of(precision)) return precision;
  fail(ErrorKind::usage, "--precision", "expected float32 or bfloat16, found '", name, "'");
}

Json to_json(const ScoringTimes& times) {
  return {{"way", "prospect"},
          {"precision", name_of(times.precision)},
          {"threads", times.num_threads},
          {"rows", times.rows},
          {"tokens", times.tokens},
          {"rows_per_s", times.rows_per_s()},
          {"ceiling_share", times.ceiling_share()},
          {"products_gflops", times.products.gflop / times.products.seconds},
          {"whole_gflops", times.products.gflop / times.seconds},
          {"square_gflops", times.products.square_gflops},
          {"peak_mib", times.peak_mib}};
}

void print_ratios(std::ostream& out, const ScoringTimes& times,
                  const std::vector<PeerTimes>& peers) {
  std::vector<std::vector<std::string>> rows{{"  peer", "rows/s", "ratio"}};
  for (const auto& peer : peers)
    rows.push_back({"  " + peer.way, fixed(peer.rows_per_s, 1),
                    fixed(times.rows_per_s() / peer.rows_per_s, 2)});
  print_table(out, rows);
}

}  // namespace

int run_bench(std::span<const std::string> arguments, Console& console) {
  BenchOptions options;
  CommandLine line("bench", "--model DIR --rows FILE [--peer FILE]",
                   "Times scoring against the machine's ceiling: the time of its matrix products "
                   "alone, replayed in the same\nprocess, blocks and threads; and against a "
                   "peer's times on the same rows.");
  declare(line, options);
  if (!line.parse(arguments, console)) return 0;

  const auto examples = read_rows(options.rows);
  const Candidate candidate = make_candidate(options);
  const auto peers = options.peer ? read_peer_times(*options.peer) : std::vector<PeerTimes>();
  std::vector<Precision> precisions;
  for (const auto& name : split(options.precision, ',')) precisions.push_back(precision_of(name));
  const auto model = open_model(options.model);
  const std::size_t num_threads = model->num_threads();

  ResultPrinter printer(options.format, console, "rows");
  for (const Precision precision : precisions) {
    const auto times = time_scoring(*model, candidate, examples, precision, num_threads,
                                    static_cast<int>(options.repeat));
    Json json = to_json(times);
    if (options.peer_scores)
      json["largest_difference"] =
          largest_difference(times, *options.peer_scores, split(options.labels, ','));
    for (const auto& peer : peers) json["ratios"][peer.way] = times.rows_per_s() / peer.rows_per_s;
    printer.add(json, [&](std::ostream& out) {
      out << name_of(times.precision) << ", " << times.num_threads
          << " threads: " << fixed(times.rows_per_s(), 1) << " rows/s (" << times.rows << " rows, "
          << times.tokens << " tokens), share of the ceiling " << fixed(times.ceiling_share(), 3)
          << "\n  products alone " << fixed(times.products.gflop / times.products.seconds, 0)
          << " GF/s, of square matrices " << fixed(times.products.square_gflops, 0)
          << " GF/s; peak memory " << fixed(times.peak_mib, 0) << " MiB\n";
      if (json.contains("largest_difference"))
        out << "  largest difference to the peer's log-probabilities "
            << json.at("largest_difference").get<double>() << '\n';
      if (!peers.empty()) print_ratios(out, times, peers);
    });
  }
  printer.finish();
  return 0;
}

}  // namespace prospect
