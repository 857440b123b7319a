#pragma once

namespace prospect {

/// Ctrl-C while a command runs that keeps what is done.
///
/// Without a guard SIGINT ends the program at once, with exit code 130. While a guard lives, the
/// first SIGINT or SIGTERM only sets `interrupted()`: the loop ends where its results are stored,
/// and the command returns `kInterruptedExit`. A second one ends the program at once.
/// ```
/// const InterruptGuard guard;
/// while (!done && !guard.interrupted()) step();
/// ```
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool interrupted() const;
};

inline constexpr int kInterruptedExit = 130;

/// Makes SIGINT end the program with exit code 130, and a write to a closed pipe an error instead
/// of a signal; called once by `main`.
void install_signal_handlers();

}  // namespace prospect
