#include "datasets/thesaurus.h"

#include <algorithm>
#include <hunspell/hunspell.hxx>
#include <mythes.hxx>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEndings[] = {"s", "ed", "ing", "er", "est", "ly"};

bool is_vowel(char c) {
  return std::string_view("aeiou").find(c) != std::string_view::npos;
}

std::string path_of(const fs::path& stem, const char* extension, const char* package) {
  fs::path path = stem;
  path += extension;
  if (!fs::exists(path))
    fail(ErrorKind::io, path.string(), "expected a file of Debian's package ", package,
         ", found none; install the package");
  return path.string();
}

// "film (generic term)" without its remark; nothing for an antonym.
std::optional<std::string> without_remark(std::string text) {
  if (text.find("(antonym)") != std::string::npos) return std::nullopt;
  if (const std::size_t remark = text.find(" ("); remark != std::string::npos) text.resize(remark);
  return text;
}

class MyThesaurus final : public Thesaurus {
 public:
  explicit MyThesaurus(ThesaurusFiles files) : files_(std::move(files)) {}

  std::vector<std::string> synonyms(std::string_view word) override {
    open();
    const std::string lowered = lower(std::string(word));
    std::vector<std::string> found;
    const auto add = [&](std::string synonym) {
      if (lower(synonym) != lowered &&
          std::find(found.begin(), found.end(), synonym) == found.end())
        found.push_back(std::move(synonym));
    };
    for (auto& synonym : entry(lowered)) add(std::move(synonym));
    if (found.empty())
      for (const auto& [stem, ending] : forms_of(lowered))
        for (const auto& synonym : entry(stem))
          if (auto inflected = inflect(synonym, ending)) add(std::move(*inflected));
    if (!word.empty() && word.front() >= 'A' && word.front() <= 'Z')
      for (auto& synonym : found)
        if (synonym.front() >= 'a' && synonym.front() <= 'z')
          synonym.front() = static_cast<char>(synonym.front() - 'a' + 'A');
    return found;
  }

 private:
  void open() {
    if (thesaurus_) return;
    const char* const meanings = "mythes-en-us";
    const char* const forms = "hunspell-en-us";
    const std::string index = path_of(files_.thesaurus, ".idx", meanings);
    const std::string data = path_of(files_.thesaurus, ".dat", meanings);
    const std::string rules = path_of(files_.dictionary, ".aff", forms);
    const std::string words = path_of(files_.dictionary, ".dic", forms);
    dictionary_ = std::make_unique<Hunspell>(rules.c_str(), words.c_str());
    thesaurus_ = std::make_unique<MyThes>(index.c_str(), data.c_str());
    if (thesaurus_->get_th_encoding() == nullptr)
      fail(ErrorKind::input, data, "expected a MyThes thesaurus, found none that can be read");
  }

  // The synonyms of a headword, meaning after meaning.
  std::vector<std::string> entry(const std::string& word) const {
    std::vector<std::string> found;
    mentry* meanings = nullptr;
    const int count = thesaurus_->Lookup(word.c_str(), static_cast<int>(word.size()), &meanings);
    for (int m = 0; m < count; ++m)
      for (int s = 0; s < meanings[m].count; ++s)
        if (auto synonym = without_remark(meanings[m].psyns[s]))
          if (std::find(found.begin(), found.end(), *synonym) == found.end() && *synonym != word)
            found.push_back(std::move(*synonym));
    if (count > 0) thesaurus_->CleanUpAfterLookup(&meanings, count);
    return found;
  }

  // The stems of a word, each with the ending that makes the word of it.
  std::vector<std::pair<std::string, std::string>> forms_of(const std::string& word) const {
    std::vector<std::pair<std::string, std::string>> forms;
    for (const auto& stem : dictionary_->stem(word))
      for (const std::string_view ending : kEndings) {
        const auto spellings = spellings_with(stem, ending);
        if (std::find(spellings.begin(), spellings.end(), word) != spellings.end())
          forms.emplace_back(stem, ending);
      }
    return forms;
  }

  // Of several words the last is inflected.
  std::optional<std::string> inflect(const std::string& synonym, const std::string& ending) const {
    const std::size_t space = synonym.rfind(' ');
    const std::size_t begin = space == std::string::npos ? 0 : space + 1;
    const std::string last = synonym.substr(begin);
    for (auto& spelling : spellings_with(last, ending)) {
      if (!dictionary_->spell(spelling)) continue;
      const auto stems = dictionary_->stem(spelling);
      if (std::find(stems.begin(), stems.end(), last) != stems.end())
        return synonym.substr(0, begin) + spelling;
    }
    return std::nullopt;
  }

  ThesaurusFiles files_;
  std::unique_ptr<MyThes> thesaurus_;
  std::unique_ptr<Hunspell> dictionary_;
};

}  // namespace

std::vector<std::string> spellings_with(std::string_view word, std::string_view ending) {
  if (word.size() < 2 || ending.empty()) return {};
  const std::string stem(word);
  const std::string shorter = stem.substr(0, stem.size() - 1);
  const char last = stem.back(), before = stem[stem.size() - 2];
  const bool ends_in_y = last == 'y' && !is_vowel(before);
  std::vector<std::string> spellings;
  if (ending == "s") {
    if (ends_in_y) return {shorter + "ies"};
    return {stem + "s", stem + "es"};
  }
  if (ending == "ly") {
    if (ends_in_y) return {shorter + "ily"};
    if (stem.ends_with("le")) return {shorter + "y", stem + "ly"};
    if (stem.ends_with("ic")) return {stem + "ally", stem + "ly"};
    return {stem + "ly"};
  }
  const std::string tail(ending);
  if (ends_in_y && ending != "ing") return {shorter + "i" + tail};
  if (last == 'e') return {shorter + tail, stem + tail};
  // "stop" doubles its last letter, "walk" and "rain" do not; "visit" is left to the dictionary.
  if (!is_vowel(last) && is_vowel(before)) return {stem + last + tail, stem + tail};
  return {stem + tail};
}

std::unique_ptr<Thesaurus> make_thesaurus(const ThesaurusFiles& files) {
  return std::make_unique<MyThesaurus>(files);
}

}  // namespace prospect
