#include "datasets/task_file.h"

#include <doctest/doctest.h>

#include "core/json.h"
#include "tests/support/expect_error.h"
#include "tests/support/scoped_variable.h"
#include "tests/support/scratch_folder.h"

using namespace prospect;
using namespace prospect::test;
namespace fs = std::filesystem;

namespace {

Json review_task() {
  return {{"name", "films"},
          {"version", 2},
          {"kind", "classification"},
          {"fields", {"text"}},
          {"label", "label"},
          {"labels", {"negative", "positive"}},
          {"metric", "accuracy"},
          {"files", {{"train", "train.tsv"}, {"test", "test.tsv"}}},
          {"manual",
           {{{"template", "{text} It was {mask}."},
             {"verbalizer", {{"negative", {"bad"}}, {"positive", {"good", "great"}}}},
             {"source", "own"}}}}};
}

Json fact_task() {
  return {{"name", "world"},
          {"kind", "facts"},
          {"fields", {"sub_label"}},
          {"label", "obj_label"},
          {"group", "relation"},
          {"answer_space", "candidates"},
          {"files", {{"train", "train.jsonl"}, {"test", "test.jsonl"}}},
          {"manual",
           {{{"group", "capital"}, {"template", "{sub_label} is the capital of {mask}."}},
            {{"group", "color"}, {"template", "{sub_label} is {mask}."}}}}};
}

// A folder with data for both tasks.
class TaskFolder {
 public:
  TaskFolder() {
    folder_.write("train.tsv", "text\tlabel\nfine\tpositive\nawful\tnegative\n");
    folder_.write("test.tsv", "text\tlabel\ngreat\tpositive\n");
    folder_.write("train.jsonl",
                  R"({"id": "a", "relation": "capital", "sub_label": "Rome", "obj_label": "Italy"}
{"id": "b", "relation": "color", "sub_label": "grass", "obj_label": "green"}
)");
    folder_.write("test.jsonl",
                  R"({"id": "c", "relation": "capital", "sub_label": "Bern", "obj_label": "Austria"}
)");
  }
  TaskData open(const Json& task) const {
    return open_task(folder_.write("task.json", task.dump(2)).string());
  }
  void write(const std::string& name, std::string_view content) const {
    folder_.write(name, content);
  }
  const fs::path& path() const { return folder_.path(); }

 private:
  ScratchFolder folder_;
};

// `task` with `value` at `pointer` is refused with this text.
void expect_refused(const TaskFolder& folder, Json task, const std::string& pointer,
                    const Json& value, const std::string& fragment) {
  CAPTURE(pointer);
  task[Json::json_pointer(pointer)] = value;
  expect_error(ErrorKind::input, fragment, [&] { folder.open(task); });
}

}  // namespace

TEST_CASE("a classification task is read with its rows, labels and prompts") {
  const TaskFolder folder;
  const TaskData data = folder.open(review_task());

  CHECK(data.task.name == "films");
  CHECK(data.task.version == 2);
  CHECK(data.task.answer_space == AnswerSpace::labels);
  REQUIRE(data.train.size() == 2);
  CHECK(data.train[0].id == "train-1");
  CHECK(data.train[0].label == 1);
  CHECK(data.train[0].gold == "positive");
  CHECK(data.train[0].fields == std::map<std::string, std::string>{{"text", "fine"}});
  CHECK(data.test.at(0).id == "test-1");
  CHECK(data.dev.empty());
  CHECK(data.train_source.rows.at(1) == "awful\tnegative\n");
  REQUIRE(data.task.manual.size() == 1);
  CHECK(data.task.manual[0].source == "own");
  CHECK(data.task.manual[0].candidate.verbalizer.labels.at(1).answers.size() == 2);
  CHECK(data.task.support.empty());
}

TEST_CASE("a task is opened by its folder, its file, or a name from data_home") {
  const TaskFolder folder;
  folder.open(review_task());
  CHECK(open_task(folder.path().string()).task.name == "films");
  CHECK(open_task((folder.path() / "task.json").string()).task.name == "films");

  const ScratchFolder home;
  home.write("datasets/bundled/films/task.json", review_task().dump());
  for (const char* file : {"train.tsv", "test.tsv"})
    fs::copy_file(folder.path() / file, home.path() / "datasets/bundled/films" / file);
  const ScopedVariable variable("PROSPECT_HOME", home.path().string());
  CHECK(open_task("films").task.name == "films");
  CHECK(bundled_tasks() == std::vector<std::string>{"films"});
  CHECK(described_tasks().empty());
  expect_error(ErrorKind::input, "found neither; did you mean 'films'?", [] { open_task("film"); });
}

TEST_CASE("what is no task is refused") {
  const ScratchFolder folder;
  expect_error(ErrorKind::input, "found no task.json in it",
               [&] { open_task(folder.path().string()); });
  expect_error(ErrorKind::input, "found neither", [] { open_task(""); });
  expect_error(ErrorKind::input, "found neither", [] { open_task("no/such/task.json"); });
  expect_error(ErrorKind::input, "expected valid JSON",
               [&] { open_task(folder.write("task.json", "{\"name\": ").string()); });
  expect_error(ErrorKind::input, "expected valid JSON",
               [&] { open_task(folder.write("task.json", "").string()); });
  expect_error(ErrorKind::input, "expected an object",
               [&] { open_task(folder.write("task.json", "[]").string()); });
}

TEST_CASE("PROSPECT_HOME must hold the bundled tasks") {
  const ScratchFolder folder;
  const ScopedVariable variable("PROSPECT_HOME", folder.path().string());
  expect_error(ErrorKind::input, "PROSPECT_HOME: expected a folder that holds datasets/bundled",
               [] { data_home(); });
}

TEST_CASE("faults of a task file are named with their place") {
  const TaskFolder folder;
  const Json task = review_task();

  expect_refused(folder, task, "/labelss", 1,
                 "#/labelss: unknown key 'labelss'; did you mean 'labels'?");
  expect_refused(folder, task, "/name", "", "#/name: expected a name");
  expect_refused(folder, task, "/version", 0, "#/version: expected an integer of at least 1");
  expect_refused(folder, task, "/kind", "clasification", "did you mean 'classification'?");
  expect_refused(folder, task, "/fields", Json::array(), "#/fields: expected at least one field");
  expect_refused(folder, task, "/fields", {"mask"}, "found 'mask', which means something else");
  expect_refused(folder, task, "/fields", {"a|b"}, "found 'a|b', which means something else");
  expect_refused(folder, task, "/fields", {"text", "text"}, "found 'text' twice");
  expect_refused(folder, task, "/label", "text", "#/label: expected a column that is no field");
  expect_refused(folder, task, "/labels", {"one"}, "#/labels: expected at least two labels");
  expect_refused(folder, task, "/labels", {"a", "a"}, "found 'a' twice");
  expect_refused(folder, task, "/labels", {"negative", ""}, "found an empty text");
  expect_refused(folder, task, "/metric", "acuracy", "#/metric: ");
  expect_refused(folder, task, "/answer_space", "label", "did you mean 'labels'?");
  expect_refused(folder, task, "/group", "x", "expected groups in a facts task alone");
  expect_refused(folder, task, "/format", "tvs",
                 "#/format: unknown format 'tvs'; did you mean 'tsv'?");
  expect_refused(folder, task, "/files/tets", "x", "unknown key 'tets'; did you mean 'test'?");
  expect_refused(folder, task, "/files/train", 3, "#/files/train: expected a string, found 3");
  expect_refused(folder, task, "/kshot", true, "expected no files beside \"kshot\"");
  expect_refused(folder, task, "/data", "nowhere", "#/data: expected a folder with the data at");
  expect_refused(folder, task, "/data", "${HOME}/x", "expected no variable but ${PROSPECT_DATA}");
  expect_refused(folder, task, "/label_names", {{"0", "neg"}},
                 "#/label_names/0: unknown label 'neg'");
  expect_refused(folder, task, "/span_words", 2, "expected no length of spans");
  Json incomplete = task;
  incomplete.erase("files");
  expect_error(ErrorKind::input, "expected the key 'files'", [&] { folder.open(incomplete); });
}

TEST_CASE("a span task asks about every run of words, and knows the marked ones") {
  const TaskFolder folder;
  const Json task = {{"name", "spans"},
                     {"kind", "span"},
                     {"fields", {"text", "span"}},
                     {"label", "entities"},
                     {"labels", {"person", "place", "none"}},
                     {"span_words", 2},
                     {"metric", "span_f1"},
                     {"files", {{"train", "spans.jsonl"}}}};
  const auto open = [&](const std::string& lines) {
    folder.write("spans.jsonl", lines);
    return folder.open(task);
  };
  // Offsets count characters: the accent is two bytes.
  const TaskData data = open(
      R"({"text": "Zo\u00e9 Lind, of Rome.", "entities": [{"begin": 0, "end": 8, "type": "person"}, {"begin": 13, "end": 17, "type": "place"}]}
{"text": "Rain.", "entities": []}
)");
  std::vector<std::string> spans;
  for (const auto& example : data.train)
    spans.push_back(example.fields.at("span") + "=" + example.gold);
  CHECK(spans == std::vector<std::string>{"Zo\u00e9=none", "Zo\u00e9 Lind=person", "Lind=none",
                                          "of=none", "of Rome=none", "Rome=place", "Rain=none"});
  CHECK(data.train[0].group == data.train[5].group);
  CHECK(data.train[6].group != data.train[5].group);

  const auto refused = [&](const std::string& line, const std::string& message) {
    expect_error(ErrorKind::input, message, [&] { open(line + "\n"); });
  };
  refused(R"({"text": "Rome.", "entities": [{"begin": 0, "end": 4, "type": "plce"}]})",
          "unknown type 'plce'; did you mean 'place'?");
  refused(R"({"text": "Rome.", "entities": [{"begin": 0, "end": 9, "type": "place"}]})",
          "expected 0 <= begin < end <= 5");
  refused(R"({"text": "Rome.", "entities": [{"begin": 0, "end": 3, "type": "place"}]})",
          "expected a run of at most 2 whole words, found 'Rom'");
  refused(R"({"text": "a b c", "entities": [{"begin": 0, "end": 5, "type": "place"}]})",
          "raise \"span_words\"");
  refused(R"({"text": "Rome."})", "entities");
  refused(
      R"({"text": "Rome", "entities": [{"begin": 0, "end": 4, "type": "place", "text": "Oslo"}]})",
      "expected 'Rome', which is at these offsets, found 'Oslo'");
}

TEST_CASE("faults of a manual prompt are named with their place") {
  const TaskFolder folder;
  const Json task = review_task();

  expect_refused(folder, task, "/manual/0/template", "{txt} {mask}",
                 "#/manual/0/template: at character 1: unknown field 'txt'; did you mean 'text'?");
  expect_refused(folder, task, "/manual/0/template", "{text}", "expected one {mask}, found none");
  expect_refused(folder, task, "/manual/0/verbalizer", {{"negative", {"bad"}}},
                 "expected the key 'positive'");
  expect_refused(folder, task, "/manual/0/verbalizer/neutral", {"so"}, "unknown label 'neutral'");
  expect_refused(folder, task, "/manual/0/verbalizer/negative", Json::array(),
                 "expected at least one answer");
  expect_refused(folder, task, "/manual/0/group", "x", "expected no group");
  expect_refused(folder, task, "/manual/0/templat", "x", "unknown key 'templat'");
}

TEST_CASE("faults of the rows are named with file and line") {
  const TaskFolder folder;
  const auto refused = [&](std::string_view train, const std::string& fragment) {
    folder.write("train.tsv", train);
    expect_error(ErrorKind::input, fragment, [&] { folder.open(review_task()); });
  };
  refused("text\tlabel\nfine\tpositve\n",
          "train.tsv:2: unknown label 'positve'; did you mean 'positive'?");
  refused(
      "txt\tlabel\nfine\tpositive\n",
      "train.tsv:1: expected the column 'text', which is missing; found: label, txt; was 'txt'");
  refused("text\tlable\nfine\tpositive\n", "train.tsv:1: expected the column 'label'");
  refused("id\ttext\tlabel\n1\ta\tpositive\n1\tb\tnegative\n",
          "train.tsv:3: expected ids to be unique in the task, found '1' again; it stands at ");
  refused("id\ttext\tlabel\n\ta\tpositive\n", "train.tsv:2: expected an id, found an empty one");
  fs::remove(folder.path() / "train.tsv");
  expect_error(ErrorKind::io, "cannot read", [&] { folder.open(review_task()); });
}

TEST_CASE("ids are unique over all files of a task") {
  const TaskFolder folder;
  folder.write("train.tsv", "id\ttext\tlabel\nx\ta\tpositive\n");
  folder.write("test.tsv", "id\ttext\tlabel\nx\tb\tpositive\n");
  expect_error(ErrorKind::input, "test.tsv:2: expected ids to be unique",
               [&] { folder.open(review_task()); });
}

TEST_CASE("a missing key of one JSON Lines row is named with its line") {
  const TaskFolder folder;
  folder.write("train.jsonl", "{\"relation\": \"capital\", \"sub_label\": \"a\"}\n");
  expect_error(ErrorKind::input, "train.jsonl:1: expected the column 'obj_label'",
               [&] { folder.open(fact_task()); });
}

TEST_CASE("labels may be mapped, columns named and a dev file given") {
  const TaskFolder folder;
  folder.write("train.csv", "0,\"bad, really\"\n1,good\n");
  folder.write("dev.csv", "1,nice\n");
  Json task = review_task();
  task["label_names"] = {{"0", "negative"}, {"1", "positive"}};
  task["columns"] = {"label", "text"};
  task["files"] = {{"train", "train.csv"}, {"dev", "dev.csv"}};
  const TaskData data = folder.open(task);

  CHECK(data.train.at(0).label == 0);
  CHECK(data.train.at(0).gold == "0");
  CHECK(data.train.at(0).fields.at("text") == "bad, really");
  CHECK(data.dev.at(0).label == 1);
  CHECK(data.test.empty());

  folder.write("train.csv", "negative,bad\n");
  expect_error(ErrorKind::input, "train.csv:1: unknown label 'negative'",
               [&] { folder.open(task); });
}

TEST_CASE("a facts task has all objects as labels, and prompts by group") {
  const TaskFolder folder;
  const TaskData data = folder.open(fact_task());

  CHECK(data.task.kind == TaskKind::facts);
  CHECK(data.task.labels == std::vector<std::string>{"Austria", "Italy", "green"});
  CHECK(data.train.at(1).group == "color");
  CHECK(data.train.at(1).label == 2);
  CHECK(data.train.at(0).id == "a");
  CHECK(data.task.manual.empty());
  CHECK(data.manual_by_group.at("color").size() == 1);
}

TEST_CASE("a group is opened by its name, with its own objects as labels") {
  const TaskFolder folder;
  folder.open(fact_task());
  const TaskData data = open_task((folder.path() / "capital").string());

  CHECK(data.task.name == "world/capital");
  CHECK(data.task.labels == std::vector<std::string>{"Austria", "Italy"});
  REQUIRE(data.train.size() == 1);
  CHECK(data.train[0].label == 1);
  CHECK(data.train_source.rows.size() == 1);
  CHECK(data.test.size() == 1);
  REQUIRE(data.task.manual.size() == 1);
  const auto& answers = data.task.manual[0].candidate.verbalizer.labels;
  CHECK(answers.at(0) == LabelAnswers{"Austria", {{"Austria", {}}}});

  expect_error(ErrorKind::input, "unknown group 'capitol'; did you mean 'capital'?",
               [&] { open_task((folder.path() / "capitol").string()); });
  folder.open(review_task());
  expect_error(ErrorKind::input, "expected a task with groups",
               [&] { open_task((folder.path() / "capital").string()); });
}

TEST_CASE("faults of a facts task are named with their place") {
  const TaskFolder folder;
  const Json task = fact_task();

  expect_refused(folder, task, "/labels", {"a", "b"}, "#/labels: expected no labels");
  expect_refused(folder, task, "/group", "relatoin",
                 "train.jsonl:1: expected the column 'relatoin', which is missing; found: id, "
                 "obj_label, relation, sub_label; was 'relation' meant?");
  expect_refused(folder, task, "/manual/0/group", "colour",
                 "#/manual/0/group: unknown group 'colour'; did you mean 'color'?");
  expect_refused(folder, task, "/manual/0/verbalizer", {{"a", "b"}}, "expected no verbalizer");
  expect_refused(folder, task, "/columns", {"a"}, "#/columns: expected no columns");
}
