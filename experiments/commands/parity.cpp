#include <algorithm>
#include <filesystem>
#include <map>
#include <ostream>

#include "core/error.h"
#include "experiments/commands/command_line.h"
#include "experiments/commands/result_output.h"
#include "experiments/model_folder.h"
#include "experiments/parity.h"

namespace prospect {
namespace {

struct ParityOptions {
  std::optional<std::string> strings;
  std::int64_t threads = 0;
  OutputFormat format;
  std::vector<std::string> folders;
};

std::string scientific(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", number);
  return text;
}

// The checks of one kind (`logits/0`, `logits/1`, ...) as a line.
struct Kind {
  std::size_t passed = 0, count = 0;
  double worst = 0;
};

void print_report(std::ostream& out, const std::string& folder, const ParityReport& report) {
  out << folder << ": " << report.num_passed() << " passed, " << report.num_failed() << " failed, "
      << report.skipped.size() << " skipped\n";
  std::map<std::string, Kind> kinds;
  for (const auto& check : report.checks) {
    Kind& kind = kinds[check.name.substr(0, check.name.find('/'))];
    ++kind.count;
    if (check.pass()) ++kind.passed;
    if (!(check.max_abs_error <= kind.worst)) kind.worst = check.max_abs_error;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, kind] : kinds)
    rows.push_back({"  " + name, std::to_string(kind.passed) + " of " + std::to_string(kind.count),
                    "largest error " + scientific(kind.worst)});
  print_table(out, rows);
  for (const auto& check : report.checks) {
    if (check.pass()) continue;
    out << "  FAILED " << check.name << ": error " << scientific(check.max_abs_error)
        << ", tolerance " << scientific(check.tolerance)
        << (check.note.empty() ? "" : "; " + check.note) << '\n';
  }
  for (const auto& skip : report.skipped)
    out << "  skipped " << skip.name << ": " << skip.reason << '\n';
}

// Several folders as one report, each check under its folder's name.
ParityReport merge(const std::vector<std::pair<std::string, ParityReport>>& reports) {
  if (reports.size() == 1) return reports.front().second;
  ParityReport all;
  for (const auto& [folder, report] : reports) {
    for (auto check : report.checks) {
      check.name = folder + "/" + check.name;
      all.checks.push_back(std::move(check));
    }
    for (const auto& skip : report.skipped)
      all.skipped.push_back({folder + "/" + skip.name, skip.reason});
  }
  return all;
}

}  // namespace

int run_parity(std::span<const std::string> arguments, Console& console) {
  ParityOptions options;
  CommandLine line(
      "parity", "DIR...",
      "Compares checkpoints with the reference values beside them: golden.json (logits, "
      "gradients, likelihoods)\nand tokens.json (tokenization). What prospect cannot "
      "compare yet is listed as skipped.");
  line.option("strings", "FILE", options.strings,
              "The strings that tokens.json speaks of; else strings.json in DIR or above it.");
  line.option("threads", "N", options.threads, "Threads to use; 0 takes all cores.",
              between<std::int64_t>(0, 4096));
  add_format_options(line, options.format);
  line.positional("DIR", options.folders, "Folders with golden.json or tokens.json.", 1);
  line.exit_code(1, "a comparison failed, or a checkpoint cannot be opened");
  line.example("parity models/my-bert", "does this checkpoint compute what it should");
  if (!line.parse(arguments, console)) return 0;

  ResultPrinter printer(options.format, console);
  ModelOptions model_options;
  model_options.num_threads = static_cast<std::size_t>(options.threads);
  std::optional<std::filesystem::path> strings;
  if (options.strings) strings = *options.strings;

  bool all_passed = true;
  std::vector<std::pair<std::string, ParityReport>> reports;
  for (const auto& name : options.folders) {
    ParityReport report = check_parity(find_model(name), model_options, strings);
    all_passed = all_passed && report.num_failed() == 0;
    if (options.format.json) {
      reports.emplace_back(name, std::move(report));
      continue;
    }
    Json json = to_json(report);
    json["folder"] = name;
    printer.add(std::move(json), [&](std::ostream& out) { print_report(out, name, report); });
  }
  if (options.format.json) printer.add(to_json(merge(reports)), [](std::ostream&) {});
  printer.finish();
  return all_passed ? 0 : 1;
}

}  // namespace prospect
