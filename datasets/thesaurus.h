#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "search/providers.h"

namespace prospect {

/// Where the thesaurus and the dictionary of word forms lie.
struct ThesaurusFiles {
  /// Of a MyThes thesaurus (LibreOffice's), without `.idx` and `.dat`.
  std::filesystem::path thesaurus = "/usr/share/mythes/th_en_US_v2";
  /// Of a Hunspell dictionary, without `.aff` and `.dic`.
  std::filesystem::path dictionary = "/usr/share/hunspell/en_US";
};

/// An English thesaurus that inflects: MyThes for the meanings, Hunspell for the forms. Its files
/// are opened when it is first asked.
///
/// A word that the thesaurus has no entry for is looked up by its stem, and each synonym is put
/// into the same form (plural or third person, past, -ing, -er, -est, -ly) where the dictionary
/// knows that form; others, and irregular ones, are left out. A capital first letter stays one.
/// Antonyms are left out, and so are the remarks in brackets.
/// ```
/// make_thesaurus()->synonyms("movies")  // {"films", "pictures", "moving pictures", ...}
/// ```
/// Source: Debian's `mythes-en-us` (of WordNet) and `hunspell-en-us`.
std::unique_ptr<Thesaurus> make_thesaurus(const ThesaurusFiles& files = {});

/// The spellings that an English word may take with an ending (`s`, `ed`, `ing`, `er`, `est`,
/// `ly`): which of them is right, a dictionary knows.
std::vector<std::string> spellings_with(std::string_view word, std::string_view ending);

}  // namespace prospect
