#include "datasets/fewshot.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/files.h"
#include "tests/support/expect_error.h"
#include "tests/support/md5.h"
#include "tests/support/scratch_folder.h"

using namespace prospect;
using prospect::test::expect_error;
using prospect::test::md5;
using prospect::test::ScratchFolder;

namespace {

// Rows of two labels, `counts` of each, alternating while both last.
std::vector<Example> rows_of(std::vector<std::size_t> counts) {
  std::vector<Example> rows;
  for (bool any = true; any;) {
    any = false;
    for (std::size_t label = 0; label < counts.size(); ++label) {
      if (counts[label] == 0) continue;
      --counts[label];
      any = true;
      const std::string id = "row-" + std::to_string(rows.size());
      rows.push_back(
          {id, {{"text", id}}, static_cast<std::int32_t>(label), "l" + std::to_string(label), ""});
    }
  }
  return rows;
}

TaskData data_of(std::vector<Example> train) {
  TaskData data;
  data.task.labels = {"l0", "l1"};
  data.train_source = {"train.tsv", "text\tlabel\n", {}};
  for (const auto& row : train) data.train_source.rows.push_back(row.id + "\t" + row.gold + "\n");
  data.train = std::move(train);
  return data;
}

std::vector<std::string> ids_of(const std::vector<Example>& examples) {
  std::vector<std::string> ids;
  for (const auto& example : examples) ids.push_back(example.id);
  return ids;
}

}  // namespace

TEST_CASE("md5 gives the sums of RFC 1321") {
  CHECK(md5("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
  CHECK(md5(std::string(8, '1') + "234567890123456789012345678901234567890") != md5("a"));
  CHECK(md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890") ==
        "57edf4a22be3c955ac49da2e2107b67a");
}

TEST_CASE("numpy's legacy shuffle swaps from the last item with draws by masked rejection") {
  // From Python's own Mersenne Twister, seeded as init_genrand does; that numpy does the same is
  // what the sums of LM-BFF's files show.
  CHECK(numpy_legacy_shuffle(10, 13) == std::vector<std::uint32_t>{3, 5, 6, 1, 4, 7, 8, 9, 0, 2});
  CHECK(numpy_legacy_shuffle(5, 4294967295U) == std::vector<std::uint32_t>{4, 1, 0, 2, 3});
  CHECK(numpy_legacy_shuffle(0, 1).empty());
  CHECK(numpy_legacy_shuffle(1, 1) == std::vector<std::uint32_t>{0});
}

TEST_CASE("both protocols draw disjoint rows, as many of each label") {
  const auto rows = rows_of({20, 9, 33});
  for (const auto protocol : {FewshotProtocol::balanced, FewshotProtocol::lm_bff}) {
    const auto split = draw_fewshot(rows, 3, 4, 13, protocol);

    CAPTURE(name_of(protocol));
    for (const auto* part : {&split.support, &split.dev}) {
      CHECK(part->size() == 12);
      for (std::int32_t label = 0; label < 3; ++label)
        CHECK(std::count_if(part->begin(), part->end(),
                            [&](std::uint32_t i) { return rows[i].label == label; }) == 4);
    }
    std::set<std::uint32_t> all(split.support.begin(), split.support.end());
    all.insert(split.dev.begin(), split.dev.end());
    CHECK(all.size() == 24);
  }
}

TEST_CASE("a draw repeats under its seed and changes with it") {
  const auto rows = rows_of({40, 40});
  for (const auto protocol : {FewshotProtocol::balanced, FewshotProtocol::lm_bff}) {
    const auto first = draw_fewshot(rows, 2, 8, 13, protocol);
    CHECK(first.support == draw_fewshot(rows, 2, 8, 13, protocol).support);
    CHECK(first.support != draw_fewshot(rows, 2, 8, 21, protocol).support);
  }
}

TEST_CASE("a further label leaves a balanced draw of the others as it was") {
  auto rows = rows_of({30, 30});
  const auto before = draw_fewshot(rows, 2, 5, 13, FewshotProtocol::balanced);
  const std::size_t num_rows = rows.size();
  for (int i = 0; i < 12; ++i) rows.push_back({"new-" + std::to_string(i), {}, 2, "l2", ""});

  auto after = draw_fewshot(rows, 3, 5, 13, FewshotProtocol::balanced).support;
  std::erase_if(after, [&](std::uint32_t i) { return i >= num_rows; });

  CHECK(after == before.support);
}

TEST_CASE("LM-BFF's groups stand in the order in which the shuffle first shows their labels") {
  const auto rows = rows_of({20, 20});
  const auto order = numpy_legacy_shuffle(rows.size(), 42);
  const auto split = draw_fewshot(rows, 2, 3, 42, FewshotProtocol::lm_bff);

  const std::int32_t first_label = rows[order[0]].label;
  for (std::size_t i = 0; i < 6; ++i)
    CHECK((rows[split.support[i]].label == first_label) == (i < 3));
  CHECK(split.support[0] == order[0]);
}

TEST_CASE("too few rows of a label are refused with the counts") {
  expect_error(ErrorKind::input, "'l0': 40, 'l1': 7", [] {
    draw_fewshot(rows_of({40, 7}), 2, 4, 13, FewshotProtocol::balanced);
  });
  expect_error(ErrorKind::input, "'l0': 40, '1': 0",
               [] { draw_fewshot(rows_of({40}), 2, 4, 13, FewshotProtocol::lm_bff); });
  expect_error(ErrorKind::input, "found none",
               [] { draw_fewshot({}, 0, SIZE_MAX, 13, FewshotProtocol::balanced); });
  expect_error(ErrorKind::input, "expected at least 2 x 18446744073709551615", [] {
    draw_fewshot(rows_of({4, 4}), 2, SIZE_MAX, 13, FewshotProtocol::balanced);
  });
}

TEST_CASE("a seed that numpy cannot take and no shots are usage errors") {
  const auto rows = rows_of({4, 4});
  expect_error(ErrorKind::usage, "expected at most 4294967295",
               [&] { draw_fewshot(rows, 2, 1, std::uint64_t{1} << 32, FewshotProtocol::lm_bff); });
  expect_error(ErrorKind::usage, "found 0",
               [&] { draw_fewshot(rows, 2, 0, 13, FewshotProtocol::balanced); });
}

TEST_CASE("protocol names are read and written") {
  CHECK(fewshot_protocol_from_name("lm-bff", "x") == FewshotProtocol::lm_bff);
  CHECK(fewshot_protocol_from_name("balanced", "x") == FewshotProtocol::balanced);
  expect_error(ErrorKind::input, "unknown protocol 'lmbff'; did you mean 'lm-bff'?",
               [] { fewshot_protocol_from_name("lmbff", "x"); });
}

TEST_CASE("without shots all training rows are used, and halved where there is no dev file") {
  auto data = data_of(rows_of({9, 5}));
  const Task halved = fewshot_task(data, 0, 13, FewshotProtocol::balanced);

  CHECK(halved.support.size() == 8);  // 5 + 3
  CHECK(halved.dev.size() == 6);      // 4 + 2

  data.dev = {{"dev-1", {{"text", "x"}}, 0, "l0", ""}};
  const Task given = fewshot_task(data, 0, 13, FewshotProtocol::balanced);
  CHECK(given.support == data.train);
  CHECK(given.dev == data.dev);
}

TEST_CASE("the fingerprint changes with an id, a field, a label and the split") {
  const auto data = data_of(rows_of({12, 12}));
  const Task task = fewshot_task(data, 3, 13, FewshotProtocol::balanced);
  CHECK(task.fingerprint.size() == 16);
  CHECK(task.fingerprint == fewshot_task(data, 3, 13, FewshotProtocol::balanced).fingerprint);
  CHECK(task.fingerprint != fewshot_task(data, 3, 21, FewshotProtocol::balanced).fingerprint);

  auto changed = task.support;
  changed[0].fields["text"] += "!";
  CHECK(fingerprint_of(changed, task.dev) != task.fingerprint);
  changed = task.support;
  changed[0].label = 1 - changed[0].label;
  CHECK(fingerprint_of(changed, task.dev) != task.fingerprint);
  changed = task.support;
  changed[0].id += "'";
  CHECK(fingerprint_of(changed, task.dev) != task.fingerprint);
  CHECK(fingerprint_of(task.dev, task.support) != task.fingerprint);
}

TEST_CASE("a facts task draws by relation") {
  TaskData data;
  data.task.kind = TaskKind::facts;
  for (int i = 0; i < 12; ++i) {
    const std::string id = std::to_string(i);
    data.task.labels.push_back(id);
    data.train.push_back({id, {}, i, id, i % 3 == 0 ? "capital" : "color"});
    data.train_source.rows.push_back(id + "\n");
  }
  const Task task = fewshot_task(data, 2, 13, FewshotProtocol::balanced);

  CHECK(task.support.size() == 4);
  CHECK(task.dev.size() == 4);
  CHECK(std::count_if(task.dev.begin(), task.dev.end(),
                      [](const Example& e) { return e.group == "color"; }) == 2);
  expect_error(ErrorKind::input, "'capital': 4, 'color': 8",
               [&] { fewshot_task(data, 3, 13, FewshotProtocol::balanced); });
}

TEST_CASE("a written split has the rows of its task, byte for byte") {
  const ScratchFolder folder;
  auto data = data_of(rows_of({6, 6}));
  data.train_source.rows.back().pop_back();  // a file whose last line has no end
  data.test = {data.train[0]};
  data.test_source = {"some/test.csv", "", {"a,b\r\n"}};
  const Task task = fewshot_task(data, 3, 7, FewshotProtocol::lm_bff);

  write_fewshot(data, 3, 7, FewshotProtocol::lm_bff, folder.path() / "out");

  std::string expected = "text\tlabel\n", written;
  for (const auto& example : task.support) expected += example.id + "\t" + example.gold + "\n";
  written = read_file(folder.path() / "out" / "3-7" / "train.tsv");
  if (!written.ends_with('\n')) written += '\n';
  CHECK(written == expected);
  CHECK(read_file(folder.path() / "out" / "test.csv") == "a,b\r\n");
  CHECK(ids_of(task.dev).size() == 6);
}
