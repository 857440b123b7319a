#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/text.h"
#include "experiments/commands/command.h"

namespace prospect::test {

/// What a run of the program left behind.
struct ProgramRun {
  int code = 0;
  std::string out, err;

  Json json() const { return Json::parse(out); }
  std::vector<Json> json_lines() const {
    std::vector<Json> lines;
    for (const auto& line : split(out, '\n'))
      if (!line.empty()) lines.push_back(Json::parse(line));
    return lines;
  }
};

/// Runs `prospect ARGUMENTS` with `input` on standard input.
inline ProgramRun run(const std::vector<std::string>& arguments, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out, err;
  Console console{in, out, err};
  ProgramRun run;
  run.code = run_program(arguments, console);
  run.out = out.str();
  run.err = err.str();
  return run;
}

/// The folder of the model that comes with the project.
inline std::string pocket_mlm() {
  return std::string(PROSPECT_SOURCE_DIR) + "/models/pocket-mlm";
}

}  // namespace prospect::test
