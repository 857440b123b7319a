#include "experiments/progress.h"

#include <doctest/doctest.h>

#include <sstream>

namespace prospect {
namespace {

StudyProgress some_progress() {
  StudyProgress progress;
  progress.unit = 2;
  progress.num_units = 3;
  progress.split_seed = 13;
  progress.seed = 1;
  progress.strategy = "autoprompt";
  progress.spent = 500;
  progress.room = 1000;
  progress.total_spent = 700;
  progress.total_budget = 2000;
  progress.metric = "accuracy";
  progress.best = 0.8125;
  return progress;
}

TEST_CASE("progress shows evaluations of the budget, the best, the rate and the time left") {
  CHECK(progress_line(some_progress(), 10) ==
        "[2/3] split 13, seed 1, autoprompt: 500 of 1000 evaluations, best dev accuracy 0.812, "
        "10/s, at most 2:10 left");
}

TEST_CASE("progress does not invent a rate or a best") {
  StudyProgress progress = some_progress();
  progress.best.reset();

  CHECK(progress_line(progress, 0) ==
        "[2/3] split 13, seed 1, autoprompt: 500 of 1000 evaluations");
}

TEST_CASE("on a terminal one line is written over, elsewhere lines follow each other") {
  for (const bool terminal : {true, false}) {
    CAPTURE(terminal);
    std::ostringstream out;
    {
      ConsoleProgress progress(out, terminal, [] { return false; });
      progress.on_progress(some_progress());
      progress.on_note("a note");
    }
    const std::string text = out.str();
    CHECK(text.starts_with("\r") == terminal);
    CHECK(text.find("evaluations, best dev accuracy 0.812\na note\n") != std::string::npos);
  }
}

TEST_CASE("a stop is what the caller says") {
  std::ostringstream out;
  bool stop = false;
  ConsoleProgress progress(out, false, [&] { return stop; });

  CHECK(!progress.stop_requested());
  stop = true;
  CHECK(progress.stop_requested());
}

}  // namespace
}  // namespace prospect
