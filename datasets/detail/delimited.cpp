#include "datasets/detail/delimited.h"

#include <algorithm>
#include <optional>

#include "core/error.h"
#include "core/text.h"
#include "datasets/detail/lines.h"

namespace prospect::detail {
namespace {

struct Record {
  std::size_t line = 0;
  std::vector<std::string> fields;
  std::string_view raw;
};

// One pass over a file's text, a record at a time.
class RecordParser {
 public:
  RecordParser(std::string_view content, const std::filesystem::path& path, Dialect dialect)
      : content_(content), path_(path), dialect_(dialect) {
    // Blank lines at the end are no rows; find_last_not_of gives npos where all are, so 0 here.
    end_ = content.find_last_not_of("\r\n") + 1;
  }

  // The next record; nothing where only blank lines are left.
  std::optional<Record> next() {
    if (at_ >= end_) return std::nullopt;
    Record record{line_, {}, {}};
    const std::size_t begin = at_;
    for (;;) {
      const bool quoted =
          dialect_.quoting != Quoting::none && at_ < content_.size() && content_[at_] == '"';
      record.fields.push_back(quoted ? quoted_field() : plain_field());
      if (at_ == content_.size() || content_[at_] != dialect_.separator) break;
      ++at_;
    }
    const std::size_t end_length = line_end_at(at_);
    at_ += end_length;
    if (end_length > 0) ++line_;
    record.raw = content_.substr(begin, at_ - begin);
    check_row_size(path_, record.line, record.raw.size());
    return record;
  }

 private:
  // The length of the line end that stands at `offset`; 0 where there is none.
  std::size_t line_end_at(std::size_t offset) const {
    if (content_.substr(offset).starts_with('\n')) return 1;
    return content_.substr(offset).starts_with("\r\n") ? 2 : 0;
  }

  std::string plain_field() {
    const std::size_t begin = at_;
    while (at_ < content_.size() && content_[at_] != dialect_.separator && line_end_at(at_) == 0) {
      if (content_[at_] == '"' && dialect_.quoting == Quoting::strict)
        fail(ErrorKind::input, place(path_, line_),
             "found a quote inside a field without quotes; put the field in quotes and double "
             "those inside");
      ++at_;
    }
    return std::string(content_.substr(begin, at_ - begin));
  }

  std::string quoted_field() {
    const std::size_t opening_line = line_;
    std::string text;
    for (++at_;;) {
      const std::size_t quote = content_.find('"', at_);
      if (quote == std::string_view::npos)
        fail(ErrorKind::input, place(path_, opening_line),
             "expected a closing quote, found the end of the file; write \"\" for a quote inside "
             "quotes");
      const std::string_view part = content_.substr(at_, quote - at_);
      line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
      text += part;
      at_ = quote + 1;
      if (!content_.substr(at_).starts_with('"')) break;
      text += '"';
      ++at_;
    }
    if (at_ < content_.size() && content_[at_] != dialect_.separator && line_end_at(at_) == 0)
      fail(ErrorKind::input, place(path_, line_),
           "expected a separator or the line's end after a closing quote, found '", content_[at_],
           "'; write \"\" for a quote inside quotes");
    return text;
  }

  std::string_view content_;
  const std::filesystem::path& path_;
  Dialect dialect_;
  std::size_t at_ = 0, end_ = 0, line_ = 1;
};

void check_columns(const std::vector<std::string>& columns, const std::string& where) {
  for (auto column = columns.begin(); column != columns.end(); ++column) {
    if (column->empty())
      fail(ErrorKind::input, where, "expected a name for each column, found an empty one");
    if (std::find(columns.begin(), column, *column) != column)
      fail(ErrorKind::input, where, "expected columns of different names, found '", *column,
           "' twice");
  }
}

std::string_view advice(Dialect dialect) {
  return dialect.quoting == Quoting::none
             ? "the format has no quotes, so a text holds no tab and no line break"
             : "a text that holds the separator, a quote or a line break stands in quotes";
}

}  // namespace

DataTable read_delimited(const std::filesystem::path& path, Dialect dialect,
                         const ReadOptions& options) {
  const std::string content = read_data_text(path);
  RecordParser parser(content, path, dialect);
  DataTable table;
  table.columns = options.columns;
  if (table.columns.empty()) {
    if (auto header = parser.next()) {
      table.columns = std::move(header->fields);
      table.header = header->raw;
    }
    check_columns(table.columns, place(path, 1));
  }
  while (auto record = parser.next()) {
    if (record->fields.size() != table.columns.size())
      fail(ErrorKind::input, place(path, record->line), "expected ", table.columns.size(),
           " fields (", join(table.columns, ", "), "), found ", record->fields.size(), "; ",
           advice(dialect));
    DataRow row{record->line, {}, std::string(record->raw)};
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      row.fields.emplace(table.columns[i], std::move(record->fields[i]));
    table.rows.push_back(std::move(row));
  }
  if (table.rows.empty()) {
    fail(ErrorKind::input, place(path, 1), "expected at least one row, found ",
         table.header.empty() ? "none" : "a header alone");
  }
  return table;
}

}  // namespace prospect::detail
