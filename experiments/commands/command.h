#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace prospect {

/// Where a command reads and writes: results on `out`, progress and messages on `err`.
struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

/// One word of `prospect WORD ...`.
struct Command {
  std::string_view name, summary;
  /// @param arguments  what stands after the word.
  /// @return the exit code; errors are thrown.
  int (*run)(std::span<const std::string> arguments, Console& console);
};

// One file each, `commands/NAME.cpp`; `commands/commands.cpp` lists them.
int run_search(std::span<const std::string> arguments, Console& console);
int run_score(std::span<const std::string> arguments, Console& console);
int run_leaderboard(std::span<const std::string> arguments, Console& console);
int run_report(std::span<const std::string> arguments, Console& console);
int run_export(std::span<const std::string> arguments, Console& console);
int run_apply(std::span<const std::string> arguments, Console& console);
int run_compose(std::span<const std::string> arguments, Console& console);
int run_convert(std::span<const std::string> arguments, Console& console);
int run_fill(std::span<const std::string> arguments, Console& console);
int run_loglik(std::span<const std::string> arguments, Console& console);
int run_tokenize(std::span<const std::string> arguments, Console& console);
int run_grad(std::span<const std::string> arguments, Console& console);
int run_fewshot(std::span<const std::string> arguments, Console& console);
int run_mine(std::span<const std::string> arguments, Console& console);
int run_list(std::span<const std::string> arguments, Console& console);
int run_validate(std::span<const std::string> arguments, Console& console);
int run_bench(std::span<const std::string> arguments, Console& console);
int run_doctor(std::span<const std::string> arguments, Console& console);
int run_parity(std::span<const std::string> arguments, Console& console);

/// All commands, in the order in which `prospect --help` shows them.
std::span<const Command> commands();

/// Runs the program: finds the command, prints help, turns errors into one line on `console.err`
/// and their exit code. @param arguments  without the program's own name.
int run_program(std::span<const std::string> arguments, Console& console);

}  // namespace prospect
