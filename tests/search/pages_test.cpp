// Every strategy has a page, and its table of options is the one that the program knows.

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "core/files.h"
#include "core/options.h"
#include "search/registry.h"

namespace prospect {
namespace {

constexpr std::string_view kHeading = "## Options\n\n";

// The page with the table under "Options" replaced by the present one.
std::string with_table(const std::string& page, const std::string& table) {
  const std::size_t begin = page.find(kHeading);
  if (begin == std::string::npos) return {};
  const std::size_t end = page.find("\n## ", begin + kHeading.size() - 1);
  return page.substr(0, begin) + std::string(kHeading) + table + page.substr(end);
}

TEST_CASE("every strategy's page shows the options that the program knows") {
  for (const StrategyInfo* info : list_strategies()) {
    const auto path = std::filesystem::path(PROSPECT_SOURCE_DIR) / "docs" / "strategies" /
                      (info->name + ".md");
    INFO(path.string(), "; PROSPECT_WRITE_PAGES=1 test_search writes the table");
    REQUIRE(std::filesystem::exists(path));
    const std::string page = read_file(path);
    const std::string expected = with_table(page, markdown_table(info->options));
    if (std::getenv("PROSPECT_WRITE_PAGES") != nullptr) write_file(path, expected);
    CHECK(read_file(path) == expected);
  }
}

TEST_CASE("every strategy's page has its headings, in order") {
  for (const StrategyInfo* info : list_strategies()) {
    const std::string page = read_file(std::filesystem::path(PROSPECT_SOURCE_DIR) / "docs" /
                                       "strategies" / (info->name + ".md"));
    CAPTURE(info->name);
    std::size_t at = 0;
    for (const char* heading : {"## Idea", "## Options", "## Cost", "## Differences from the paper",
                                "## Example", "## Fails when"}) {
      INFO("heading ", std::string(heading));
      at = page.find(heading, at);
      CHECK(at != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace prospect
