#pragma once

#include <filesystem>
#include <memory>

#include "search/providers.h"

namespace prospect {

/// The providers of `search/providers.h` over files and Debian's libraries.
class FileProviders : public Providers {
 public:
  std::unique_ptr<PairScanner> pair_scanner(const std::filesystem::path& corpus) override;
  std::unique_ptr<DependencyParser> stored_parses(const std::filesystem::path& conllu) override;
  std::unique_ptr<DependencyParser> english_parser() override;
};

}  // namespace prospect
