#include "datasets/detail/delimited.h"
#include "datasets/readers/list.h"

namespace prospect::readers {
namespace {

class TsvReader : public Reader {
 public:
  std::string_view name() const override { return "tsv"; }
  std::string_view help() const override {
    return "Tab-separated lines under a header line, without quotes.";
  }
  DataTable read(const std::filesystem::path& path, const ReadOptions& options) const override {
    return detail::read_delimited(path, {'\t', detail::Quoting::none}, options);
  }
};

}  // namespace

const Reader& tsv() {
  static const TsvReader reader;
  return reader;
}

}  // namespace prospect::readers
