#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace prospect {

/// One row of a data file, as text.
struct DataRow {
  std::size_t line = 0;                       ///< The line on which it starts, from 1.
  std::map<std::string, std::string> fields;  ///< Column -> text.
  std::string raw;                            ///< Its bytes as read, with the line end.
};

/// A data file, row by row; `header` and the `raw` of all rows together are the file's bytes (but
/// for a byte-order mark at its start and blank lines at its end).
struct DataTable {
  std::vector<std::string> columns;  ///< Empty for JSON Lines, whose rows name their own fields.
  std::string header;                ///< The header line's bytes; empty where there is none.
  std::vector<DataRow> rows;         ///< At least one.
};

struct ReadOptions {
  /// The columns of a file without a header line; empty: the first line names them.
  std::vector<std::string> columns;
};

/// Reads one format of data file.
///
/// ```
/// const DataTable table = reader_for("train.tsv").read("train.tsv", {});
/// table.rows[0].fields.at("sentence");
/// ```
class Reader {
 public:
  virtual ~Reader() = default;

  virtual std::string_view name() const = 0;
  /// One line for `prospect list readers`.
  virtual std::string_view help() const = 0;

  /// Reads a whole file.
  /// @throws Error (io) when it cannot be read; (input) as `path:line` for invalid UTF-8, NUL
  ///         bytes, an empty file, a row of more than 16 MiB, or what the format forbids.
  virtual DataTable read(const std::filesystem::path& path, const ReadOptions& options) const = 0;
};

/// A reader's name and one line of help.
struct ReaderRow {
  std::string name, help;
};
std::vector<ReaderRow> list_readers();

/// The reader called `name`. @throws Error (input) at `where`, with the nearest known name.
const Reader& find_reader(std::string_view name, const std::string& where);

/// The reader for a file's extension: `.jsonl`, `.tsv` or `.csv`.
/// @throws Error (input) for any other; the task file then has to name a format.
const Reader& reader_for(const std::filesystem::path& path);

}  // namespace prospect
