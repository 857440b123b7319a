#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iomanip>
#include <ios>
#include <istream>
#include <new>
#include <ostream>

#include "core/error.h"
#include "core/text.h"
#include "experiments/commands/command.h"

namespace prospect {
namespace {

constexpr std::size_t kNameColumn = 14;

// Turns a refused write into an exception where it happens, so that a long command ends at a
// closed pipe and a full disk is never taken for success.
class ThrowingOutput {
 public:
  explicit ThrowingOutput(std::ostream& out) : out_(out), before_(out.exceptions()) {
    errno = 0;
    out.exceptions(std::ios::badbit | std::ios::failbit);
  }
  ~ThrowingOutput() {
    out_.exceptions(std::ios::goodbit);
    out_.flush();
    try {
      out_.exceptions(before_);
    } catch (const std::ios_base::failure&) {
      // A stream that throws by its owner's wish and is broken by now: the owner knows.
    }
  }
  ThrowingOutput(const ThrowingOutput&) = delete;
  ThrowingOutput& operator=(const ThrowingOutput&) = delete;

 private:
  std::ostream& out_;
  std::ios::iostate before_;
};

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const auto& command : commands()) names.emplace_back(command.name);
  return names;
}

void print_commands(std::ostream& out) {
  out << "usage: prospect COMMAND [OPTIONS]\n\n"
         "Searches for prompt templates of a frozen language model.\n\ncommands:\n";
  for (const auto& command : commands())
    out << "  " << std::left << std::setw(kNameColumn) << command.name << command.summary << '\n';
  out << "\nprospect COMMAND --help explains a command; prospect --version prints the version.\n";
}

const Command& find_command(const std::string& name) {
  for (const auto& command : commands())
    if (command.name == name) return command;
  fail(ErrorKind::usage, name,
       name.starts_with('-') ? "expected a command before options" : "unknown command",
       suggestion(name, command_names()));
}

int dispatch(std::span<const std::string> arguments, Console& console) {
  if (arguments.empty() || arguments.front() == "--help" || arguments.front() == "-h") {
    print_commands(console.out);
    return 0;
  }
  if (arguments.front() == "--version") {
    console.out << "prospect " << PROSPECT_VERSION << '\n';
    return 0;
  }
  return find_command(arguments.front()).run(arguments.subspan(1), console);
}

}  // namespace

int run_program(std::span<const std::string> arguments, Console& console) {
  std::string speaker = "prospect";
  const auto names = command_names();
  if (!arguments.empty() && std::find(names.begin(), names.end(), arguments.front()) != names.end())
    speaker += " " + arguments.front();
  const auto report = [&](const Error& error) {
    console.err << speaker << ": " << name_of(error.kind()) << ": " << error.what() << std::endl;
    return exit_code(error.kind());
  };

  try {
    const ThrowingOutput throwing(console.out);
    const int code = dispatch(arguments, console);
    console.out.flush();
    return code;
  } catch (const Error& error) {
    return report(error);
  } catch (const std::filesystem::filesystem_error& error) {
    return report(Error(ErrorKind::io, "", error.what()));
  } catch (const std::ios_base::failure&) {
    const std::string reason = errno == 0 ? "the stream is closed" : std::strerror(errno);
    return report(Error(ErrorKind::io, "standard output", "cannot write: " + reason));
  } catch (const std::bad_alloc&) {
    return report(Error(ErrorKind::internal, "",
                        "expected more memory than this machine gives; use a smaller model, fewer "
                        "threads or shorter input"));
  } catch (const std::exception& error) {
    return report(Error(ErrorKind::internal, "", error.what()));
  } catch (...) {
    return report(Error(ErrorKind::internal, "", "an exception of unknown type"));
  }
}

}  // namespace prospect
