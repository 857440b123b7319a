#include "core/options.h"

#include <algorithm>
#include <sstream>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

template <class T>
std::string in_words(const Range<T>& range) {
  std::ostringstream words;
  if (range.least) words << "at least " << *range.least;
  if (range.least && range.most) words << " and ";
  if (range.most) words << "at most " << *range.most;
  return words.str();
}

template <class T>
T in_range(const JsonReader& reader, T value, const Range<T>& range) {
  if ((range.least && value < *range.least) || (range.most && value > *range.most))
    reader.fail_expected("a value of " + in_words(range));
  return value;
}

class Lister : public OptionVisitor {
 public:
  void operator()(std::string_view name, std::int64_t& value, std::string_view help,
                  Range<std::int64_t> range) override {
    add(name, "integer", value, help, in_words(range));
  }
  void operator()(std::string_view name, double& value, std::string_view help,
                  Range<double> range) override {
    add(name, "number", value, help, in_words(range));
  }
  void operator()(std::string_view name, bool& value, std::string_view help) override {
    add(name, "boolean", value, help, "");
  }
  void operator()(std::string_view name, std::string& value, std::string_view help,
                  std::vector<std::string> choices) override {
    add(name, "string", value, help, choices.empty() ? "" : "one of " + join(choices, ", "));
  }
  void operator()(std::string_view name, std::vector<std::string>& value,
                  std::string_view help) override {
    add(name, "strings", value, help, "");
  }

  std::vector<OptionRow> rows;

 private:
  void add(std::string_view name, std::string_view type, Json value, std::string_view help,
           std::string range) {
    rows.push_back({std::string(name), std::string(type), std::move(value), std::string(help),
                    std::move(range)});
  }
};

class Reader : public OptionVisitor {
 public:
  explicit Reader(const JsonReader& values) : values_(values) {}

  void operator()(std::string_view name, std::int64_t& value, std::string_view,
                  Range<std::int64_t> range) override {
    if (!values_.has(name)) return;
    const JsonReader reader = values_.at(name);
    value = in_range(reader, reader.integer(), range);
  }
  void operator()(std::string_view name, double& value, std::string_view,
                  Range<double> range) override {
    if (!values_.has(name)) return;
    const JsonReader reader = values_.at(name);
    value = in_range(reader, reader.number(), range);
  }
  void operator()(std::string_view name, bool& value, std::string_view) override {
    if (values_.has(name)) value = values_.at(name).boolean();
  }
  void operator()(std::string_view name, std::string& value, std::string_view,
                  std::vector<std::string> choices) override {
    if (!values_.has(name)) return;
    const std::string found = values_.at(name).string();
    if (!choices.empty() && std::find(choices.begin(), choices.end(), found) == choices.end())
      fail(ErrorKind::input, values_.at(name).where(), "unknown value '", found, "'",
           suggestion(found, choices));
    value = found;
  }
  void operator()(std::string_view name, std::vector<std::string>& value,
                  std::string_view) override {
    if (values_.has(name)) value = values_.at(name).strings();
  }

 private:
  const JsonReader& values_;
};

}  // namespace

void read_options(const Describe& options, const JsonReader& values) {
  std::vector<std::string> names;
  for (const auto& row : list_options(options)) names.push_back(row.name);
  for (const auto& [key, value] : values.members()) {
    if (std::find(names.begin(), names.end(), key) == names.end())
      fail(ErrorKind::input, value.where(), "unknown option '", key, "'", suggestion(key, names));
  }
  Reader reader(values);
  options(reader);
}

Json write_options(const Describe& options) {
  Json values = Json::object();
  for (auto& row : list_options(options)) values[row.name] = std::move(row.value);
  return values;
}

std::vector<OptionRow> list_options(const Describe& options) {
  Lister lister;
  options(lister);
  return std::move(lister.rows);
}

std::string markdown_table(const std::vector<OptionRow>& rows) {
  std::string table = "| option | type | default | meaning |\n|---|---|---|---|\n";
  for (const auto& row : rows) {
    table +=
        "| `" + row.name + "` | " + row.type + " | `" + dump_json(row.value) + "` | " + row.help;
    if (!row.range.empty()) table += " (" + row.range + ")";
    table += " |\n";
  }
  return table;
}

}  // namespace prospect
