#include "datasets/detail/json_lines.h"
#include "datasets/readers/list.h"

namespace prospect::readers {
namespace {

// Source: ucinlp/autoprompt, whose fact files carry evidence as nested lists beside their fields.
class AutoPromptReader : public Reader {
 public:
  std::string_view name() const override { return "autoprompt"; }
  std::string_view help() const override {
    return "JSON Lines as AutoPrompt reads them: the fields a template names; nested values are "
           "skipped.";
  }
  DataTable read(const std::filesystem::path& path, const ReadOptions&) const override {
    return detail::read_json_lines(path, detail::Nested::skip);
  }
};

}  // namespace

const Reader& autoprompt() {
  static const AutoPromptReader reader;
  return reader;
}

}  // namespace prospect::readers
