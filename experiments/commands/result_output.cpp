#include "experiments/commands/result_output.h"

#include <algorithm>
#include <istream>
#include <ostream>

#include "core/error.h"
#include "core/text.h"

namespace prospect {

void add_format_options(CommandLine& line, OutputFormat& format) {
  line.flag("json", format.json, "Print one JSON object.");
  line.flag("jsonl", format.jsonl, "Print one JSON object a line.");
}

ResultPrinter::ResultPrinter(OutputFormat format, Console& console, std::string list_key)
    : format_(format), console_(console), list_key_(std::move(list_key)) {
  if (format.json && format.jsonl)
    fail(ErrorKind::usage, "--json", "expected one of --json and --jsonl, found both");
}

void ResultPrinter::add(Json result, const std::function<void(std::ostream&)>& readable) {
  if (format_.json) {
    results_.push_back(std::move(result));
    return;
  }
  if (format_.jsonl)
    console_.out << dump_json(result) << '\n';
  else
    readable(console_.out);
  // Who asks line by line gets each answer before the next question.
  if (console_.in.rdbuf()->in_avail() <= 0) console_.out.flush();
}

void ResultPrinter::finish() {
  if (!format_.json) return;
  const bool list = !list_key_.empty() || results_.size() != 1;
  const std::string key = list_key_.empty() ? "results" : list_key_;
  const Json whole = list ? Json{{key, results_}} : results_.front();
  console_.out << dump_json(whole) << '\n';
}

void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], code_points(row[i]));
  }
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out << row[i];
      if (i + 1 < row.size()) out << std::string(widths[i] - code_points(row[i]) + 2, ' ');
    }
    out << '\n';
  }
}

}  // namespace prospect
