#include "datasets/corpus/pair_scanner.h"

#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_pipeline.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "datasets/corpus/name_matcher.h"
#include "datasets/corpus/text_source.h"

namespace prospect {
namespace {

using detail::NameMatch;
using detail::NameMatcher;

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

// Names are matched once, however many pairs they stand in.
struct Names {
  std::vector<std::string> texts;
  // Of each name, the pairs that it is the subject of: the object's name and the pair.
  std::vector<std::vector<std::pair<std::uint32_t, std::size_t>>> pairs;
};

Names names_of(std::span<const NamePair> pairs, LetterCase letter_case) {
  Names names;
  std::unordered_map<std::string, std::uint32_t> known;
  const auto index_of = [&](const std::string& name) {
    std::string form = letter_case == LetterCase::any ? lower_same_length(name) : name;
    const auto [place, is_new] = known.emplace(form, names.texts.size());
    if (is_new) {
      names.texts.push_back(std::move(form));
      names.pairs.emplace_back();
    }
    return place->second;
  };
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const std::uint32_t subject = index_of(pairs[i].subject), object = index_of(pairs[i].object);
    names.pairs[subject].emplace_back(object, i);
  }
  return names;
}

struct Chunk {
  std::string text;            // whole lines
  std::size_t first_line = 1;  // the number of its first one
  ScanReport report;
  std::vector<PairMention> mentions;
};

// Cuts a source into chunks of whole lines.
class ChunkReader {
 public:
  explicit ChunkReader(const std::filesystem::path& path)
      : source_(detail::open_text_source(path)) {}

  // Null at the end.
  std::shared_ptr<Chunk> next() {
    auto chunk = std::make_shared<Chunk>();
    chunk->text = std::move(rest_);
    rest_.clear();
    chunk->first_line = line_;
    std::size_t end = std::string::npos;
    while (end == std::string::npos) {
      const std::size_t known = chunk->text.size();
      if (!source_->read(chunk->text, kChunkBytes)) {
        end = chunk->text.size();
        break;
      }
      end = chunk->text.rfind('\n');
      if (end != std::string::npos && end >= known) {
        ++end;
      } else {
        end = std::string::npos;
        drop_middle(chunk->text);
      }
    }
    rest_ = chunk->text.substr(end);
    chunk->text.resize(end);
    if (chunk->text.empty()) return nullptr;
    line_ += static_cast<std::size_t>(std::count(chunk->text.begin(), chunk->text.end(), '\n'));
    return chunk;
  }

 private:
  // A line that is too long for a sentence need not be kept to be counted as one.
  static void drop_middle(std::string& text) {
    const std::size_t begin = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
    if (text.size() - begin > 2 * kMostSentenceBytes) text.resize(begin + 2 * kMostSentenceBytes);
  }

  std::unique_ptr<detail::TextSource> source_;
  std::string rest_;
  std::size_t line_ = 1;
};

class LineScanner {
 public:
  LineScanner(std::span<const NamePair> pairs, LetterCase letter_case)
      : names_(names_of(pairs, letter_case)), matcher_(names_.texts, letter_case) {}

  void scan(Chunk& chunk) const {
    const std::vector<NameMatch> matches = matcher_.find(chunk.text);
    auto match = matches.begin();
    std::size_t number = chunk.first_line;
    for (std::size_t begin = 0; begin < chunk.text.size(); ++number) {
      const std::size_t newline = std::min(chunk.text.find('\n', begin), chunk.text.size());
      const auto first = match;
      while (match != matches.end() && match->range.end <= newline) ++match;
      scan_line(chunk, {begin, newline}, number, {first, match});
      begin = newline + 1;
    }
  }

 private:
  using Occurrences = std::map<std::uint32_t, std::vector<TextRange>>;

  void scan_line(Chunk& chunk, TextRange line, std::size_t number,
                 std::span<const NameMatch> matches) const {
    std::string_view sentence = line.of(chunk.text);
    if (sentence.ends_with('\r')) sentence.remove_suffix(1);
    if (sentence.empty()) return;
    if (sentence.size() > kMostSentenceBytes || invalid_utf8(sentence)) {
      ++chunk.report.skipped;
      return;
    }
    ++chunk.report.sentences;
    if (matches.size() < 2) return;
    Occurrences found;
    for (const auto& match : matches)
      if (match.range.begin >= line.begin)  // else the name holds a line break
        found[match.name].push_back({match.range.begin - line.begin, match.range.end - line.begin});
    std::vector<PairMention> mentions;
    for (const auto& [subject, places] : found) {
      for (const auto& [object, pair] : names_.pairs[subject]) {
        const auto other = found.find(object);
        if (other == found.end()) continue;
        add_mentions({sentence, number, pair, {}, {}}, places, other->second, mentions);
      }
    }
    std::stable_sort(mentions.begin(), mentions.end(),
                     [](const auto& a, const auto& b) { return a.pair < b.pair; });
    chunk.mentions.insert(chunk.mentions.end(), mentions.begin(), mentions.end());
  }

  // Both lists are in order of standing. An object within a subject is a part of its name.
  static void add_mentions(PairMention mention, const std::vector<TextRange>& subjects,
                           const std::vector<TextRange>& objects,
                           std::vector<PairMention>& mentions) {
    struct Place {
      TextRange range;
      bool is_subject;
    };
    std::vector<Place> places;
    for (const auto& subject : subjects) places.push_back({subject, true});
    for (const auto& object : objects)
      if (std::none_of(subjects.begin(), subjects.end(),
                       [&](const TextRange& subject) { return subject.overlaps(object); }))
        places.push_back({object, false});
    std::sort(places.begin(), places.end(),
              [](const Place& a, const Place& b) { return a.range < b.range; });
    for (std::size_t i = 1; i < places.size(); ++i) {
      if (places[i - 1].is_subject == places[i].is_subject) continue;
      const bool subject_first = places[i - 1].is_subject;
      mention.subject = places[subject_first ? i - 1 : i].range;
      mention.object = places[subject_first ? i : i - 1].range;
      mentions.push_back(mention);
    }
  }

  Names names_;
  NameMatcher matcher_;
};

class CorpusScanner : public PairScanner {
 public:
  void check(const std::filesystem::path& corpus) override {
    if (corpus.empty())
      fail(ErrorKind::input, "corpus", "expected the path of a text with one sentence a line, ",
           "plain or packed with xz; found none");
    detail::open_text_source(corpus);
  }

  ScanReport scan(const std::filesystem::path& corpus, std::span<const NamePair> pairs,
                  LetterCase letter_case,
                  const std::function<void(const PairMention&)>& found) override {
    check(corpus);  // before the names are compiled
    ChunkReader reader(corpus);
    const LineScanner scanner(pairs, letter_case);
    ScanReport report;
    const auto read = [&](tbb::flow_control& flow) {
      auto chunk = reader.next();
      if (chunk == nullptr) flow.stop();
      return chunk;
    };
    const auto search = [&](std::shared_ptr<Chunk> chunk) {
      scanner.scan(*chunk);
      return chunk;
    };
    const auto deliver = [&](const std::shared_ptr<Chunk>& chunk) {
      report.sentences += chunk->report.sentences;
      report.skipped += chunk->report.skipped;
      report.mentions += static_cast<std::int64_t>(chunk->mentions.size());
      for (const auto& mention : chunk->mentions) found(mention);
    };
    using tbb::filter_mode;
    const auto in_flight = 2 * static_cast<std::size_t>(tbb::info::default_concurrency());
    tbb::parallel_pipeline(
        in_flight,
        tbb::make_filter<void, std::shared_ptr<Chunk>>(filter_mode::serial_in_order, read) &
            tbb::make_filter<std::shared_ptr<Chunk>, std::shared_ptr<Chunk>>(filter_mode::parallel,
                                                                             search) &
            tbb::make_filter<std::shared_ptr<Chunk>, void>(filter_mode::serial_in_order, deliver));
    if (report.sentences == 0 || report.sentences < report.skipped)
      fail(ErrorKind::input, corpus.string(), "expected a sentence a line in UTF-8, found ",
           report.sentences, " of them and ", report.skipped,
           " lines that are no text or too long; is it a text file?");
    return report;
  }
};

}  // namespace

PairScanner& corpus_scanner() {
  static CorpusScanner scanner;
  return scanner;
}

}  // namespace prospect
