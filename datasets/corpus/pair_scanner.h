#pragma once

#include <filesystem>
#include <memory>

#include "search/providers.h"

namespace prospect {

/// A text file, one sentence a line, plain or packed with xz.
///
/// ```
/// open_corpus("sentences.txt.xz")->scan(pairs, LetterCase::exact, [](const PairMention& m) {..});
/// ```
/// A scan reads it once, a few chunks of a MiB at a time, on all cores. Lines that are no UTF-8 or
/// longer than `kMostSentenceBytes` are skipped and counted.
/// @throws Error (io, input) when it cannot be opened.
std::unique_ptr<PairScanner> open_corpus(const std::filesystem::path& path);

inline constexpr std::size_t kMostSentenceBytes = std::size_t{64} << 10;

}  // namespace prospect
