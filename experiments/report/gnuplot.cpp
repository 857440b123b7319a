#include "experiments/report/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <regex>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/files.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "gnuplot";
constexpr int kNotFound = 127;

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (fs::temp_directory_path() / "prospect-plots-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      fail(ErrorKind::io, name, "cannot make the folder: ", std::strerror(errno));
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// The exit code of a program whose output goes to `log`; 127 where it is not there.
int run_program_quietly(std::vector<std::string> arguments, const fs::path& log) {
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = 0;
  const int code = ::posix_spawnp(&pid, argv.front(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (code == ENOENT) return kNotFound;
  if (code != 0) fail(ErrorKind::io, argv.front(), "cannot run: ", std::strerror(code));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string name_of_plot(std::size_t i) {
  return "plot" + std::to_string(i + 1);
}

std::string whole_script(std::span<const PlotScript> plots, const fs::path& folder) {
  std::string script;
  for (std::size_t i = 0; i < plots.size(); ++i) {
    script += "reset session\nset terminal svg size " + std::to_string(plots[i].width) + "," +
              std::to_string(plots[i].height) +
              " dynamic noenhanced font 'sans-serif,17' linewidth 1.3 name '" + name_of_plot(i) +
              "'\nset output '" + (folder / (name_of_plot(i) + ".svg")).string() +
              "'\nset border 3 lc " + kInk + "\nset tics nomirror out tc " + kInk +
              "\nset grid lc " + kGrid + " lt 1 lw 0.5\nset xlabel tc " + kInk +
              "\nset ylabel tc " + kInk + "\nunset key\n" + plots[i].commands + "\nunset output\n";
  }
  return script;
}

void cut(std::string& text, std::string_view begin, std::string_view end) {
  const std::size_t from = text.find(begin), to = text.find(end);
  if (from != std::string::npos && to != std::string::npos && from < to)
    text.erase(from, to + end.size() - from);
}

// Only the drawing, with the page's colours and names that no other plot on the page has.
std::string for_page(std::string svg, const std::string& name) {
  svg.erase(0, svg.find("<svg"));
  using Ends = std::pair<const char*, const char*>;
  for (const auto& [begin, end] : {Ends("<title>", "</title>"), Ends("<desc>", "</desc>"),
                                   Ends("<filter", "</filter>"), Ends("<filter", "</filter>")})
    cut(svg, begin, end);
  static const std::regex kNames("(id=['\"]|['\"]#)(gp|gnuplot)"),
      kSeries("rgb\\(\\s*1,\\s*1,\\s*(\\d)\\)"), kInkColour("rgb\\(\\s*1,\\s*1,\\s*100\\)"),
      kGridColour("rgb\\(\\s*1,\\s*1,\\s*101\\)"), kBlack("color=\"(black|white|gray)\"");
  svg = std::regex_replace(svg, kNames, "$1" + name + "$2");
  svg = std::regex_replace(svg, kSeries, "var(--plot-$1)");
  svg = std::regex_replace(svg, kInkColour, "var(--ink)");
  svg = std::regex_replace(svg, kGridColour, "var(--line)");
  return std::regex_replace(svg, kBlack, "");
}

}  // namespace

std::string plot_colour(std::size_t series) {
  return "rgb '#01010" + std::to_string(series % kPlotColours + 1) + "'";
}

std::vector<Html> draw(std::span<const PlotScript> plots) {
  if (plots.empty()) return {};
  const ScratchFolder folder;
  const fs::path script = folder.path() / "plots.gp", log = folder.path() / "log";
  write_file(script, whole_script(plots, folder.path()));
  // -d: whatever the user's own settings are.
  const int code = run_program_quietly({kProgram, "-d", script.string()}, log);
  if (code == kNotFound)
    fail(ErrorKind::io, kProgram,
         "expected the plotting program, found none; install it (Debian: gnuplot-nox)");
  if (code != 0)
    fail(ErrorKind::internal, kProgram, "expected plots, found exit code ", code, ": ",
         read_file(log));
  std::vector<Html> drawn;
  for (std::size_t i = 0; i < plots.size(); ++i)
    drawn.push_back(Html::trusted(
        for_page(read_file(folder.path() / (name_of_plot(i) + ".svg")), name_of_plot(i))));
  return drawn;
}

bool has_gnuplot() {
  const ScratchFolder folder;
  return run_program_quietly({kProgram, "--version"}, folder.path() / "log") == 0;
}

}  // namespace prospect
