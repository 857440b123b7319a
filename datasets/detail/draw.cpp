#include "datasets/detail/draw.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <utility>

#include "core/error.h"
#include "core/rng.h"

namespace prospect {
namespace detail {
namespace {

void check_counts(const std::vector<Stratum>& strata, std::size_t shots) {
  std::string counts;
  bool enough = true;
  for (std::size_t i = 0; i < strata.size(); ++i) {
    const auto& [name, rows] = strata[i];
    enough = enough && rows.size() / 2 >= shots;
    counts += (i == 0 ? "" : ", ") + ("'" + (name.empty() ? std::to_string(i) : name)) +
              "': " + std::to_string(rows.size());
  }
  if (!enough || strata.empty())
    fail(ErrorKind::input, "few-shot split", "expected at least 2 x ", shots,
         " training rows of each label or group, found ", counts.empty() ? "none" : counts,
         "; ask for fewer shots");
}

FewshotSplit draw_balanced(std::vector<Stratum> strata, std::size_t shots, std::uint64_t seed) {
  FewshotSplit split;
  for (std::size_t i = 0; i < strata.size(); ++i) {
    // A stream for each stratum, so that one more label leaves the others' draws alone.
    Rng rng(seed, "fewshot/balanced/" + std::to_string(i));
    auto& rows = strata[i].rows;
    rng.shuffle(rows);
    const auto first = rows.begin(), middle = first + static_cast<std::ptrdiff_t>(shots);
    split.support.insert(split.support.end(), first, middle);
    split.dev.insert(split.dev.end(), middle, middle + static_cast<std::ptrdiff_t>(shots));
  }
  std::sort(split.support.begin(), split.support.end());
  std::sort(split.dev.begin(), split.dev.end());
  return split;
}

FewshotSplit draw_lm_bff(const std::vector<Stratum>& strata, std::size_t num_rows,
                         std::size_t shots, std::uint64_t seed) {
  if (seed > UINT32_MAX)
    fail(ErrorKind::usage, "seed", "expected at most ", UINT32_MAX,
         " with the protocol lm-bff, found ", seed);
  std::vector<std::int64_t> stratum_of(num_rows, -1);
  for (std::size_t i = 0; i < strata.size(); ++i)
    for (const auto row : strata[i].rows) stratum_of[row] = static_cast<std::int64_t>(i);

  std::vector<std::size_t> order;  // of strata, by first appearance
  std::vector<std::vector<std::uint32_t>> shuffled(strata.size());
  for (const auto row : numpy_legacy_shuffle(num_rows, static_cast<std::uint32_t>(seed))) {
    if (stratum_of[row] < 0) continue;
    const auto stratum = static_cast<std::size_t>(stratum_of[row]);
    if (shuffled[stratum].empty()) order.push_back(stratum);
    shuffled[stratum].push_back(row);
  }
  FewshotSplit split;
  for (const auto stratum : order) {
    const auto first = shuffled[stratum].begin(),
               middle = first + static_cast<std::ptrdiff_t>(shots);
    split.support.insert(split.support.end(), first, middle);
    split.dev.insert(split.dev.end(), middle, middle + static_cast<std::ptrdiff_t>(shots));
  }
  return split;
}

}  // namespace

std::vector<Stratum> strata_of(std::span<const Example> rows, std::size_t num_labels, bool facts) {
  std::vector<Stratum> strata(facts ? 0 : num_labels);
  std::map<std::string, std::size_t> index_of_group;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    std::size_t stratum = static_cast<std::size_t>(rows[i].label);
    if (facts) {
      stratum = index_of_group.emplace(rows[i].group, strata.size()).first->second;
      if (stratum == strata.size()) strata.emplace_back();
    } else if (rows[i].label < 0) {
      continue;
    } else if (stratum >= num_labels) {
      fail(ErrorKind::internal, "draw_fewshot", "expected labels below ", num_labels, ", found ",
           stratum);
    }
    strata[stratum].name = facts ? rows[i].group : rows[i].gold;
    strata[stratum].rows.push_back(i);
  }
  return strata;
}

FewshotSplit draw(std::vector<Stratum> strata, std::size_t num_rows, std::size_t shots,
                  std::uint64_t seed, FewshotProtocol protocol) {
  if (shots == 0) fail(ErrorKind::usage, "shots", "expected at least 1 for a draw, found 0");
  check_counts(strata, shots);
  return protocol == FewshotProtocol::lm_bff ? draw_lm_bff(strata, num_rows, shots, seed)
                                             : draw_balanced(std::move(strata), shots, seed);
}

}  // namespace detail

std::vector<std::uint32_t> numpy_legacy_shuffle(std::size_t n, std::uint32_t seed) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  // init_genrand is how the standard library seeds it too.
  std::mt19937 generator(seed);
  for (std::size_t i = n; i-- > 1;) {
    std::uint32_t mask = static_cast<std::uint32_t>(i);
    for (const int shift : {1, 2, 4, 8, 16}) mask |= mask >> shift;
    std::uint32_t j = 0;
    do j = static_cast<std::uint32_t>(generator()) & mask;
    while (j > i);
    std::swap(order[i], order[j]);
  }
  return order;
}

}  // namespace prospect
