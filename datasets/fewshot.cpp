#include "datasets/fewshot.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/rng.h"
#include "core/text.h"
#include "datasets/detail/draw.h"
#include "datasets/detail/kshot.h"
#include "datasets/detail/rows.h"

namespace prospect {
namespace {

constexpr std::pair<FewshotProtocol, std::string_view> kProtocols[] = {
    {FewshotProtocol::balanced, "balanced"},
    {FewshotProtocol::lm_bff, "lm-bff"},
};

// The examples of a split and the bytes they came from.
struct SplitRows {
  detail::LoadedRows support, dev;
};

detail::LoadedRows pick(const TaskData& data, const std::vector<std::uint32_t>& indices) {
  detail::LoadedRows rows{{}, {data.train_source.path, data.train_source.header, {}}};
  for (const auto i : indices) {
    rows.examples.push_back(data.train[i]);
    rows.source.rows.push_back(data.train_source.rows[i]);
  }
  return rows;
}

SplitRows published(const TaskData& data, std::size_t shots, std::uint64_t seed,
                    FewshotProtocol protocol) {
  const detail::KshotFolder folder(*data.kshot_folder);
  if (protocol != FewshotProtocol::lm_bff || !folder.has(shots, seed))
    fail(ErrorKind::input, data.path.string(),
         "expected the protocol lm-bff and one of the task's published splits (shots-seed: ",
         join(folder.splits(), ", "), "), found the protocol ", name_of(protocol), " and ",
         detail::split_name(shots, seed));
  const std::string split = detail::split_name(shots, seed);
  detail::RowLoader loader(data);
  // The split is part of the id, since the same number names another example in another split.
  return {loader.load(folder.file(split, "train"), split + "/train"),
          loader.load(folder.file(split, "dev"), split + "/dev")};
}

SplitRows split_rows(const TaskData& data, std::size_t shots, std::uint64_t seed,
                     FewshotProtocol protocol) {
  if (data.kshot_folder) return published(data, shots, seed, protocol);
  const bool facts = data.task.kind == TaskKind::facts;
  const auto split = detail::draw(detail::strata_of(data.train, data.task.labels.size(), facts),
                                  data.train.size(), shots, seed, protocol);
  return {pick(data, split.support), pick(data, split.dev)};
}

// All training rows; a part of them is dev where the task has no dev file.
void fill_whole(const TaskData& data, std::uint64_t seed, Task& task) {
  if (!data.dev.empty()) {
    task.support = data.train;
    task.dev = data.dev;
    return;
  }
  std::vector<bool> in_dev(data.train.size());
  auto strata =
      detail::strata_of(data.train, data.task.labels.size(), data.task.kind == TaskKind::facts);
  for (std::size_t i = 0; i < strata.size(); ++i) {
    auto& rows = strata[i].rows;
    Rng rng(seed, "fewshot/halves/" + std::to_string(i));
    rng.shuffle(rows);
    for (std::size_t j = rows.size() - rows.size() / 2; j < rows.size(); ++j)
      in_dev[rows[j]] = true;
  }
  for (std::size_t i = 0; i < data.train.size(); ++i)
    (in_dev[i] ? task.dev : task.support).push_back(data.train[i]);
}

void write_rows(const SourceFile& source, const std::filesystem::path& stem) {
  std::string content = source.header;
  for (const auto& row : source.rows) {
    // The last row of a file may lack its line end, and need not be the last row here.
    if (!content.empty() && !content.ends_with('\n')) content += '\n';
    content += row;
  }
  std::filesystem::path path = stem;
  path += source.path.extension();
  write_file(path, content);
}

void append(std::string& bytes, std::string_view text) {
  bytes.append(std::to_string(text.size())).append(":").append(text);
}

}  // namespace

std::string_view name_of(FewshotProtocol protocol) {
  for (const auto& [known, name] : kProtocols)
    if (known == protocol) return name;
  return "";
}

FewshotProtocol fewshot_protocol_from_name(const std::string& name, const std::string& where) {
  std::vector<std::string> known;
  for (const auto& [protocol, protocol_name] : kProtocols) {
    if (protocol_name == name) return protocol;
    known.emplace_back(protocol_name);
  }
  fail(ErrorKind::input, where, "unknown protocol '", name, "'", suggestion(name, known));
}

FewshotSplit draw_fewshot(std::span<const Example> train, std::size_t num_labels, std::size_t shots,
                          std::uint64_t seed, FewshotProtocol protocol) {
  return detail::draw(detail::strata_of(train, num_labels, false), train.size(), shots, seed,
                      protocol);
}

Task fewshot_task(const TaskData& data, std::size_t shots, std::uint64_t seed,
                  FewshotProtocol protocol) {
  Task task = data.task;
  if (shots == 0 && !data.kshot_folder) {
    fill_whole(data, seed, task);
  } else {
    auto rows = split_rows(data, shots, seed, protocol);
    task.support = std::move(rows.support.examples);
    task.dev = std::move(rows.dev.examples);
  }
  task.fingerprint = fingerprint_of(task.support, task.dev);
  return task;
}

Task zero_shot_task(const TaskData& data, std::size_t shots, std::uint64_t seed) {
  Task task = data.task;
  if (data.kshot_folder) {
    auto rows = split_rows(data, shots, seed, FewshotProtocol::lm_bff);
    task.dev = std::move(rows.support.examples);
    for (auto& example : rows.dev.examples) task.dev.push_back(std::move(example));
  } else {
    const std::size_t wanted = shots * data.task.labels.size();
    if (data.train.size() < wanted)
      fail(ErrorKind::input, data.path.string(), "expected at least ", wanted,
           " training rows for ", shots, " inputs a label, found ", data.train.size());
    std::vector<std::uint32_t> order(data.train.size());
    std::iota(order.begin(), order.end(), 0U);
    Rng rng(seed, "fewshot/inputs");
    rng.shuffle(order);
    order.resize(wanted);
    std::sort(order.begin(), order.end());
    for (const auto row : order) task.dev.push_back(data.train[row]);
  }
  for (auto& example : task.dev) {
    example.label = -1;
    example.gold.clear();
  }
  task.fingerprint = fingerprint_of(task.support, task.dev);
  return task;
}

std::vector<Example> unlabelled_examples(const TaskData& data, const Task& task, std::size_t count,
                                         std::uint64_t seed) {
  std::set<std::string> taken;
  for (const auto* pool : {&task.support, &task.dev})
    for (const auto& example : *pool) taken.insert(example.id);
  std::vector<Example> rows;
  for (const auto& example : data.train)
    if (!taken.contains(example.id)) rows.push_back(example);
  if (rows.size() < count)
    fail(ErrorKind::input, data.path.string(), "expected ", count,
         " training rows beside support and dev to be used without labels, found ", rows.size());
  Rng rng(seed, "fewshot/unlabelled");
  rng.shuffle(rows);
  rows.resize(count);
  for (auto& example : rows) {
    example.label = -1;
    example.gold.clear();
  }
  return rows;
}

void write_fewshot(const TaskData& data, std::size_t shots, std::uint64_t seed,
                   FewshotProtocol protocol, const std::filesystem::path& folder) {
  if (data.task.kind == TaskKind::span)
    fail(ErrorKind::unsupported, data.path.string(),
         "expected a task whose rows are lines of its files, found spans of texts, which a split "
         "takes out of their texts; use \"shots\" in an experiment");
  const auto rows = split_rows(data, shots, seed, protocol);
  const auto split_folder = folder / detail::split_name(shots, seed);
  write_rows(rows.support.source, split_folder / "train");
  write_rows(rows.dev.source, split_folder / "dev");
  if (!data.test.empty()) write_rows(data.test_source, folder / "test");
}

std::string fingerprint_of(std::span<const Example> support, std::span<const Example> dev) {
  std::string bytes;
  for (const auto& examples : {support, dev}) {
    bytes += std::to_string(examples.size()) + ";";
    for (const auto& example : examples) {
      append(bytes, example.id);
      append(bytes, example.gold);
      append(bytes, std::to_string(example.label));
      for (const auto& [name, text] : example.fields) {
        append(bytes, name);
        append(bytes, text);
      }
    }
  }
  return fingerprint(bytes);
}

}  // namespace prospect
