#pragma once

#include <cstddef>

#include "search/providers.h"

namespace prospect {

/// Scans text files, one sentence a line, plain or packed with xz.
///
/// ```
/// corpus_scanner().scan("text.xz", pairs, LetterCase::exact, [](const PairMention& m) {..});
/// ```
/// A scan reads the file once, a few chunks of a MiB at a time, on all cores. Lines that are no
/// UTF-8 or longer than `kMostSentenceBytes` are skipped and counted.
PairScanner& corpus_scanner();

inline constexpr std::size_t kMostSentenceBytes = std::size_t{64} << 10;

}  // namespace prospect
