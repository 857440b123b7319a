#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace prospect {

/// A phrase that sentences share, and how often they do.
struct MinedPhrase {
  std::string text;            ///< In LAMA's notation, without what closes the template.
  std::int64_t frequency = 0;  ///< Sentences with a pair that give it, pair by pair.
  std::int64_t num_pairs = 0;  ///< Different pairs among them.
  bool operator==(const MinedPhrase&) const = default;
};

/// Counts phrases as they are met.
class PhraseCounts {
 public:
  /// Adds a phrase of a pair's sentence; the same phrase again in that sentence counts no more.
  /// @param sentence  its number; those of one pair come in ascending order.
  void add(const std::string& phrase, std::size_t pair, std::size_t sentence);

  /// The `keep` most frequent of at least `least` times. Ties go to the phrase of more pairs, then
  /// of fewer words, then by its bytes.
  std::vector<MinedPhrase> most_frequent(std::size_t keep, std::int64_t least = 1) const;

 private:
  struct Count {
    std::int64_t frequency = 0;
    std::set<std::size_t> pairs;
    std::size_t last_pair = 0, last_sentence = 0;
  };
  std::unordered_map<std::string, Count> counts_;
};

}  // namespace prospect
