#pragma once

#include <filesystem>
#include <memory>

#include "search/providers.h"

namespace prospect {

/// Parses that somebody else made, in CoNLL-U. A sentence is known by its `# text`, or else by its
/// forms as SpaceAfter=No joins them; one that the file lacks has no parse.
/// @throws Error (io, input) as `path:line`.
std::unique_ptr<DependencyParser> read_conllu(const std::filesystem::path& path);

/// Link Grammar's parser of English. Its links have no direction, which a path between two words
/// does not need. A sentence of more than `kMostParsedWords` words is not parsed: time grows with
/// the third power of the length, and a limit in seconds would let the machine decide what is
/// mined. Source: Sleator and Temperley 1993, Parsing English with a Link Grammar.
/// @throws Error (unsupported) when the dictionary is not installed.
std::unique_ptr<DependencyParser> link_grammar_parser();

/// The two above, as a strategy asks for them.
ParserSource& parser_source();

inline constexpr std::size_t kMostParsedWords = 30;

}  // namespace prospect
