#include "datasets/file_providers.h"

#include "datasets/corpus/pair_scanner.h"
#include "datasets/parsers/parsers.h"

namespace prospect {

std::unique_ptr<PairScanner> FileProviders::pair_scanner(const std::filesystem::path& corpus) {
  return open_corpus(corpus);
}

std::unique_ptr<DependencyParser> FileProviders::stored_parses(
    const std::filesystem::path& conllu) {
  return read_conllu(conllu);
}

std::unique_ptr<DependencyParser> FileProviders::english_parser() {
  return link_grammar_parser();
}

}  // namespace prospect
