#pragma once

#include <functional>
#include <iosfwd>
#include <vector>

#include "core/json.h"
#include "experiments/commands/command_line.h"
#include "experiments/number_text.h"

namespace prospect {

/// `--json` and `--jsonl` of a command that prints data.
struct OutputFormat {
  bool json = false, jsonl = false;

  bool machine() const { return json || jsonl; }
};

/// Declares both options.
void add_format_options(CommandLine& line, OutputFormat& format);

/// Prints a command's results: with `--jsonl` one object a line as soon as it is there; with
/// `--json` one object at the end, which is the result itself, or `{"results": [...]}` where there
/// are several or none; else text for people.
class ResultPrinter {
 public:
  /// @param list_key  not empty: `--json` prints `{list_key: [...]}`, however many there are.
  /// @throws Error (usage) when both formats are asked for.
  ResultPrinter(OutputFormat format, Console& console, std::string list_key = {});

  void add(Json result, const std::function<void(std::ostream&)>& readable);
  /// Prints what `--json` has collected; called once, after the last result.
  void finish();

 private:
  OutputFormat format_;
  Console& console_;
  std::string list_key_;
  Json results_ = Json::array();
};

/// Columns under each other, two spaces apart; numbers are the caller's text.
void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows);

}  // namespace prospect
