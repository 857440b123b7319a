#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace prospect {

/// Help that is no language model: interfaces here, implementations in `datasets/`.

/// A sentence of a corpus that holds both names of a pair, as byte ranges.
struct PairMention {
  std::string sentence;
  std::size_t pair = 0;  ///< Index into the pairs that were searched.
  std::size_t subject_begin = 0, subject_end = 0, object_begin = 0, object_end = 0;
};

struct NamePair {
  std::string subject, object;
};

/// Finds subject-object pairs in a corpus (prompt mining).
class PairScanner {
 public:
  virtual ~PairScanner() = default;
  /// Calls `found` for every mention, in corpus order, from one thread.
  virtual void scan(std::span<const NamePair> pairs,
                    const std::function<void(const PairMention&)>& found) = 0;
};

/// Words of the same meaning (paraphrasing).
class Thesaurus {
 public:
  virtual ~Thesaurus() = default;
  /// Inflected as the word is, in the thesaurus's order; empty for an unknown word.
  /// @throws Error (io) where its files are not there.
  virtual std::vector<std::string> synonyms(std::string_view word) = 0;
};

/// One word of a parsed sentence; `head` is the index of the word it depends on, -1 for the root.
struct DependencyWord {
  std::string form, relation;
  std::int32_t head = -1;
};

class DependencyParser {
 public:
  virtual ~DependencyParser() = default;
  virtual std::vector<DependencyWord> parse(std::string_view sentence) = 0;
};

/// The providers of an experiment; each null where it has none.
struct Providers {
  PairScanner* scanner = nullptr;
  Thesaurus* thesaurus = nullptr;
  DependencyParser* parser = nullptr;
};

}  // namespace prospect
