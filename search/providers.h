#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/words.h"

namespace prospect {

/// Help that is no language model: interfaces here, implementations in `datasets/`.

struct NamePair {
  std::string subject, object;
};

/// A subject and an object of a pair that stand in one sentence, with no other mention of either
/// between them. What it points at lives for the call alone.
struct PairMention {
  std::string_view sentence;
  std::size_t number = 0;  ///< The sentence's line in the corpus, from 1.
  std::size_t pair = 0;    ///< Index into the pairs that were searched.
  TextRange subject, object;
};

/// What a scan went through.
struct ScanReport {
  std::int64_t sentences = 0;
  std::int64_t skipped = 0;   ///< Lines that are no UTF-8, or too long for a sentence.
  std::int64_t mentions = 0;  ///< Calls of `found`.
};

/// How a name's letters must stand in the text.
enum class LetterCase {
  exact,
  any,  ///< Upper and lower case are the same (`lower_same_length`).
};

/// Finds subject-object pairs in a corpus (prompt mining), one sentence a line.
class PairScanner {
 public:
  virtual ~PairScanner() = default;

  /// @throws Error (io, input) when a corpus cannot be opened.
  virtual void check(const std::filesystem::path& corpus) = 0;

  /// Calls `found` for every mention, in corpus order, one call at a time; within a sentence pairs
  /// come in their order, mentions from left to right. A name stands free (`is_word_boundary`) and
  /// the two do not overlap. An empty name is found nowhere.
  /// @param corpus  a text file, which may be packed with xz.
  /// @throws Error (io, input) when it cannot be read.
  virtual ScanReport scan(const std::filesystem::path& corpus, std::span<const NamePair> pairs,
                          LetterCase letter_case,
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

/// A sentence to be parsed, and what in it counts as one word: the names of a pair.
struct ParseRequest {
  std::string sentence;
  std::vector<TextRange> names;  ///< From left to right, none overlaps another.
};

/// A parsed sentence as an undirected graph over its words.
struct SentenceParse {
  std::vector<TextRange> words;  ///< From left to right; each name of the request is one of them.
  struct Link {
    std::size_t left = 0, right = 0;  ///< Indices into `words`.
  };
  std::vector<Link> links;
};

/// Says which words of a sentence depend on which.
class DependencyParser {
 public:
  virtual ~DependencyParser() = default;
  /// One parse for each request, in order; without words where there is none. On all cores.
  virtual std::vector<SentenceParse> parse(std::span<const ParseRequest> requests) = 0;
};

/// Where parsers come from.
class ParserSource {
 public:
  virtual ~ParserSource() = default;
  /// A parser of English. @throws Error (unsupported) where its dictionary is not installed.
  virtual std::unique_ptr<DependencyParser> english() = 0;
  /// Parses of a CoNLL-U file. @throws Error (io, input) when it cannot be read.
  virtual std::unique_ptr<DependencyParser> stored(const std::filesystem::path& conllu) = 0;
};

/// The providers of an experiment; each null where it has none.
struct Providers {
  PairScanner* scanner = nullptr;
  Thesaurus* thesaurus = nullptr;
  ParserSource* parsers = nullptr;
};

}  // namespace prospect
