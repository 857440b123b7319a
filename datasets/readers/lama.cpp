#include "core/error.h"
#include "core/text.h"
#include "datasets/detail/json_lines.h"
#include "datasets/detail/lines.h"
#include "datasets/readers/list.h"

namespace prospect::readers {
namespace {

// The names under which LAMA's files carry a fact's relation: T-REx, Google-RE.
constexpr std::string_view kRelationKeys[] = {"relation", "predicate_id", "pred"};

std::string relation_of(const DataRow& row, const std::filesystem::path& path) {
  for (const auto key : kRelationKeys) {
    const auto found = row.fields.find(std::string(key));
    if (found != row.fields.end()) return found->second;
  }
  return path.stem().string();  // a file a relation: P19.jsonl
}

// Source: facebookresearch/LAMA. Its rows carry evidence sentences as nested lists, which are
// skipped; `relation` is always there afterwards.
class LamaReader : public Reader {
 public:
  std::string_view name() const override { return "lama"; }
  std::string_view help() const override {
    return "LAMA facts in JSON Lines: sub_label, obj_label, and relation, predicate_id or the "
           "file's name.";
  }
  DataTable read(const std::filesystem::path& path, const ReadOptions&) const override {
    DataTable table = detail::read_json_lines(path, detail::Nested::skip);
    for (auto& row : table.rows) {
      for (const char* key : {"sub_label", "obj_label"}) {
        const auto found = row.fields.find(key);
        if (found == row.fields.end() || found->second.empty())
          fail(ErrorKind::input, detail::place(path, row.line), "expected a fact with '", key,
               "', which is missing or empty");
      }
      row.fields.insert_or_assign("relation", relation_of(row, path));
    }
    return table;
  }
};

}  // namespace

const Reader& lama() {
  static const LamaReader reader;
  return reader;
}

}  // namespace prospect::readers
