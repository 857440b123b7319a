#include "experiments/commands/command_line.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
#include <ostream>
#include <sstream>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

namespace po = boost::program_options;

template <class T>
std::string in_words(const Range<T>& range) {
  std::ostringstream words;
  if (range.least) words << " of at least " << *range.least;
  if (range.least && range.most) words << " and";
  if (range.most) words << (range.least ? " at most " : " of at most ") << *range.most;
  return words.str();
}

template <class T>
T parse_number(const std::string& name, const std::string& text, const Range<T>& range,
               std::string_view type) {
  T value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = code == std::errc() && end == text.data() + text.size();
  const bool finite = std::isfinite(static_cast<double>(value));
  if (!whole || !finite || (range.least && value < *range.least) ||
      (range.most && value > *range.most))
    fail(ErrorKind::usage, "--" + name, "expected ", type, in_words(range), ", found '", text, "'");
  return value;
}

void check_choice(const std::string& name, const std::string& value,
                  const std::vector<std::string>& choices) {
  if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  fail(ErrorKind::usage, "--" + name, "expected one of ", join(choices, ", "), ", found '", value,
       "'");
}

std::string choices_in_words(const std::vector<std::string>& choices) {
  return choices.empty() ? "" : "one of " + join(choices, ", ");
}

std::string with_default(const std::string& shown, const std::string& remark) {
  if (shown.empty()) return remark;
  return remark.empty() ? "default " + shown : remark + "; default " + shown;
}

template <class T>
std::string range_remark(const Range<T>& range) {
  const std::string words = in_words(range);
  return words.empty() ? "" : words.substr(std::string_view(" of ").size());
}

}  // namespace

CommandLine::CommandLine(std::string name, std::string usage, std::string summary)
    : name_(std::move(name)), usage_(std::move(usage)), summary_(std::move(summary)) {}

void CommandLine::flag(std::string name, bool& value, std::string help) {
  options_.push_back({std::move(name), "", std::move(help), "", 0, false,
                      [&value](std::span<const std::string>) { value = true; }});
}

void CommandLine::add(std::string name, std::string hint, std::string help, std::string remark,
                      std::function<void(const std::string&)> set) {
  options_.push_back(
      {std::move(name), std::move(hint), std::move(help), std::move(remark), 1, false,
       [set = std::move(set)](std::span<const std::string> values) { set(values.front()); }});
}

void CommandLine::option(std::string name, std::string hint, std::string& value, std::string help,
                         std::vector<std::string> choices) {
  const std::string remark = with_default(value, choices_in_words(choices));
  add(name, std::move(hint), std::move(help), remark,
      [name, &value, choices = std::move(choices)](const std::string& text) {
        check_choice(name, text, choices);
        value = text;
      });
}

void CommandLine::option(std::string name, std::string hint, std::optional<std::string>& value,
                         std::string help, std::vector<std::string> choices) {
  const std::string remark = choices_in_words(choices);
  add(name, std::move(hint), std::move(help), remark,
      [name, &value, choices = std::move(choices)](const std::string& text) {
        check_choice(name, text, choices);
        value = text;
      });
}

void CommandLine::option(std::string name, std::string hint, std::int64_t& value, std::string help,
                         Range<std::int64_t> range) {
  add(name, std::move(hint), std::move(help),
      with_default(std::to_string(value), range_remark(range)),
      [name, &value, range](const std::string& text) {
        value = parse_number(name, text, range, "an integer");
      });
}

void CommandLine::option(std::string name, std::string hint, std::optional<std::int64_t>& value,
                         std::string help, Range<std::int64_t> range) {
  add(name, std::move(hint), std::move(help), range_remark(range),
      [name, &value, range](const std::string& text) {
        value = parse_number(name, text, range, "an integer");
      });
}

void CommandLine::option(std::string name, std::string hint, double& value, std::string help,
                         Range<double> range) {
  std::ostringstream shown;
  shown << value;
  add(name, std::move(hint), std::move(help), with_default(shown.str(), range_remark(range)),
      [name, &value, range](const std::string& text) {
        value = parse_number(name, text, range, "a number");
      });
}

void CommandLine::option(std::string name, std::string hint, std::vector<std::string>& values,
                         std::string help) {
  add(std::move(name), std::move(hint), std::move(help), "may stand several times",
      [&values](const std::string& text) { values.push_back(text); });
  options_.back().repeatable = true;
}

void CommandLine::pair(std::string name, std::string hint,
                       std::optional<std::pair<std::string, std::string>>& value,
                       std::string help) {
  options_.push_back(
      {std::move(name), std::move(hint), std::move(help), "", 2, false,
       [&value](std::span<const std::string> values) { value.emplace(values[0], values[1]); }});
}

void CommandLine::positional(std::string hint, std::vector<std::string>& values, std::string help,
                             std::size_t least, std::size_t most) {
  positional_ = Positional{std::move(hint), std::move(help), &values, least, most};
}

void CommandLine::require(std::vector<std::string> names) {
  required_ = std::move(names);
}

void CommandLine::example(std::string command, std::string meaning) {
  examples_.emplace_back(std::move(command), std::move(meaning));
}

void CommandLine::exit_code(int code, std::string meaning) {
  exit_codes_.emplace_back(code, std::move(meaning));
}

const CommandLine::Bound* CommandLine::find(std::string_view name) const {
  const auto found = std::find_if(options_.begin(), options_.end(),
                                  [&](const Bound& option) { return option.name == name; });
  return found == options_.end() ? nullptr : &*found;
}

std::vector<std::string> CommandLine::names() const {
  std::vector<std::string> names;
  for (const auto& option : options_) names.push_back(option.name);
  names.emplace_back("help");
  return names;
}

void CommandLine::fail_unknown(const std::string& argument) const {
  const std::string name =
      argument.substr(std::min(argument.find_first_not_of('-'), argument.size()));
  std::vector<std::string> known;
  for (const auto& known_name : names()) known.push_back("--" + known_name);
  fail(ErrorKind::usage, argument, "unknown option", suggestion("--" + name, known));
}

void CommandLine::fail_missing(const Bound& option, std::size_t found) const {
  fail(ErrorKind::usage, "--" + option.name, "expected ",
       option.num_values == 1 ? "a value" : std::to_string(option.num_values) + " values", " (",
       option.hint, "), found ", found == 0 ? "none" : std::to_string(found));
}

std::vector<CommandLine::Word> CommandLine::words(const std::vector<std::string>& arguments) const {
  po::options_description description;
  description.add_options()("help", new po::untyped_value(true));
  for (const auto& option : options_) {
    if (option.num_values == 0) {
      description.add_options()(option.name.c_str(), new po::untyped_value(true));
      continue;
    }
    auto* value = po::value<std::vector<std::string>>();
    if (option.num_values > 1) value->multitoken();
    description.add_options()(option.name.c_str(), value);
  }
  constexpr int kStyle = po::command_line_style::allow_long |
                         po::command_line_style::long_allow_adjacent |
                         po::command_line_style::long_allow_next;
  std::vector<Word> words;
  try {
    const auto parsed = po::command_line_parser(arguments)
                            .options(description)
                            .style(kStyle)
                            .allow_unregistered()
                            .run();
    for (const auto& option : parsed.options)
      words.push_back({option.string_key, option.value, option.original_tokens.size() == 1});
  } catch (const po::error_with_option_name& error) {
    const std::string shown = error.get_option_name();
    const Bound* option =
        find(std::string_view(shown).substr(std::min<std::size_t>(2, shown.size())));
    if (option != nullptr && option->num_values > 0) fail_missing(*option, 0);
    fail(ErrorKind::usage, shown, "expected no value, found one");
  } catch (const po::error& error) {
    fail(ErrorKind::usage, "", error.what());
  }
  return words;
}

void CommandLine::check_positional(const std::vector<std::string>& found) const {
  const std::size_t most = positional_ ? positional_->most : 0;
  if (found.size() > most)
    fail(ErrorKind::usage, found[most], "expected ",
         most == 0 ? "options alone"
                   : "at most " + std::to_string(most) + " of " + positional_->hint,
         ", found this argument too");
  if (positional_ && found.size() < positional_->least)
    fail(ErrorKind::usage, positional_->hint, "expected at least ", positional_->least, ", found ",
         found.size(), "; see prospect ", name_, " --help");
}

bool CommandLine::parse(std::span<const std::string> arguments, Console& console) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  const auto found = words({arguments.begin(), end});
  for (const auto& word : found) {
    if (word.option == "help" ||
        (word.option.empty() && word.values == std::vector<std::string>{"-h"})) {
      console.out << help();
      return false;
    }
  }

  std::vector<std::string> rest;
  for (const auto& word : found) {
    if (word.option.empty()) {
      if (word.values.front().size() > 1 && word.values.front().starts_with('-'))
        fail_unknown(word.values.front());
      rest.insert(rest.end(), word.values.begin(), word.values.end());
      continue;
    }
    const Bound* option = find(word.option);
    if (option == nullptr) fail_unknown("--" + word.option);
    if (word.values.size() < option->num_values) fail_missing(*option, word.values.size());
    // An option of several values was given all words up to the next option: what is too much
    // stands for itself.
    const auto taken = std::span(word.values).first(option->num_values);
    rest.insert(rest.end(), word.values.begin() + static_cast<std::ptrdiff_t>(taken.size()),
                word.values.end());
    for (const auto& value : taken) {
      if (!word.adjacent && value.starts_with("--") &&
          find(std::string_view(value).substr(2)) != nullptr)
        fail(ErrorKind::usage, "--" + option->name, "expected a value (", option->hint,
             "), found the option ", value, "; write --", option->name, "=", value,
             " if it is meant as text");
    }
    if (!given_.insert(option->name).second && !option->repeatable)
      fail(ErrorKind::usage, "--" + option->name, "expected the option once, found it twice");
    option->set(taken);
  }
  if (end != arguments.end()) rest.insert(rest.end(), end + 1, arguments.end());

  for (const auto& name : required_) {
    if (!given(name))
      fail(ErrorKind::usage, "--" + name, "expected this option, found none; see prospect ", name_,
           " --help");
  }
  check_positional(rest);
  if (positional_) *positional_->values = std::move(rest);
  return true;
}

}  // namespace prospect
