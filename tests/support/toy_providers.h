#pragma once

#include <string>
#include <vector>

#include "search/providers.h"

namespace prospect::test {

/// A corpus in memory, whatever path is asked for; a name is a word or several, at spaces.
class ToyScanner : public PairScanner {
 public:
  ToyScanner();
  explicit ToyScanner(std::vector<std::string> lines) : sentences(std::move(lines)) {}
  void check(const std::filesystem::path&) override {}
  ScanReport scan(const std::filesystem::path& corpus, std::span<const NamePair> pairs,
                  LetterCase letter_case,
                  const std::function<void(const PairMention&)>& found) override;

  std::vector<std::string> sentences;
};

/// Links each word with the next one.
class ToyParsers : public ParserSource {
 public:
  std::unique_ptr<DependencyParser> english() override;
  std::unique_ptr<DependencyParser> stored(const std::filesystem::path&) override {
    return english();
  }
};

}  // namespace prospect::test
