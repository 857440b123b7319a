#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/options.h"
#include "experiments/commands/command.h"

namespace prospect {

/// The arguments of one command: options bound to the members of a struct, declared once; parsing,
/// help and error messages follow from the declarations.
///
/// Members keep their value unless the option is given, so a member's initialiser is the default;
/// an `std::optional` member, or `given`, shows whether an option stood there.
/// ```
/// struct FillOptions { std::string model; std::int64_t top = 10; bool json = false;
///                      std::vector<std::string> texts; };
/// FillOptions options;
/// CommandLine line("fill", "--model DIR [--top K] [TEXT...]", "Shows what a model fills in.");
/// line.option("model", "DIR", options.model, "Folder of the checkpoint.");
/// line.option("top", "K", options.top, "Tokens to show for each mask.",
/// at_least<std::int64_t>(1)); line.flag("json", options.json, "Print one JSON object.");
/// line.positional("TEXT", options.texts, "Text with {mask}; without one, read standard input.");
/// line.require({"model"});
/// if (!line.parse(arguments, console)) return 0;  // --help was printed
/// ```
class CommandLine {
 public:
  /// @param usage    what stands after `prospect NAME` on the usage line.
  /// @param summary  one or more sentences for the help.
  CommandLine(std::string name, std::string usage, std::string summary);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// An option without a value.
  void flag(std::string name, bool& value, std::string help);
  /// An option with one value. @param hint  the value's name in the help, for instance `DIR`.
  void option(std::string name, std::string hint, std::string& value, std::string help,
              std::vector<std::string> choices = {});
  void option(std::string name, std::string hint, std::optional<std::string>& value,
              std::string help, std::vector<std::string> choices = {});
  void option(std::string name, std::string hint, std::int64_t& value, std::string help,
              Range<std::int64_t> range = {});
  void option(std::string name, std::string hint, std::optional<std::int64_t>& value,
              std::string help, Range<std::int64_t> range = {});
  void option(std::string name, std::string hint, double& value, std::string help,
              Range<double> range = {});
  /// An option that may stand several times; the values are collected in order.
  void option(std::string name, std::string hint, std::vector<std::string>& values,
              std::string help);
  /// An option with two values in a row, as `--compare A B`.
  void pair(std::string name, std::string hint,
            std::optional<std::pair<std::string, std::string>>& value, std::string help);

  /// What stands without an option's name: between `least` and `most` arguments.
  void positional(std::string hint, std::vector<std::string>& values, std::string help,
                  std::size_t least = 0, std::size_t most = SIZE_MAX);

  /// Options that must be given.
  void require(std::vector<std::string> names);
  /// An example for the help: a command line (without `prospect`) and what it does.
  void example(std::string command, std::string meaning);
  /// An exit code beyond the common ones, for the help; for instance 1 and what it means.
  void exit_code(int code, std::string meaning);

  /// Reads the arguments into the bound members. `--` ends the options.
  /// @return false when `--help` was asked for and printed on `console.out`; then nothing is set.
  /// @throws Error (usage) naming the option: an unknown one (with the nearest known), a missing
  /// value, a wrong number, an option given twice, a missing or superfluous argument.
  bool parse(std::span<const std::string> arguments, Console& console);

  /// Whether the option stood on the command line.
  bool given(std::string_view name) const { return given_.count(std::string(name)) > 0; }

  /// The text of `--help`.
  std::string help() const;
  /// Names of all options, without dashes.
  std::vector<std::string> names() const;

 private:
  struct Bound {
    std::string name, hint, help, remark;  // `remark`: default and range, in words
    std::size_t num_values = 1;
    bool repeatable = false;
    std::function<void(std::span<const std::string>)> set;
  };
  struct Word {
    std::string option;  // empty for a word that stands for itself
    std::vector<std::string> values;
    bool adjacent = false;  // written as --name=value
  };
  struct Positional {
    std::string hint, help;
    std::vector<std::string>* values = nullptr;
    std::size_t least = 0, most = 0;
  };

  void add(std::string name, std::string hint, std::string help, std::string remark,
           std::function<void(const std::string&)> set);
  const Bound* find(std::string_view name) const;
  [[noreturn]] void fail_unknown(const std::string& argument) const;
  [[noreturn]] void fail_missing(const Bound& option, std::size_t found) const;
  /// The arguments, split into options with their values and words that stand for themselves.
  std::vector<Word> words(const std::vector<std::string>& arguments) const;
  void check_positional(const std::vector<std::string>& found) const;

  std::string name_, usage_, summary_;
  std::vector<Bound> options_;
  std::optional<Positional> positional_;
  std::vector<std::string> required_;
  std::vector<std::pair<std::string, std::string>> examples_;
  std::vector<std::pair<int, std::string>> exit_codes_;
  std::set<std::string> given_;
};

}  // namespace prospect
