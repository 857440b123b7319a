#include <iostream>
#include <string>
#include <vector>

#include "experiments/commands/command.h"
#include "experiments/interrupt.h"

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  // A prompt for input is never printed, and a tie would flush the output at every line read.
  std::cin.tie(nullptr);
  prospect::install_signal_handlers();
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  prospect::Console console{std::cin, std::cout, std::cerr};
  return prospect::run_program(arguments, console);
}
