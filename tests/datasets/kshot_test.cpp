// The published few-shot files: read, drawn and written back, byte for byte.

#include <doctest/doctest.h>

#include <map>
#include <sstream>

#include "core/files.h"
#include "datasets/fewshot.h"
#include "tests/support/expect_error.h"
#include "tests/support/md5.h"
#include "tests/support/scoped_variable.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

using namespace prospect;
using namespace prospect::test;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kSeeds[] = {13, 21, 42, 87, 100};

// LM-BFF's list: path below its k-shot folder -> md5.
std::map<std::string, std::string> published_sums() {
  std::map<std::string, std::string> sums;
  std::istringstream list(read_file(shared_folder() / "data" / "lm-bff" / "k-shot-checksum"));
  for (std::string sum, path; list >> sum >> path;) sums[path] = sum;
  return sums;
}

// Writes the 16-shot split of every seed and compares each file's sum with the list.
void check_sums(const std::string& task, const std::string& published, const std::string& ending) {
  const ScopedVariable data("PROSPECT_DATA", (shared_folder() / "data").string());
  const auto sums = published_sums();
  const ScratchFolder folder;
  const TaskData opened = open_task(task);
  for (const auto seed : kSeeds) {
    write_fewshot(opened, 16, seed, FewshotProtocol::lm_bff, folder.path());
    const std::string split = "16-" + std::to_string(seed);
    for (const std::string file : {"train", "dev"}) {
      const std::string path = published + "/" + split + "/" + file + ending;
      CAPTURE(path);
      CHECK(md5(read_file(folder.path() / split / (file + ending))) == sums.at(path));
    }
    CHECK(md5(read_file(folder.path() / ("test" + ending))) ==
          sums.at(published + "/" + split + "/test" + ending));
  }
}

// A folder of splits of a task with labels 0 and 1, and its task file.
fs::path write_kshot_task(const ScratchFolder& folder) {
  const std::string row = "text\tlabel\ngood\t1\nbad\t0\n";
  folder.write("data/1-13/train.tsv", row);
  folder.write("data/1-13/dev.tsv", row);
  folder.write("data/2-7/train.tsv", row);
  folder.write("data/2-7/dev.tsv", row);
  folder.write("data/test.tsv", row);
  return folder.write("task.json", R"({"name": "x", "kind": "classification", "fields": ["text"],
      "label": "label", "labels": ["0", "1"], "data": "data", "kshot": true, "source": "nowhere"})");
}

}  // namespace

TEST_CASE("LM-BFF's ten SST-2 files are drawn from its 6,920 sentences, byte for byte") {
  if (!has_shared("data/sst2-original") || !has_shared("data/lm-bff")) return;
  check_sums("sst2-full", "SST-2", ".tsv");
}

TEST_CASE("published few-shot files are read and written back with their sums") {
  if (!has_shared("data/k-shot") || !has_shared("data/lm-bff")) return;
  check_sums("sst2", "SST-2", ".tsv");
  check_sums("rte", "RTE", ".tsv");
  check_sums("mr", "mr", ".csv");
  check_sums("subj", "subj", ".csv");
  check_sums("mpqa", "mpqa", ".csv");
}

TEST_CASE("every described task opens, and its published splits are balanced") {
  if (!has_shared("data/k-shot")) return;
  const ScopedVariable data("PROSPECT_DATA", (shared_folder() / "data").string());
  for (const auto& name : described_tasks()) {
    CAPTURE(name);
    const TaskData opened = open_task(name);
    CHECK(opened.task.name == name);
    CHECK(!opened.test.empty());
    REQUIRE(!opened.task.manual.empty());
    for (const auto seed : kSeeds) {
      const Task task = fewshot_task(opened, 16, seed, FewshotProtocol::lm_bff);
      for (const auto* part : {&task.support, &task.dev}) {
        std::map<std::int32_t, int> counts;
        for (const auto& example : *part) ++counts[example.label];
        CHECK(counts.size() == task.labels.size());
        for (const auto& [label, count] : counts) CHECK(count == 16);
      }
    }
  }
}

TEST_CASE("a published split and the same split drawn from all sentences hold the same examples") {
  if (!has_shared("data/k-shot") || !has_shared("data/sst2-original")) return;
  const ScopedVariable data("PROSPECT_DATA", (shared_folder() / "data").string());
  const Task published = fewshot_task(open_task("sst2"), 16, 42, FewshotProtocol::lm_bff);
  const Task drawn = fewshot_task(open_task("sst2-full"), 16, 42, FewshotProtocol::lm_bff);

  REQUIRE(published.dev.size() == drawn.dev.size());
  for (std::size_t i = 0; i < drawn.dev.size(); ++i) {
    CHECK(published.dev[i].fields == drawn.dev[i].fields);
    CHECK(published.dev[i].label == drawn.dev[i].label);
  }
}

TEST_CASE("a task whose data is not there says which variable to set and where to get the data") {
  {
    const ScopedVariable data("PROSPECT_DATA", std::nullopt);
    expect_error(ErrorKind::input,
                 "sst2.json#/data: expected the environment variable PROSPECT_DATA",
                 [] { open_task("sst2"); });
    expect_error(ErrorKind::input, "source: SST-2", [] { open_task("sst2"); });
  }
  const ScratchFolder folder;
  const ScopedVariable data("PROSPECT_DATA", folder.path().string());
  expect_error(ErrorKind::input, "which is missing; source: SST-2", [] { open_task("sst2"); });
}

TEST_CASE("published splits are taken as they are, and ids name the split") {
  const ScratchFolder folder;
  const TaskData data = open_task(write_kshot_task(folder));

  CHECK(data.train.empty());
  CHECK(data.test.size() == 2);
  const Task task = fewshot_task(data, 1, 13, FewshotProtocol::lm_bff);
  CHECK(task.support.at(0).id == "1-13/train-1");
  CHECK(task.dev.at(1).id == "1-13/dev-2");
}

TEST_CASE("a split that was not published is refused with those that were") {
  const ScratchFolder folder;
  const TaskData data = open_task(write_kshot_task(folder));

  expect_error(ErrorKind::input, "shots-seed: 1-13, 2-7), found the protocol lm-bff and 1-14",
               [&] { fewshot_task(data, 1, 14, FewshotProtocol::lm_bff); });
  expect_error(ErrorKind::input, "found the protocol balanced and 1-13",
               [&] { fewshot_task(data, 1, 13, FewshotProtocol::balanced); });
  expect_error(ErrorKind::input, "found the protocol lm-bff and 0-13",
               [&] { fewshot_task(data, 0, 13, FewshotProtocol::lm_bff); });
}

TEST_CASE("a test set may stand in the splits, the same in each") {
  const ScratchFolder folder;
  const fs::path task = write_kshot_task(folder);
  fs::rename(folder.path() / "data/test.tsv", folder.path() / "data/2-7/test.tsv");
  CHECK(open_task(task).test.size() == 2);

  folder.write("data/1-13/test.tsv", "text\tlabel\nother\t1\n");
  expect_error(ErrorKind::input, "expected the same test set", [&] { open_task(task); });
  fs::remove(folder.path() / "data/1-13/test.tsv");
  fs::remove(folder.path() / "data/2-7/test.tsv");
  expect_error(ErrorKind::input, "expected test.tsv or test.csv", [&] { open_task(task); });
}

TEST_CASE("a folder without splits, or with a file twice, is refused") {
  const ScratchFolder folder;
  const fs::path task = write_kshot_task(folder);
  folder.write("data/1-13/train.csv", "1,good\n");
  expect_error(ErrorKind::input, "found train.tsv and train.csv",
               [&] { fewshot_task(open_task(task), 1, 13, FewshotProtocol::lm_bff); });
  fs::remove(folder.path() / "data/1-13/train.csv");
  fs::remove(folder.path() / "data/1-13/train.tsv");
  expect_error(ErrorKind::input, "expected train.tsv or train.csv",
               [&] { fewshot_task(open_task(task), 1, 13, FewshotProtocol::lm_bff); });
  fs::remove_all(folder.path() / "data/1-13");
  fs::remove_all(folder.path() / "data/2-7");
  expect_error(ErrorKind::input, "found none; source: nowhere", [&] { open_task(task); });
}
