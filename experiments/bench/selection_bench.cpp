#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "experiments/bench/tables.h"

// Compares ways to select a prompt on pools of scored ones: `selection.md` says how to run it.

namespace {

constexpr std::size_t kNumDraws = 1000;

std::vector<prospect::PoolOutcomes> open_pools(const std::filesystem::path& folder,
                                               const std::string& data) {
  std::vector<prospect::PoolOutcomes> pools;
  for (const auto& name : prospect::selection_pool_names()) {
    const auto path = folder / (name + ".safetensors");
    if (!std::filesystem::exists(path)) {
      std::cerr << "scoring the pool " << name << '\n';
      prospect::write_selection_pool(prospect::make_selection_pool(name, data, "pocket-mlm"), path);
    }
    pools.push_back(prospect::judge_pool(prospect::read_selection_pool(path)));
  }
  return pools;
}

}  // namespace

int main(int argc, char** argv) {
  const char* data = std::getenv("PROSPECT_DATA");
  if (argc != 2 || data == nullptr) {
    std::cerr << "usage: PROSPECT_DATA=DIR selection_bench POOL_FOLDER\n";
    return 2;
  }
  try {
    const auto pools = open_pools(argv[1], data);
    std::cout << "# Tables of selection_bench\n\n## Pools\n\n";
    prospect::print_pools(std::cout, pools);
    std::cout << "\n## Regret\n\n";
    prospect::print_regret_table(std::cout, pools, kNumDraws);
    std::cout << "\n## Racing\n\n";
    prospect::print_racing_table(std::cout, pools, kNumDraws);
    std::cout << "\n## Coverage of 95% intervals\n\n";
    prospect::print_coverage_table(std::cout, pools, kNumDraws);
    std::cout << "\n## The winner's curse\n\n";
    prospect::print_flattery_table(std::cout, pools, kNumDraws / 10);
    std::cout << "\n## Ties of the published lists\n\n";
    prospect::print_published_ties(std::cout, data);
  } catch (const std::exception& error) {
    std::cerr << "selection_bench: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
