// Runs of the real program that are killed, run out of disk, or lose a part of their store.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "core/rng.h"
#include "experiments/run_store.h"
#include "tests/experiments/small_experiment.h"

namespace prospect {
namespace {

using test::files_of;
using test::SmallExperiment;

const std::string kProgram = std::string(PROSPECT_BINARY_DIR) + "/bin/prospect";

pid_t start(const std::string& file, const std::string& folder) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int nothing = ::open("/dev/null", O_WRONLY);
  ::dup2(nothing, STDOUT_FILENO);
  ::dup2(nothing, STDERR_FILENO);
  ::execl(kProgram.c_str(), "prospect", "search", file.c_str(), "--out", folder.c_str(),
          "--threads", "1", static_cast<char*>(nullptr));
  ::_exit(127);
}

// Whether the process ends of itself within the time; else it is killed.
bool ends_within(pid_t child, double seconds, int& status) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    if (::waitpid(child, &status, WNOHANG) == child) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return false;
}

TEST_CASE("a run that is killed at 30 random moments ends with the bytes of one that was not") {
  SmallExperiment small;
  small.json["budget"]["evaluations"] = 6000;
  small.json["strategies"] = {
      {{"name", "manual"}},
      {{"name", "random"}},
      {{"name", "autoprompt"}, {"options", {{"triggers", 2}}}, {"init", "top:1 of random"}}};
  const std::string file = small.write(), whole = small.folder("whole"),
                    folder = small.folder("run");
  int status = 0;
  REQUIRE(ends_within(start(file, whole), 300, status));
  REQUIRE(WEXITSTATUS(status) == 0);

  Rng rng(7, "kills");
  int kills = 0;
  for (double longest = 0.6; !ends_within(start(file, folder), longest * rng.uniform(), status);
       longest += 0.02)
    ++kills;
  CHECK(kills >= 30);
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(files_of(folder) == files_of(whole));
  const auto store = RunStore::open(folder), undisturbed = RunStore::open(whole);
  CHECK(store->spent() == undisturbed->spent());
  CHECK(store->next_trial_id() == undisturbed->next_trial_id());
}

TEST_CASE("a run that fills its disk says so, keeps what it had, and goes on when there is room") {
  SmallExperiment small;
  small.json["budget"]["evaluations"] = 3000;
  const std::string file = small.write(), whole = small.folder("whole");
  REQUIRE(test::run({"search", file, "--out", whole, "--threads", "1"}).code == 0);

  const std::string disk = small.folder("disk"), kept = small.folder("kept");
  std::filesystem::create_directories(disk);
  const std::string script =
      "mount -t tmpfs -o size=200k tmpfs " + disk + " || exit 77\n" + kProgram + " search " + file +
      " --threads 1 --out " + disk + "/run >/dev/null 2>" + kept + ".err; code=$?\n" +
      "mount -o remount,size=100m " + disk + "\n" + kProgram + " search " + file +
      " --threads 1 --out " + disk + "/run >/dev/null 2>&1 || exit 1\n" + "cp -r " + disk +
      "/run " + kept + "; exit $code";
  small.write_file("disk.sh", script);
  const int code =
      std::system(("unshare -m bash " + small.folder("disk.sh") + " 2>/dev/null").c_str());
  if (WEXITSTATUS(code) != 4 && !std::filesystem::exists(kept)) {
    MESSAGE("not run: a small disk cannot be mounted here");
    return;
  }
  const std::string message = read_file(kept + ".err");
  INFO(message);
  CHECK(WEXITSTATUS(code) == 4);
  CHECK(message.find("prospect search: io: ") != std::string::npos);
  CHECK(files_of(kept) == files_of(whole));
}

TEST_CASE("a store that was cut off in the middle is refused with one line") {
  SmallExperiment small;
  const std::string file = small.write(), folder = small.folder("run");
  REQUIRE(test::run({"search", file, "--out", folder, "--threads", "1"}).code == 0);
  const std::filesystem::path store = folder + "/run.sqlite";
  std::filesystem::resize_file(store, std::filesystem::file_size(store) / 2);

  const auto run = test::run({"search", file, "--out", folder, "--threads", "1"});
  CHECK(run.code == 3);
  CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
  CHECK(run.err.find("--fresh") != std::string::npos);
}

}  // namespace
}  // namespace prospect
