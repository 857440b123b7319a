// What the bundled tasks promise: counts, balance, splits without overlap, label words that the
// bundled language model has as one token.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "core/files.h"
#include "core/text.h"
#include "datasets/fewshot.h"
#include "tests/support/shared_data.h"

using namespace prospect;

namespace {

using Words = std::vector<int>;  // sorted, each once

constexpr double kNearDuplicate = 0.6;

// The words of a text as numbers, in lower case, without what is no letter or digit.
Words words_of(const std::string& text, std::map<std::string, int>& numbers) {
  std::string spaced;
  for (const char c : lower(text)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool part = byte >= 0x80 || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
    spaced += part ? c : ' ';
  }
  std::set<int> words;
  std::istringstream stream(spaced);
  for (std::string word; stream >> word;)
    words.insert(numbers.emplace(word, static_cast<int>(numbers.size())).first->second);
  return {words.begin(), words.end()};
}

double jaccard(const Words& a, const Words& b) {
  std::size_t common = 0;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    if (*i == *j) ++common;
    if (*i < *j)
      ++i;
    else if (*j < *i)
      ++j;
    else {
      ++i;
      ++j;
    }
  }
  return static_cast<double>(common) / static_cast<double>(a.size() + b.size() - common);
}

std::vector<Example> all_rows(const TaskData& data) {
  auto rows = data.train;
  rows.insert(rows.end(), data.dev.begin(), data.dev.end());
  rows.insert(rows.end(), data.test.begin(), data.test.end());
  return rows;
}

void check_no_near_duplicates(const TaskData& data) {
  std::map<std::string, int> numbers;
  const auto rows = all_rows(data);
  std::vector<Words> words;
  for (const auto& row : rows) words.push_back(words_of(row.fields.at("text"), numbers));
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double similarity = jaccard(words[i], words[j]);
      if (similarity < kNearDuplicate) continue;
      FAIL_CHECK(similarity, " of '", rows[i].fields.at("text"), "' and '",
                 rows[j].fields.at("text"), "'");
    }
  }
}

void check_classification(const TaskData& data, std::size_t num_labels) {
  CHECK(data.task.labels.size() == num_labels);
  CHECK(data.train.size() + data.test.size() >= 480);
  for (const auto* rows : {&data.train, &data.test}) {
    std::map<std::int32_t, std::size_t> counts;
    for (const auto& row : *rows) ++counts[row.label];
    CHECK(counts.size() == num_labels);
    for (const auto& [label, count] : counts) {
      CAPTURE(data.task.labels[static_cast<std::size_t>(label)]);
      CHECK(count == rows->size() / num_labels);
    }
  }
  check_no_near_duplicates(data);
}

// Where the bundled language model is: with the project, or still beside it.
std::filesystem::path vocabulary_file() {
  const auto bundled = data_home() / "models" / "pocket-mlm" / "vocab.txt";
  if (std::filesystem::exists(bundled)) return bundled;
  return test::has_shared("models/pocket-mlm/vocab.txt")
             ? test::shared_folder() / "models" / "pocket-mlm" / "vocab.txt"
             : std::filesystem::path();
}

}  // namespace

TEST_CASE("reviews is balanced and has no near-duplicates") {
  check_classification(open_task("reviews"), 2);
}

TEST_CASE("topics is balanced and has no near-duplicates") {
  check_classification(open_task("topics"), 4);
}

TEST_CASE("intents has 44 labels of 16 requests, and no near-duplicates") {
  check_classification(open_task("intents"), 44);
}

TEST_CASE("relations is balanced, and every subject and object stands in its sentence") {
  const TaskData data = open_task("relations");
  CHECK(data.task.labels.size() >= 10);
  std::map<std::int32_t, std::size_t> counts;
  for (const auto& row : all_rows(data)) {
    ++counts[row.label];
    CHECK(row.fields.at("text").find(row.fields.at("subject")) != std::string::npos);
    CHECK(row.fields.at("text").find(row.fields.at("object")) != std::string::npos);
  }
  for (const auto& [label, count] : counts) CHECK(count == 16);
  check_no_near_duplicates(data);
}

TEST_CASE("entities has 150 sentences, and every marked entity is among the spans asked about") {
  const TaskData data = open_task("entities");
  CHECK(data.task.labels.size() == 4);
  std::set<std::string> sentences;
  std::map<std::int32_t, std::size_t> counts;
  for (const auto& row : all_rows(data)) {
    sentences.insert(row.fields.at("text"));
    ++counts[row.label];
  }
  CHECK(sentences.size() >= 150);
  CHECK(counts[0] == 90);
  CHECK(counts[1] == 116);
  CHECK(counts[2] == 71);
  CHECK(counts[3] > 1000);
}

TEST_CASE("facts has relations of enough pairs, and no subject twice in one") {
  const TaskData data = open_task("facts");
  std::map<std::string, std::set<std::string>> subjects;
  for (const auto& row : all_rows(data)) {
    CAPTURE(row.id);
    CHECK(subjects[row.group].insert(lower(row.fields.at("sub_label"))).second);
  }
  CHECK(subjects.size() >= 12);
  for (const auto& [group, names] : subjects) {
    CAPTURE(group);
    CHECK(names.size() >= 30);
    const TaskData one = open_task("facts/" + group);
    CHECK(one.train.size() + one.test.size() == names.size());
    CHECK(!one.train.empty());
    CHECK(!one.test.empty());
    CHECK(!one.task.manual.empty());
    CHECK(one.task.labels.size() >= 2);
  }
}

TEST_CASE("every bundled task opens, draws 5-shot splits and has prompts of a named source") {
  CHECK(bundled_tasks() ==
        std::vector<std::string>{"entities", "facts", "intents", "relations", "reviews", "topics"});
  for (const auto& name : bundled_tasks()) {
    CAPTURE(name);
    const TaskData data = open_task(name);
    CHECK(data.task.name == name);
    CHECK(std::filesystem::exists(data.path.parent_path() / "README.md"));
    const Task task = fewshot_task(data, 5, 13, FewshotProtocol::balanced);
    CHECK(task.support.size() == task.dev.size());
    auto prompts = data.task.manual;
    for (const auto& [group, more] : data.manual_by_group)
      prompts.insert(prompts.end(), more.begin(), more.end());
    CHECK(!prompts.empty());
    for (const auto& prompt : prompts) CHECK(!prompt.source.empty());
  }
}

TEST_CASE(
    "label words are single entries of the bundled model, where the source does not say more") {
  const auto file = vocabulary_file();
  if (file.empty()) return;
  const auto entries = split(read_text_file(file), '\n');
  const std::set<std::string> vocabulary(entries.begin(), entries.end());
  const auto is_single = [&](const Answer& answer) {
    return vocabulary.contains(lower(answer.text));
  };
  std::size_t num_checked = 0;
  for (const auto& name : bundled_tasks()) {
    const TaskData data = open_task(name);
    CAPTURE(name);
    for (const auto& prompt : data.task.manual) {
      CAPTURE(prompt.candidate.tmpl.text());
      const bool several = prompt.source.find("multi-token") != std::string::npos;
      const auto answers = flatten(prompt.candidate.verbalizer);
      CHECK(std::all_of(answers.begin(), answers.end(), is_single) == !several);
      ++num_checked;
    }
    for (const auto& label : data.task.labels) {
      if (data.task.kind != TaskKind::facts) break;
      CAPTURE(label);
      CHECK(is_single({label, {}}));
    }
  }
  CHECK(num_checked > 0);
}
