#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/options.h"
#include "search/mining/phrase_counts.h"
#include "search/mining/phrases.h"
#include "search/providers.h"

namespace prospect {

/// How phrases are mined; the defaults are those of the paper.
/// Source: Jiang et al. 2020 (LPAQA), sec. 3.1. Its mining program was never released.
struct MiningOptions {
  std::string corpus, parses;
  std::vector<std::string> kinds{"middle"};
  std::string letter_case = "auto";
  std::int64_t keep = 40, max_words = 10, min_frequency = 1;
  bool lower = true;
};
void describe(OptionVisitor& visit, MiningOptions& options);

/// A pair and the group (a relation) whose phrases it counts for.
struct GroupedPair {
  NamePair names;
  std::size_t group = 0;
};

/// What one pass over a corpus found.
struct MinedPhrases {
  std::vector<std::vector<MinedPhrase>> groups;  ///< Most frequent first.
  ScanReport scan;
  std::int64_t num_parsed = 0;    ///< Sentences with a near pair that have a parse.
  std::int64_t num_unparsed = 0;  ///< Those without: too long, ungrammatical, or not stored.
};

/// Mines all groups in one pass over the corpus.
/// @param folder  relative paths in the options are relative to it.
/// @throws Error (input) for a kind that is none; (unsupported) where a provider is missing; as the
///         providers do.
MinedPhrases mine(std::span<const GroupedPair> pairs, std::size_t num_groups,
                  const MiningOptions& options, const Providers& providers,
                  const std::filesystem::path& folder);

/// What `mine` would refuse, before the work starts.
void check_mining(const MiningOptions& options, const Providers& providers,
                  const std::filesystem::path& folder);

}  // namespace prospect
