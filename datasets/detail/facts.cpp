#include "datasets/detail/facts.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace prospect::detail {
namespace {

void keep_rows(std::vector<Example>& examples, SourceFile* source, const std::string& group) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (examples[i].group != group) continue;
    if (kept != i) {
      examples[kept] = std::move(examples[i]);
      if (source != nullptr) source->rows[kept] = std::move(source->rows[i]);
    }
    ++kept;
  }
  examples.resize(kept);
  if (source != nullptr) source->rows.resize(kept);
}

}  // namespace

void keep_group(TaskData& data, const std::string& group) {
  std::set<std::string> known;
  for (const auto* rows : {&data.train, &data.dev, &data.test})
    for (const auto& example : *rows) known.insert(example.group);
  if (data.group_field.empty())
    fail(ErrorKind::input, data.path.string(), "expected a task with groups to open '", group,
         "' of; the task file names no \"group\"");
  if (!known.contains(group))
    fail(ErrorKind::input, data.path.string(), "unknown group '", group, "'",
         suggestion(group, std::vector<std::string>(known.begin(), known.end())));

  keep_rows(data.train, &data.train_source, group);
  keep_rows(data.dev, nullptr, group);
  keep_rows(data.test, &data.test_source, group);
  std::erase_if(data.manual_by_group, [&](const auto& entry) { return entry.first != group; });
  if (!data.manual_by_group.empty()) data.task.manual = data.manual_by_group.begin()->second;
  data.task.name += "/" + group;
}

void label_objects(TaskData& data) {
  std::set<std::string> objects;
  for (const auto* rows : {&data.train, &data.dev, &data.test})
    for (const auto& example : *rows) objects.insert(example.gold);
  data.task.labels.assign(objects.begin(), objects.end());

  const auto& labels = data.task.labels;
  for (auto* rows : {&data.train, &data.dev, &data.test}) {
    for (auto& example : *rows)
      example.label = static_cast<std::int32_t>(
          std::lower_bound(labels.begin(), labels.end(), example.gold) - labels.begin());
  }

  Verbalizer identity;
  for (const auto& label : labels) identity.labels.push_back({label, {{label, {}}}});
  for (auto& prompt : data.task.manual) prompt.candidate.verbalizer = identity;
  for (auto& [group, prompts] : data.manual_by_group)
    for (auto& prompt : prompts) prompt.candidate.verbalizer = identity;
}

}  // namespace prospect::detail
