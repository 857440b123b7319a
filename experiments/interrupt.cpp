#include "experiments/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace prospect {
namespace {

// A signal handler reaches nothing but globals; these are the only ones of the program.
std::atomic<int> num_guards{0};
std::atomic<bool> signalled{false};

extern "C" void on_signal(int signal) {
  if (num_guards.load() > 0 && !signalled.exchange(true)) return;
  ::_exit(128 + signal);
}

void handle(int signal) {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  // A blocked read or write continues after the handler: the loop looks at the flag itself.
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  if (num_guards.fetch_add(1) == 0) signalled = false;
  handle(SIGINT);
  handle(SIGTERM);
}

InterruptGuard::~InterruptGuard() {
  num_guards.fetch_sub(1);
}

bool InterruptGuard::interrupted() const {
  return signalled.load();
}

void install_signal_handlers() {
  handle(SIGINT);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
}

}  // namespace prospect
