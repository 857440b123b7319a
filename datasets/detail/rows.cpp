#include "datasets/detail/rows.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "datasets/detail/lines.h"
#include "datasets/readers/reader.h"

namespace prospect::detail {
namespace {

std::vector<std::string> names_of(const std::map<std::string, std::string>& fields) {
  std::vector<std::string> names;
  for (const auto& [name, text] : fields) names.push_back(name);
  return names;
}

// A column that every row must have.
const std::string& column(const DataRow& row, const std::string& name, const std::string& where) {
  const auto found = row.fields.find(name);
  if (found != row.fields.end()) return found->second;
  const auto names = names_of(row.fields);
  const auto nearest = nearest_name(name, names);
  fail(ErrorKind::input, where, "expected the column '", name,
       "', which is missing; found: ", join(names, ", "),
       nearest ? "; was '" + *nearest + "' meant?" : "");
}

}  // namespace

RowLoader::RowLoader(const TaskData& data) : data_(data) {
  const auto& labels = data.task.labels;
  const auto index = [&](const std::string& label) {
    return static_cast<std::int32_t>(std::find(labels.begin(), labels.end(), label) -
                                     labels.begin());
  };
  for (const auto& [text, label] : data.format.label_names) label_of_[text] = index(label);
  if (data.format.label_names.empty())
    for (const auto& label : labels) label_of_[label] = index(label);
  for (const auto& [text, label] : label_of_) label_texts_.push_back(text);
}

LoadedRows RowLoader::load(const std::filesystem::path& file, const std::string& prefix) {
  const RowFormat& format = data_.format;
  const Reader& reader = format.reader.empty()
                             ? reader_for(file)
                             : find_reader(format.reader, data_.path.string() + "#/format");
  DataTable table = reader.read(file, {.columns = format.columns});
  if (table.columns.empty() && !format.columns.empty())
    fail(ErrorKind::input, data_.path.string() + "#/columns", "expected no columns: the rows of ",
         file.string(), " name their own fields");

  LoadedRows loaded{{}, {file, std::move(table.header), {}}};
  for (auto& row : table.rows) {
    const std::string where = place(file, row.line);
    // A column that the header lacks is the header's fault.
    const std::string header_where = table.columns.empty() ? where : place(file, 1);
    Example example;
    example.id =
        id_of(row.fields, where, prefix + "-" + std::to_string(loaded.examples.size() + 1));
    for (const auto& name : data_.task.fields)
      example.fields[name] = column(row, name, header_where);
    example.gold = column(row, data_.label_field, header_where);
    if (!data_.group_field.empty()) example.group = column(row, data_.group_field, header_where);
    set_label(example, where);
    loaded.examples.push_back(std::move(example));
    loaded.source.rows.push_back(std::move(row.raw));
  }
  return loaded;
}

std::string RowLoader::id_of(const std::map<std::string, std::string>& fields,
                             const std::string& where, const std::string& generated) {
  const auto found = fields.find(data_.format.id_field);
  const std::string& id = found == fields.end() ? generated : found->second;
  if (id.empty()) fail(ErrorKind::input, where, "expected an id, found an empty one");
  const auto [known, is_new] = place_of_.emplace(id, where);
  if (!is_new)
    fail(ErrorKind::input, where, "expected ids to be unique in the task, found '", id,
         "' again; it stands at ", known->second);
  return id;
}

void RowLoader::set_label(Example& example, const std::string& where) const {
  if (data_.task.kind == TaskKind::facts) {
    if (example.gold.empty())
      fail(ErrorKind::input, where, "expected an answer in '", data_.label_field,
           "', found an empty text");
    return;
  }
  const auto label = label_of_.find(example.gold);
  if (label == label_of_.end())
    fail(ErrorKind::input, where, "unknown label '", example.gold, "'",
         suggestion(example.gold, label_texts_));
  example.label = label->second;
}

}  // namespace prospect::detail
