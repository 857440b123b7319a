#include "datasets/readers/reader.h"

#include "core/error.h"
#include "core/text.h"
#include "datasets/readers/list.h"

namespace prospect {

std::vector<ReaderRow> list_readers() {
  std::vector<ReaderRow> rows;
  for (const auto& reader : readers::kAll)
    rows.push_back({std::string(reader().name()), std::string(reader().help())});
  return rows;
}

const Reader& find_reader(std::string_view name, const std::string& where) {
  std::vector<std::string> known;
  for (const auto& reader : readers::kAll) {
    if (reader().name() == name) return reader();
    known.emplace_back(reader().name());
  }
  fail(ErrorKind::input, where, "unknown format '", name, "'", suggestion(name, known));
}

const Reader& reader_for(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".jsonl") return readers::jsonl();
  if (extension == ".tsv") return readers::tsv();
  if (extension == ".csv") return readers::csv();
  fail(ErrorKind::input, path.string(), "expected the extension .jsonl, .tsv or .csv, found '",
       extension, "'; name the reader with \"format\" in the task file");
}

}  // namespace prospect
