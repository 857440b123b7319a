#include <algorithm>
#include <cmath>
#include <ostream>
#include <sstream>

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
  std::optional<std::string> peer, peer_scores, peer_step;
  std::int64_t repeat = 3, triggers = 3, candidates = 10;
  bool step = false, ladder = false;
};

void declare(CommandLine& line, BenchOptions& options) {
  add_model_options(line, options.model);
  line.option("rows", "FILE", options.rows, "JSON Lines; keys are the template's fields.");
  line.option("template", "TEMPLATE", options.tmpl, "The prompt that is scored on every row.");
  line.option("labels", "WORDS", options.labels, "Label words, separated by commas.");
  line.option("precision", "NAMES", options.precision, "Precisions, separated by commas.");
  line.flag("search-step", options.step,
            "Times a step of a search by gradient instead: the gradient at the triggers over all "
            "rows, and every candidate's loss on all rows.");
  line.flag("ladder", options.ladder,
            "Times scoring many prompts in float32, in bfloat16 and by precision 'auto' instead.");
  line.option("triggers", "N", options.triggers, "Trigger tokens of a step.",
              at_least<std::int64_t>(1));
  line.option("candidates", "N", options.candidates, "Candidates of a step or of the ladder.",
              at_least<std::int64_t>(1));
  line.option(
      "peer-step", "FILE", options.peer_step,
      "A peer's times of the same step, as experiments/bench/gradient_peer.py prints them.");
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

// @param words  label words; a row's "label" is one of them where it has any.
std::vector<Example> read_rows(const std::string& path, std::span<const std::string> words) {
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
    if (const auto label = example.fields.find("label"); label != example.fields.end()) {
      const auto at = std::find(words.begin(), words.end(), label->second);
      if (at != words.end()) example.label = static_cast<std::int32_t>(at - words.begin());
    }
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

void print_step(const BenchOptions& options, Model& model, std::span<const Example> examples,
                std::span<const std::string> words, ResultPrinter& printer) {
  const auto times = time_search_step(
      model, examples, words, static_cast<std::size_t>(options.triggers),
      static_cast<std::size_t>(options.candidates), static_cast<int>(options.repeat));
  const auto peers =
      options.peer_step ? read_peer_steps(*options.peer_step, times) : std::vector<PeerStep>();
  Json json{{"way", "prospect"},
            {"rows", times.rows},
            {"triggers", times.triggers},
            {"candidates", times.candidates},
            {"threads", times.num_threads},
            {"gradient_s", times.gradient_s},
            {"candidates_s", times.candidates_s},
            {"step_s", times.step_s()},
            {"mean_loss", times.mean_loss},
            {"peak_mib", times.peak_mib}};
  for (const auto& peer : peers)
    json["ratios"][peer.way] = {{"gradient", peer.gradient_s / times.gradient_s},
                                {"candidates", peer.candidates_s / times.candidates_s},
                                {"step", (peer.gradient_s + peer.candidates_s) / times.step_s()},
                                {"loss_difference", std::abs(peer.mean_loss - times.mean_loss)}};
  printer.add(json, [&](std::ostream& out) {
    const auto rows = static_cast<double>(times.rows);
    out << "gradient " << fixed(rows / times.gradient_s, 1) << " rows/s, candidates "
        << fixed(rows * static_cast<double>(times.candidates) / times.candidates_s, 1)
        << " rows/s; a step of " << times.rows << " rows and " << times.candidates
        << " candidates takes " << fixed(times.step_s(), 3) << " s; peak memory "
        << fixed(times.peak_mib, 0) << " MiB\n";
    std::vector<std::vector<std::string>> table{
        {"  peer", "gradient", "candidates", "step", "loss differs by"}};
    for (const auto& peer : peers) {
      const Json& ratios = json["ratios"][peer.way];
      const auto ratio = [&](const char* key) { return fixed(ratios[key].get<double>(), 2) + "x"; };
      std::ostringstream difference;
      difference << ratios["loss_difference"].get<double>();
      table.push_back({"  " + peer.way, ratio("gradient"), ratio("candidates"), ratio("step"),
                       difference.str()});
    }
    if (!peers.empty()) print_table(out, table);
  });
}

void print_ladder(const BenchOptions& options, Model& model, std::span<const Example> examples,
                  std::span<const std::string> words, ResultPrinter& printer) {
  const auto times =
      time_ladder(model, examples, words, static_cast<std::size_t>(options.candidates));
  const auto rows = static_cast<double>(times.rows);
  const double share =
      static_cast<double>(times.work.rescored) / static_cast<double>(times.work.screened);
  const Json json{{"way", "ladder"},
                  {"candidates", times.candidates},
                  {"rows", times.rows},
                  {"float32_rows_per_s", rows / times.seconds[0]},
                  {"bfloat16_rows_per_s", rows / times.seconds[1]},
                  {"auto_rows_per_s", rows / times.seconds[2]},
                  {"rescored", share},
                  {"largest_change", times.work.largest_change}};
  printer.add(json, [&](std::ostream& out) {
    out << times.candidates << " prompts on " << examples.size() << " rows: float32 "
        << fixed(rows / times.seconds[0], 1) << " rows/s, bfloat16 "
        << fixed(rows / times.seconds[1], 1) << ", auto " << fixed(rows / times.seconds[2], 1)
        << "; scored again " << fixed(100 * share, 1) << "%, largest change of a log-probability "
        << times.work.largest_change << '\n';
  });
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

  const auto words = split(options.labels, ',');
  const auto examples = read_rows(options.rows, words);
  const Candidate candidate = make_candidate(options);
  const auto peers = options.peer ? read_peer_times(*options.peer) : std::vector<PeerTimes>();
  std::vector<Precision> precisions;
  for (const auto& name : split(options.precision, ',')) precisions.push_back(precision_of(name));
  const auto model = open_model(options.model);
  const std::size_t num_threads = model->num_threads();

  ResultPrinter printer(options.format, console, "rows");
  if (options.step) print_step(options, *model, examples, words, printer);
  if (options.ladder) print_ladder(options, *model, examples, words, printer);
  if (options.step || options.ladder) {
    printer.finish();
    return 0;
  }
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
