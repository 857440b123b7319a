#include "experiments/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <utility>

namespace prospect {
namespace {

constexpr std::chrono::milliseconds kTerminalPause{200};
constexpr std::chrono::seconds kPlainPause{5};
constexpr const char* kClearLine = "\r\x1b[K";

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

std::string duration(double seconds) {
  const auto whole = static_cast<long long>(std::llround(seconds));
  char text[64];
  if (whole >= 3600)
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                  whole % 60);
  else
    std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  return text;
}

}  // namespace

std::string progress_line(const StudyProgress& progress, double rate) {
  std::string line =
      "[" + std::to_string(progress.unit) + "/" + std::to_string(progress.num_units) + "] split " +
      std::to_string(progress.split_seed) + ", seed " + std::to_string(progress.seed) + ", " +
      progress.strategy + ": " + std::to_string(progress.spent) + " of " +
      std::to_string(progress.room) + " evaluations";
  if (progress.best) line += ", best dev " + progress.metric + " " + format("%.3f", *progress.best);
  if (rate > 0) {
    line += ", " + format(rate < 10 ? "%.1f" : "%.0f", rate) + "/s";
    double left = static_cast<double>(progress.total_budget - progress.total_spent) / rate;
    if (progress.seconds_room && progress.unit == progress.num_units)
      left = std::min(left, *progress.seconds_room - progress.seconds);
    line += ", at most " + duration(std::max(0.0, left)) + " left";
  }
  return line;
}

ConsoleProgress::ConsoleProgress(std::ostream& out, bool terminal, std::function<bool()> stop)
    : out_(out),
      terminal_(terminal),
      stop_(std::move(stop)),
      begin_(Clock::now()),
      shown_(begin_) {}

ConsoleProgress::~ConsoleProgress() {
  end_line();
}

void ConsoleProgress::on_progress(const StudyProgress& progress) {
  if (progress.num_units == 0) return;
  const auto now = Clock::now();
  if (spent_at_begin_ < 0) {
    spent_at_begin_ = progress.total_spent;
    begin_ = now;
  }
  const bool new_unit = progress.unit != unit_;
  unit_ = progress.unit;
  const auto pause = terminal_ ? std::chrono::duration_cast<Clock::duration>(kTerminalPause)
                               : std::chrono::duration_cast<Clock::duration>(kPlainPause);
  if (!new_unit && now - shown_ < pause) return;
  shown_ = now;

  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double rate =
      seconds > 0.2 ? static_cast<double>(progress.total_spent - spent_at_begin_) / seconds : 0;
  if (terminal_) {
    if (new_unit) end_line();  // what the strategy before has reached stays on the screen
    out_ << kClearLine << progress_line(progress, rate) << std::flush;
    line_open_ = true;
  } else {
    out_ << progress_line(progress, rate) << std::endl;
  }
}

void ConsoleProgress::on_note(const std::string& note) {
  end_line();
  out_ << note << std::endl;
}

void ConsoleProgress::end_line() {
  if (line_open_) out_ << std::endl;
  line_open_ = false;
}

}  // namespace prospect
