#include "datasets/parsers/parsers.h"

namespace prospect {
namespace {

class FileParsers : public ParserSource {
 public:
  std::unique_ptr<DependencyParser> english() override { return link_grammar_parser(); }
  std::unique_ptr<DependencyParser> stored(const std::filesystem::path& conllu) override {
    return read_conllu(conllu);
  }
};

}  // namespace

ParserSource& parser_source() {
  static FileParsers parsers;
  return parsers;
}

}  // namespace prospect
