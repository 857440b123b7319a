#include "search/mining/stop_words.h"

#include <algorithm>
#include <iterator>

namespace prospect {
namespace {

// Sorted by bytes.
constexpr std::string_view kStopWords[] = {
    "'d",         "'ll",   "'m",      "'re",     "'s",       "'ve",    "a",       "about",
    "above",      "after", "again",   "against", "all",      "also",   "am",      "an",
    "and",        "any",   "are",     "as",      "at",       "be",     "because", "been",
    "before",     "being", "below",   "between", "both",     "but",    "by",      "can",
    "could",      "did",   "do",      "does",    "doing",    "down",   "during",  "each",
    "for",        "from",  "had",     "has",     "have",     "having", "he",      "her",
    "here",       "hers",  "herself", "him",     "himself",  "his",    "how",     "i",
    "if",         "in",    "into",    "is",      "it",       "its",    "itself",  "may",
    "me",         "might", "must",    "my",      "myself",   "no",     "nor",     "not",
    "of",         "off",   "on",      "only",    "or",       "other",  "our",     "ours",
    "ourselves",  "out",   "over",    "own",     "shall",    "she",    "should",  "so",
    "some",       "such",  "than",    "that",    "the",      "their",  "theirs",  "them",
    "themselves", "then",  "there",   "these",   "they",     "this",   "those",   "through",
    "to",         "too",   "under",   "until",   "up",       "upon",   "us",      "very",
    "was",        "we",    "were",    "what",    "when",     "where",  "which",   "while",
    "who",        "whom",  "whose",   "why",     "will",     "with",   "within",  "without",
    "would",      "you",   "your",    "yours",   "yourself", "’d",     "’ll",     "’m",
    "’re",        "’s",    "’ve"};
static_assert(std::is_sorted(std::begin(kStopWords), std::end(kStopWords)));

}  // namespace

bool is_stop_word(std::string_view word) {
  return std::binary_search(std::begin(kStopWords), std::end(kStopWords), word);
}

}  // namespace prospect
