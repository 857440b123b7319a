#include "datasets/detail/json_lines.h"
#include "datasets/readers/list.h"

namespace prospect::readers {
namespace {

// A column list says nothing here: each row names its own fields.
class JsonlReader : public Reader {
 public:
  std::string_view name() const override { return "jsonl"; }
  std::string_view help() const override {
    return "JSON Lines: one object a line; numbers and booleans become text, nothing is nested.";
  }
  DataTable read(const std::filesystem::path& path, const ReadOptions&) const override {
    return detail::read_json_lines(path, detail::Nested::refuse);
  }
};

}  // namespace

const Reader& jsonl() {
  static const JsonlReader reader;
  return reader;
}

}  // namespace prospect::readers
