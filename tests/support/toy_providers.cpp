#include "tests/support/toy_providers.h"

#include <algorithm>

namespace prospect::test {
namespace {

std::vector<TextRange> places_of(std::string_view name, std::string_view sentence) {
  std::vector<TextRange> places;
  if (name.empty()) return places;
  for (std::size_t at = sentence.find(name); at != std::string_view::npos;
       at = sentence.find(name, at + 1))
    if (is_word_boundary(sentence, at) && is_word_boundary(sentence, at + name.size()))
      places.push_back({at, at + name.size()});
  return places;
}

class ToyParser : public DependencyParser {
 public:
  std::vector<SentenceParse> parse(std::span<const ParseRequest> requests) override {
    std::vector<SentenceParse> parses;
    for (const auto& request : requests) parses.push_back(parse_one(request));
    return parses;
  }

 private:
  static SentenceParse parse_one(const ParseRequest& request) {
    SentenceParse parse;
    for (const auto& word : prospect::split_words(request.sentence)) {
      const auto name = std::find_if(request.names.begin(), request.names.end(),
                                     [&](const TextRange& other) { return other.overlaps(word); });
      const TextRange shown = name == request.names.end() ? word : *name;
      if (parse.words.empty() || parse.words.back() != shown) parse.words.push_back(shown);
    }
    for (std::size_t i = 1; i < parse.words.size(); ++i) parse.links.push_back({i - 1, i});
    return parse;
  }
};

}  // namespace

ToyScanner::ToyScanner()
    : sentences{"w00 w10 w20 w30 good", "w01 is w10 w20 bad",  "good w12 w11 w02", "w03 w10 bad",
                "w04 and the good",     "w05 w10 w20 w30 bad", "nothing"} {}

ScanReport ToyScanner::scan(const std::filesystem::path&, std::span<const NamePair> pairs,
                            LetterCase, const std::function<void(const PairMention&)>& found) {
  ScanReport report;
  for (const auto& sentence : sentences) {
    ++report.sentences;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      for (const auto& subject : places_of(pairs[i].subject, sentence)) {
        for (const auto& object : places_of(pairs[i].object, sentence)) {
          if (subject.overlaps(object)) continue;
          ++report.mentions;
          found({sentence, static_cast<std::size_t>(report.sentences), i, subject, object});
        }
      }
    }
  }
  return report;
}

std::unique_ptr<DependencyParser> ToyParsers::english() {
  return std::make_unique<ToyParser>();
}

}  // namespace prospect::test
