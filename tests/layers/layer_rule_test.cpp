// The layer rule of the house: who may include whom, and who may know LibTorch.

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = PROSPECT_SOURCE_DIR;

// Which rooms a room's files may include. Below `search`, only interfaces may be used: headers at
// its top.
const std::map<std::string, std::set<std::string>> kAllowed{
    {"core", {"core"}},
    {"search", {"core", "search"}},
    {"datasets", {"core", "search", "datasets"}},
    {"scoring/tokenizers", {"core", "scoring/tokenizers"}},
    {"scoring", {"core", "search", "scoring", "scoring/tokenizers"}},
    {"experiments", {"core", "search", "datasets", "scoring", "scoring/tokenizers", "experiments"}},
};

// What of `scoring` may be seen from outside without LibTorch.
const std::set<std::string> kTorchFree{"scoring/model.h"};

std::string room_of(const std::string& path) {
  return path.starts_with("scoring/tokenizers/") ? "scoring/tokenizers"
                                                 : path.substr(0, path.find('/'));
}

std::vector<std::string> sources() {
  std::vector<std::string> paths;
  for (const auto& [room, allowed] : kAllowed) {
    if (room == "scoring/tokenizers") continue;  // inside scoring
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / room)) {
      const auto extension = entry.path().extension();
      if (extension == ".h" || extension == ".cpp")
        paths.push_back(fs::relative(entry.path(), kRoot).string());
    }
  }
  return paths;
}

std::vector<std::string> includes_of(const std::string& path) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<std::string> includes;
  std::ifstream file(kRoot / path);
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (std::regex_search(line, match, kInclude)) includes.push_back(match[1]);
  }
  return includes;
}

bool is_torch(const std::string& include) {
  return std::regex_search(include, std::regex("^(ATen|torch|c10|caffe2)/"));
}

}  // namespace

TEST_CASE("no room includes a room above it") {
  const auto paths = sources();
  REQUIRE(paths.size() > 50);
  for (const auto& path : paths) {
    for (const auto& include : includes_of(path)) {
      const std::string room = room_of(include);
      if (!kAllowed.contains(room)) continue;
      INFO(path, " includes ", include);
      CHECK(kAllowed.at(room_of(path)).contains(room));
    }
  }
}

TEST_CASE("datasets and scoring see only the interfaces of search") {
  for (const auto& path : sources()) {
    if (room_of(path) != "datasets" && !path.starts_with("scoring/")) continue;
    for (const auto& include : includes_of(path)) {
      INFO(path, " includes ", include);
      if (include.starts_with("search/"))
        CHECK(std::count(include.begin(), include.end(), '/') == 1);
    }
  }
}

TEST_CASE("only scoring knows LibTorch, and only its free headers are seen from outside") {
  for (const auto& path : sources()) {
    const std::string room = room_of(path);
    for (const auto& include : includes_of(path)) {
      INFO(path, " includes ", include);
      if (room != "scoring" || kTorchFree.contains(path)) CHECK_FALSE(is_torch(include));
      if (room == "experiments" && room_of(include) == "scoring")
        CHECK(kTorchFree.contains(include));
    }
  }
}
