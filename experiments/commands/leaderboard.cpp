#include "experiments/leaderboard.h"

#include <memory>
#include <ostream>

#include "core/error.h"
#include "experiments/commands/command_line.h"
#include "experiments/outcome_matrix.h"

namespace prospect {
namespace {

struct LeaderboardOptions {
  std::vector<std::string> runs;
  std::string format = "md";
  std::optional<std::int64_t> top;
  std::optional<std::string> matrix;
  std::optional<std::pair<std::string, std::string>> compare;
  std::vector<std::string> transfer;
  bool json = false, jsonl = false;
};

void declare(CommandLine& line, LeaderboardOptions& options) {
  line.positional("RUN", options.runs, "Folders of runs, finished or not.", 1);
  line.option("format", "FORMAT", options.format, "How to print.", {"md", "csv", "jsonl", "html"});
  line.option("top", "K", options.top, "Show the best K rows of each group, and the controls.",
              at_least<std::int64_t>(1));
  line.option("matrix", "FILE", options.matrix,
              "Write candidate x example x answer log-probabilities of one run's dev set as "
              "safetensors, instead of printing.");
  line.flag("json", options.json, "Print one object with all rows.");
  line.flag("jsonl", options.jsonl, "The same as --format jsonl.");
  line.pair("compare", "A B", options.compare, "Not there yet.");
  line.option("transfer", "MODEL", options.transfer, "Not there yet.");
  line.example("leaderboard runs/one runs/two --top 5", "two runs together");
  line.example("leaderboard runs/one --matrix outcomes.safetensors",
               "everything that was measured on dev");
}

void refuse_what_is_not_there(const LeaderboardOptions& options) {
  const auto refuse = [](bool given, const char* name) {
    if (given) fail(ErrorKind::unsupported, name, "this option is not there yet; leave it out");
  };
  refuse(options.compare.has_value(), "--compare");
  refuse(!options.transfer.empty(), "--transfer");
  refuse(options.format == "html", "--format html");
  if (options.matrix && options.runs.size() > 1)
    fail(ErrorKind::usage, "--matrix", "expected one run, found ", options.runs.size());
}

void print(const LeaderboardOptions& options, const Leaderboard& board, std::ostream& out) {
  if (options.json) {
    Json rows = Json::array();
    for (const auto& row : board.rows) rows.push_back(to_json(row));
    out << dump_json({{"rows", rows}}) << '\n';
  } else if (options.jsonl || options.format == "jsonl") {
    out << write_jsonl(board);
  } else if (options.format == "csv") {
    out << write_csv(board);
  } else {
    out << (options.top ? write_markdown(board, SIZE_MAX) : write_markdown(board));
  }
}

}  // namespace

int run_leaderboard(std::span<const std::string> arguments, Console& console) {
  LeaderboardOptions options;
  CommandLine line("leaderboard", "RUN... [--format md|csv|jsonl] [--top K] [--matrix FILE]",
                   "Shows what runs have found. Rows are ranked together where they compare: same "
                   "data, model and scoring.");
  declare(line, options);
  if (!line.parse(arguments, console)) return 0;
  refuse_what_is_not_there(options);

  std::vector<std::unique_ptr<RunStore>> stores;
  std::vector<RunStore*> runs;
  for (const auto& run : options.runs) {
    stores.push_back(RunStore::open_read_only(run));
    runs.push_back(stores.back().get());
  }
  if (options.matrix) {
    write_outcome_matrix(*runs.front(), *options.matrix);
    console.err << "written to " << *options.matrix << std::endl;
    return 0;
  }
  Leaderboard board = build_leaderboard(runs);
  if (options.top) keep_top(board, *options.top);
  print(options, board, console.out);
  return 0;
}

}  // namespace prospect
