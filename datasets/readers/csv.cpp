#include "datasets/detail/delimited.h"
#include "datasets/readers/list.h"

namespace prospect::readers {
namespace {

class CsvReader : public Reader {
 public:
  std::string_view name() const override { return "csv"; }
  std::string_view help() const override {
    return "Comma-separated rows, quoted as in RFC 4180; a header, or \"columns\" in the task "
           "file.";
  }
  DataTable read(const std::filesystem::path& path, const ReadOptions& options) const override {
    return detail::read_delimited(path, {',', detail::Quoting::strict}, options);
  }
};

}  // namespace

const Reader& csv() {
  static const CsvReader reader;
  return reader;
}

}  // namespace prospect::readers
