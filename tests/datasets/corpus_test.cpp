#include <doctest/doctest.h>
#include <lzma.h>
#include <oneapi/tbb/global_control.h>

#include <map>
#include <set>

#include "core/files.h"
#include "core/json.h"
#include "core/text.h"
#include "datasets/corpus/pair_scanner.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

using prospect::ErrorKind;
using prospect::LetterCase;
using prospect::NamePair;
using prospect::PairMention;
using prospect::ScanReport;
using prospect::test::expect_error;
using prospect::test::ScratchFolder;

namespace {

using Lines = std::vector<std::string>;

// Each mention as "line: pair: between the two, the names in brackets".
Lines mentions_in(const std::filesystem::path& corpus, const std::vector<NamePair>& pairs,
                  LetterCase letter_case = LetterCase::exact, ScanReport* report = nullptr) {
  Lines lines;
  const auto scan =
      prospect::corpus_scanner().scan(corpus, pairs, letter_case, [&](const PairMention& mention) {
        const auto [first, second] = std::minmax(mention.subject, mention.object);
        const std::string_view text = mention.sentence;
        lines.push_back(std::to_string(mention.number) + ": " + std::to_string(mention.pair) +
                        ": [" + std::string(first.of(text)) + "]" +
                        std::string(text.substr(first.end, second.begin - first.end)) + "[" +
                        std::string(second.of(text)) + "]");
      });
  if (report != nullptr) *report = scan;
  return lines;
}

Lines mentions_of(const std::string& text, const std::vector<NamePair>& pairs,
                  LetterCase letter_case = LetterCase::exact, ScanReport* report = nullptr) {
  const ScratchFolder folder;
  return mentions_in(folder.write("corpus.txt", text), pairs, letter_case, report);
}

std::string packed(const std::string& text) {
  std::string bytes(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  REQUIRE(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr,
                                  reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                  reinterpret_cast<std::uint8_t*>(bytes.data()), &size,
                                  bytes.size()) == LZMA_OK);
  bytes.resize(size);
  return bytes;
}

const std::vector<NamePair> kHendrix{{"Hendrix", "guitar"}};

}  // namespace

TEST_CASE("a pair is found where both names stand free, in either order") {
  CHECK(mentions_of("Hendrix played the guitar.\nNo one.\nguitar hero Hendrix", kHendrix) ==
        Lines{"1: 0: [Hendrix] played the [guitar]", "3: 0: [guitar] hero [Hendrix]"});
}

TEST_CASE("a name is not found inside of a longer word, whatever its script") {
  CHECK(mentions_of("Hendrix the guitarist\nHendrix's guitar\nHendrixé guitar\n", kHendrix) ==
        Lines{"2: 0: [Hendrix]'s [guitar]"});
}

TEST_CASE("a mention is of neighbours: neither name stands between the two") {
  CHECK(mentions_of("Hendrix, Hendrix on guitar and guitar", kHendrix) ==
        Lines{"1: 0: [Hendrix] on [guitar]"});
  CHECK(mentions_of("Hendrix on guitar by Hendrix", kHendrix) ==
        Lines{"1: 0: [Hendrix] on [guitar]", "1: 0: [guitar] by [Hendrix]"});
}

TEST_CASE("an object within the subject's own name is no mention") {
  CHECK(mentions_of("Bank of Kenya is here", {{"Bank of Kenya", "Kenya"}}).empty());
  CHECK(mentions_of("Bank of Kenya in Kenya", {{"Bank of Kenya", "Kenya"}}) ==
        Lines{"1: 0: [Bank of Kenya] in [Kenya]"});
}

TEST_CASE("all pairs of a sentence are found, in their order") {
  const std::vector<NamePair> pairs{{"C", "A"}, {"A", "B"}, {"A", "B"}, {"", "A"}};
  CHECK(mentions_of("A then B then C", pairs) ==
        Lines{"1: 0: [A] then B then [C]", "1: 1: [A] then [B]", "1: 2: [A] then [B]"});
}

TEST_CASE("letter case counts unless it is told not to, in every alphabet") {
  const std::vector<NamePair> pairs{{"école", "ПАРИЖ"}};
  CHECK(mentions_of("École in Париж", pairs).empty());
  CHECK(mentions_of("École in Париж", pairs, LetterCase::any) == Lines{"1: 0: [École] in [Париж]"});
}

TEST_CASE("lines that are no text or too long are skipped and counted, others around them found") {
  const std::string good = "Hendrix on guitar\r\n";
  const std::string wide(3 << 20, 'x');
  ScanReport report;
  const Lines lines = mentions_of(good + "Hendrix \xFF guitar\n" + wide + "\n" + good, kHendrix,
                                  LetterCase::exact, &report);
  CHECK(lines == Lines{"1: 0: [Hendrix] on [guitar]", "4: 0: [Hendrix] on [guitar]"});
  CHECK(report.sentences == 2);
  CHECK(report.skipped == 2);
  CHECK(report.mentions == 2);
}

// Small sets of names went astray at a text's end, see name_matcher.cpp.
TEST_CASE("a pair is found at a text's end, however long the stretch before it") {
  for (std::size_t size = 0; size < 300; size += 11) {
    CAPTURE(size);
    const Lines lines = mentions_of(std::string(size, '-') + "\nHendrix on guitar", kHendrix);
    CHECK(lines.size() == 1);
  }
}

TEST_CASE("packed text gives what plain text gives, and a cut or damaged one is refused") {
  const ScratchFolder folder;
  std::string text;
  for (int i = 0; i < 100'000; ++i)
    text += i % 1000 == 0 ? "Hendrix on guitar\n" : "A sentence about nothing.\n";
  const std::string xz = packed(text);
  const Lines plain = mentions_in(folder.write("a.txt", text), kHendrix);
  CHECK(plain.size() == 100);
  CHECK(mentions_in(folder.write("a.xz", xz), kHendrix) == plain);
  CHECK(mentions_in(folder.write("two.xz", xz + packed("x\n")), kHendrix) == plain);
  expect_error(ErrorKind::input, "cut off",
               [&] { mentions_in(folder.write("cut.xz", xz.substr(0, xz.size() / 2)), kHendrix); });
  std::string broken = xz;
  for (std::size_t i = xz.size() / 2; i < xz.size() / 2 + 8; ++i) broken[i] ^= 0x55;
  expect_error(ErrorKind::input, "damaged",
               [&] { mentions_in(folder.write("bad.xz", broken), kHendrix); });
}

TEST_CASE("a scan gives the same mentions in the same order on any number of threads") {
  std::string text;
  for (int i = 0; i < 200'000; ++i)
    text +=
        (i % 7 == 0 ? "Hendrix on guitar " : "Hendrix plays the drum ") + std::to_string(i) + "\n";
  const std::vector<NamePair> pairs{{"Hendrix", "drum"}, {"Hendrix", "guitar"}};
  const Lines many = mentions_of(text, pairs);
  CHECK(many.size() == 200'000);

  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  CHECK(mentions_of(text, pairs) == many);
}

TEST_CASE("a corpus that is missing, a folder, empty or no text is refused") {
  const ScratchFolder folder;
  expect_error(ErrorKind::io, "no.txt", [&] { mentions_in(folder.path() / "no.txt", kHendrix); });
  expect_error(ErrorKind::input, "folder", [&] { mentions_in(folder.path(), kHendrix); });
  expect_error(ErrorKind::input, "a sentence a line",
               [&] { mentions_in(folder.write("empty.txt", ""), kHendrix); });
  expect_error(ErrorKind::input, "a sentence a line",
               [&] { mentions_in(folder.write("binary", "\xFF\xFE\n\xFF\n"), kHendrix); });
}

TEST_CASE("the shared corpus holds the pairs that its own count names") {
  if (!prospect::test::has_shared("data/corpus")) return;
  const auto data = prospect::test::shared_folder() / "data";
  std::vector<NamePair> pairs;
  std::vector<std::string> relations;
  const auto counts = prospect::read_json_file(data / "corpus" / "pair-counts.json");
  for (const auto& [relation, unused] : counts.items()) {
    const auto facts = prospect::read_text_file(data / "lama" / "facts" / (relation + ".jsonl"));
    for (const auto& line : prospect::split(facts, '\n')) {
      if (line.empty()) continue;
      const auto fact = prospect::Json::parse(line);
      pairs.push_back({fact.at("sub_label"), fact.at("obj_label")});
      relations.push_back(relation);
    }
  }
  std::map<std::string, std::set<std::size_t>> found;
  const auto report = prospect::corpus_scanner().scan(
      data / "corpus" / "sentences.txt.xz", pairs, LetterCase::exact,
      [&](const PairMention& mention) { found[relations[mention.pair]].insert(mention.pair); });

  CHECK(report.sentences == 107'426);
  std::size_t num_found = 0, num_known = 0;
  for (const auto& [relation, count] : counts.items()) {
    num_found += found[relation].size();
    num_known += count.at("pairs_found").get<std::size_t>();
  }
  // Names that begin or end with a mark leave room for two opinions about a boundary.
  CHECK(num_found >= num_known - num_known / 500);
  CHECK(num_found <= num_known + num_known / 500);
}
