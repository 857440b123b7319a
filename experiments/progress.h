#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <string>

#include "experiments/study_parts.h"

namespace prospect {

/// Shows how far a study is: on a terminal one line that is written over, else a line every few
/// seconds.
class ConsoleProgress : public StudyObserver {
 public:
  /// @param terminal  whether `out` is one that a person looks at.
  /// @param stop      asked whether to stop.
  ConsoleProgress(std::ostream& out, bool terminal, std::function<bool()> stop);
  ~ConsoleProgress() override;

  bool stop_requested() override { return stop_(); }
  void on_progress(const StudyProgress& progress) override;
  void on_note(const std::string& note) override;

  /// Ends the line that stands on the terminal.
  void end_line();

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream& out_;
  bool terminal_, line_open_ = false;
  std::function<bool()> stop_;
  Clock::time_point begin_, shown_;
  std::int64_t spent_at_begin_ = -1;
  std::size_t unit_ = 0;
};

/// One line: strategy, evaluations done of its room, best so far, rate, time left.
/// @param rate  counted work a second; 0 unknown.
std::string progress_line(const StudyProgress& progress, double rate);

}  // namespace prospect
