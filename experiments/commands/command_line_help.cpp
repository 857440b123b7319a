#include <sstream>

#include "core/text.h"
#include "experiments/commands/command_line.h"

namespace prospect {
namespace {

constexpr std::size_t kHelpColumn = 30;
constexpr std::size_t kHelpWidth = 100;

// One entry of a help table: the left column, then the text wrapped at the right margin.
void write_entry(std::ostream& out, const std::string& left, const std::string& text) {
  std::string line = "  " + left;
  if (line.size() + 2 > kHelpColumn) {
    out << line << '\n';
    line.clear();
  }
  line.resize(kHelpColumn, ' ');
  bool empty = true;
  for (const auto& word : split(text, ' ')) {
    if (!empty && line.size() + 1 + word.size() > kHelpWidth) {
      out << line << '\n';
      line.assign(kHelpColumn, ' ');
      empty = true;
    }
    if (!empty) line += ' ';
    line += word;
    empty = false;
  }
  out << line << '\n';
}

}  // namespace

std::string CommandLine::help() const {
  std::ostringstream out;
  out << "usage: prospect " << name_ << (usage_.empty() ? "" : " ") << usage_ << "\n\n"
      << summary_ << "\n";
  if (positional_) {
    out << "\narguments:\n";
    write_entry(out, positional_->hint, positional_->help);
  }
  out << "\noptions:\n";
  for (const auto& option : options_) {
    std::string text = option.help;
    if (!option.remark.empty()) text += " (" + option.remark + ")";
    write_entry(out, "--" + option.name + (option.hint.empty() ? "" : " " + option.hint), text);
  }
  write_entry(out, "--help", "Print this text.");
  if (!examples_.empty()) {
    out << "\nexamples:\n";
    for (const auto& [command, meaning] : examples_)
      out << "  # " << meaning << "\n  prospect " << command << "\n";
  }
  out << "\nexit codes:\n";
  write_entry(out, "0", "it worked");
  for (const auto& [code, meaning] : exit_codes_) write_entry(out, std::to_string(code), meaning);
  write_entry(out, "2", "the command line is wrong");
  write_entry(out, "3", "a file or a model is wrong, or asks for what prospect does not do");
  write_entry(out, "4", "the operating system refused to read or write");
  write_entry(out, "5", "a bug in prospect");
  write_entry(out, "130", "interrupted");
  return out.str();
}

}  // namespace prospect
