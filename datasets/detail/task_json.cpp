#include "datasets/detail/task_json.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "core/metric.h"
#include "core/text.h"
#include "datasets/detail/data_variable.h"
#include "datasets/detail/kshot.h"
#include "datasets/detail/rows.h"
#include "datasets/detail/spans.h"
#include "datasets/readers/reader.h"

namespace prospect::detail {
namespace {

namespace fs = std::filesystem;

// Distinct, non-empty strings.
std::vector<std::string> distinct_strings(const JsonReader& reader, std::string_view what) {
  auto strings = reader.strings();
  for (auto item = strings.begin(); item != strings.end(); ++item) {
    if (item->empty())
      fail(ErrorKind::input, reader.where(), "expected ", what, ", found an empty text");
    if (std::find(strings.begin(), item, *item) != item)
      fail(ErrorKind::input, reader.where(), "expected different ", what, ", found '", *item,
           "' twice");
  }
  return strings;
}

// Fields that a template can name.
std::vector<std::string> read_fields(const JsonReader& reader) {
  auto fields = distinct_strings(reader, "names of fields");
  if (fields.empty()) reader.fail_expected("at least one field");
  const std::set<std::string> reserved{"mask", "sep", "demos"};
  for (const auto& field : fields) {
    const bool is_slot = field.starts_with("trigger:") || field.starts_with("trigger=") ||
                         field.starts_with("tokens:");
    if (is_slot || reserved.contains(field) || field.find_first_of("{}|") != std::string::npos)
      fail(ErrorKind::input, reader.where(), "expected names that a template can hold as {name}, ",
           "found '", field, "', which means something else there; rename the column");
  }
  return fields;
}

TaskKind read_kind(const JsonReader& reader) {
  const std::string kind = reader.choice({"classification", "facts", "span"});
  if (kind == "span") return TaskKind::span;
  return kind == "facts" ? TaskKind::facts : TaskKind::classification;
}

// What the file says without its data and prompts.
void read_description(const JsonReader& json, TaskData& data) {
  Task& task = data.task;
  task.name = json.at("name").string();
  if (task.name.empty()) json.at("name").fail_expected("a name");
  if (json.has("version")) task.version = json.at("version").integer(1);
  task.kind = read_kind(json.at("kind"));
  task.fields = read_fields(json.at("fields"));
  if (task.kind == TaskKind::span) {
    if (task.fields.size() != 2)
      json.at("fields").fail_expected("two names: the text's column, and what a span is called");
    if (json.has("span_words"))
      data.format.span_words = static_cast<std::size_t>(json.at("span_words").integer(1, 100));
  } else if (json.has("span_words")) {
    fail(ErrorKind::input, json.at("span_words").where(),
         "expected no length of spans: this is no span task; remove the key");
  }
  data.label_field = json.at("label").string();
  if (std::find(task.fields.begin(), task.fields.end(), data.label_field) != task.fields.end())
    json.at("label").fail_expected("a column that is no field, since a template could read it");
  if (json.has("metric")) {
    task.metric = json.at("metric").string();
    try {
      find_metric(task.metric);
    } catch (const Error& error) {
      fail(error.kind(), json.at("metric").where(), error.message());
    }
  }
  if (json.has("answer_space")) {
    // `candidates` is what a facts task calls its labels.
    const auto space = json.at("answer_space").choice({"labels", "candidates", "vocabulary"});
    task.answer_space = space == "vocabulary" ? AnswerSpace::vocabulary : AnswerSpace::labels;
  }
}

void read_labels(const JsonReader& json, TaskData& data) {
  if (data.task.kind == TaskKind::facts) {
    for (const char* key : {"labels", "label_names"})
      if (json.has(key))
        fail(ErrorKind::input, json.at(key).where(),
             "expected no labels: those of a facts task are the objects in its files");
    if (json.has("group")) data.group_field = json.at("group").string();
    return;
  }
  if (json.has("group"))
    fail(ErrorKind::input, json.at("group").where(),
         "expected groups in a facts task alone; remove the key");
  data.task.labels = distinct_strings(json.at("labels"), "labels");
  if (data.task.labels.size() < 2) json.at("labels").fail_expected("at least two labels");
  if (!json.has("label_names")) return;
  const auto& labels = data.task.labels;
  for (const auto& [text, label] : json.at("label_names").members()) {
    if (std::find(labels.begin(), labels.end(), label.string()) == labels.end())
      fail(ErrorKind::input, label.where(), "unknown label '", label.string(), "'",
           suggestion(label.string(), labels));
    data.format.label_names[text] = label.string();
  }
  if (data.format.label_names.empty())
    json.at("label_names").fail_expected("a label for each text of the label column");
}

void read_format(const JsonReader& json, TaskData& data) {
  if (json.has("format")) {
    data.format.reader = json.at("format").string();
    find_reader(data.format.reader, json.at("format").where());
  }
  if (json.has("columns"))
    data.format.columns = distinct_strings(json.at("columns"), "names of columns");
  if (json.has("id")) data.format.id_field = json.at("id").string();
}

// The folder that paths of data are relative to, and what a message says about where to get it.
std::pair<fs::path, std::string> data_folder(const JsonReader& json, const fs::path& file) {
  std::string hint;
  if (json.has("source")) hint = "; source: " + json.at("source").string();
  if (!json.has("data")) return {file.parent_path(), hint};
  std::string folder = json.at("data").string();
  if (folder.starts_with(kDataVariable))
    folder = expand_data_variable(folder, json.at("data").where(), hint);
  if (folder.find("${") != std::string::npos)
    json.at("data").fail_expected("no variable but ${PROSPECT_DATA}, at the start");
  const fs::path path = file.parent_path() / folder;  // an absolute folder stays itself
  if (!fs::is_directory(path))
    fail(ErrorKind::input, json.at("data").where(), "expected a folder with the data at ",
         path.string(), ", which is missing", hint);
  return {path, hint};
}

void read_data(const JsonReader& json, TaskData& data) {
  const auto [folder, hint] = data_folder(json, data.path);
  RowLoader loader(data);
  const auto load = [&](const fs::path& file, const std::string& prefix) {
    return data.task.kind == TaskKind::span ? load_spans(data, file, prefix)
                                            : loader.load(file, prefix);
  };
  if (data.task.kind == TaskKind::span)
    for (const char* key : {"kshot", "format", "columns", "id", "label_names"})
      if (json.has(key))
        fail(ErrorKind::input, json.at(key).where(),
             "expected no such key in a span task, whose files are JSON Lines with marked spans");
  if (json.has("kshot") && json.at("kshot").boolean()) {
    if (json.has("files"))
      fail(ErrorKind::input, json.at("files").where(),
           "expected no files beside \"kshot\", whose files have fixed names");
    if (data.task.kind == TaskKind::facts) json.at("kshot").fail_expected("false for a facts task");
    if (data.format.reader.empty()) data.format.reader = "lm-bff";
    data.kshot_folder = folder;
    auto test = loader.load(KshotFolder(folder, hint).test_file(), "test");
    data.test = std::move(test.examples);
    data.test_source = std::move(test.source);
    return;
  }
  const JsonReader files = json.at("files");
  files.allow_only({"train", "dev", "test"});
  auto train = load(folder / files.at("train").string(), "train");
  data.train = std::move(train.examples);
  data.train_source = std::move(train.source);
  if (files.has("dev")) data.dev = load(folder / files.at("dev").string(), "dev").examples;
  if (files.has("test")) {
    auto test = load(folder / files.at("test").string(), "test");
    data.test = std::move(test.examples);
    data.test_source = std::move(test.source);
  }
}

ManualPrompt read_prompt(const JsonReader& json, const TaskData& data) {
  json.allow_only({"template", "verbalizer", "source", "group"});
  ManualPrompt prompt;
  prompt.candidate.tmpl = Template::parse(
      json.at("template").string(), {.fields = data.task.fields}, json.at("template").where());
  if (json.has("source")) prompt.source = json.at("source").string();
  if (data.task.kind != TaskKind::facts) {
    prompt.candidate.verbalizer = verbalizer_from_json(json.at("verbalizer"), data.task.labels);
  } else if (json.has("verbalizer")) {
    fail(ErrorKind::input, json.at("verbalizer").where(),
         "expected no verbalizer: the answers of a facts task are its objects");
  }
  return prompt;
}

void read_manual(const JsonReader& json, TaskData& data) {
  std::set<std::string> groups;
  for (const auto* rows : {&data.train, &data.dev, &data.test})
    for (const auto& example : *rows) groups.insert(example.group);
  for (const auto& item : json.items()) {
    ManualPrompt prompt = read_prompt(item, data);
    if (data.group_field.empty()) {
      if (item.has("group"))
        fail(ErrorKind::input, item.at("group").where(),
             "expected no group: the task file names no \"group\"");
      data.task.manual.push_back(std::move(prompt));
      continue;
    }
    const std::string group = item.at("group").string();
    if (!groups.contains(group))
      fail(ErrorKind::input, item.at("group").where(), "unknown group '", group, "'",
           suggestion(group, std::vector<std::string>(groups.begin(), groups.end())));
    data.manual_by_group[group].push_back(std::move(prompt));
  }
}

}  // namespace

TaskData read_task_file(const fs::path& file) {
  const Json value = read_json_file(file);
  const JsonReader json(value, file.string());
  json.allow_only({"name", "version", "kind", "fields", "label", "labels", "label_names", "group",
                   "id", "metric", "answer_space", "files", "format", "columns", "data", "kshot",
                   "source", "span_words", "manual"});
  TaskData data;
  data.path = file;
  read_description(json, data);
  read_labels(json, data);
  read_format(json, data);
  read_data(json, data);
  if (json.has("manual")) read_manual(json.at("manual"), data);
  return data;
}

}  // namespace prospect::detail
