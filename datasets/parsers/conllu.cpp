#include <charconv>
#include <map>
#include <optional>

#include "core/error.h"
#include "core/text.h"
#include "datasets/detail/data_variable.h"
#include "datasets/detail/lines.h"
#include "datasets/parsers/named_words.h"
#include "datasets/parsers/parsers.h"

namespace prospect {
namespace {

constexpr std::size_t kColumns = 10;
constexpr std::string_view kText = "# text = ";

struct StoredParse {
  std::vector<TextRange> words;
  std::vector<SentenceParse::Link> links;
};

// A word as the file has it: HEAD is 0 for the root. Words within a range ("3-4 du") stand in the
// text as that range does.
struct Row {
  std::string form;
  std::size_t id = 0, head = 0;
  bool space_after = true;
  std::size_t line = 0;
};
struct Block {
  std::optional<std::string> text;
  std::vector<Row> words;
  std::map<std::size_t, std::pair<std::size_t, Row>> ranges;  // first id -> last id and surface
};

std::size_t number_of(std::string_view text, const std::string& where, const char* column) {
  std::size_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size())
    fail(ErrorKind::input, where, "expected a number in the column ", column, ", found '", text,
         "'");
  return value;
}

void read_row(const std::filesystem::path& path, const detail::Line& line, Block& block) {
  const std::string where = detail::place(path, line.number);
  const auto columns = split(line.text, '\t');
  if (columns.size() != kColumns)
    fail(ErrorKind::input, where, "expected the ", kColumns, " columns of CoNLL-U, found ",
         columns.size(), "; columns are separated by tabs");
  const std::string& id = columns[0];
  if (id.find('.') != std::string::npos) return;  // a word that is not there
  Row row{columns[1], 0, 0, columns[9].find("SpaceAfter=No") == std::string::npos, line.number};
  if (const auto dash = id.find('-'); dash != std::string::npos) {
    const auto text = std::string_view(id);
    row.id = number_of(text.substr(0, dash), where, "ID");
    block.ranges[row.id] = {number_of(text.substr(dash + 1), where, "ID"), row};
    return;
  }
  row.id = number_of(id, where, "ID");
  row.head = number_of(columns[6], where, "HEAD");
  if (row.id != block.words.size() + 1)
    fail(ErrorKind::input, where, "expected word ", block.words.size() + 1, ", found ", row.id);
  block.words.push_back(std::move(row));
}

std::string joined(const Block& block) {
  std::string text;
  for (std::size_t i = 0; i < block.words.size();) {
    const auto range = block.ranges.find(block.words[i].id);
    const Row& shown = range == block.ranges.end() ? block.words[i] : range->second.second;
    text += shown.form;
    i = range == block.ranges.end() ? i + 1 : range->second.first;
    if (shown.space_after && i < block.words.size()) text += ' ';
  }
  return text;
}

// Finds the forms in the text, from left to right.
StoredParse placed(const std::filesystem::path& path, const Block& block, std::string_view text) {
  StoredParse parse;
  std::size_t at = 0, covered = 0;
  TextRange here;
  for (const auto& word : block.words) {
    const auto range = block.ranges.find(word.id);
    if (word.id > covered) {
      const Row& shown = range == block.ranges.end() ? word : range->second.second;
      const std::size_t begin = text.find(shown.form, at);
      if (begin == std::string_view::npos)
        fail(ErrorKind::input, detail::place(path, shown.line), "expected the word '", shown.form,
             "' in the sentence's text behind byte ", at, ", found it missing");
      here = {begin, begin + shown.form.size()};
      at = here.end;
      covered = range == block.ranges.end() ? word.id : range->second.first;
    }
    parse.words.push_back(here);
    if (word.head > block.words.size())
      fail(ErrorKind::input, detail::place(path, word.line), "expected a head of at most ",
           block.words.size(), ", found ", word.head);
    if (word.head > 0) parse.links.push_back({word.id - 1, word.head - 1});
  }
  return parse;
}

class StoredParser : public DependencyParser {
 public:
  explicit StoredParser(const std::filesystem::path& named) {
    const std::filesystem::path path = detail::expand_data_variable(named.string(), named.string());
    const std::string content = detail::read_data_text(path);
    Block block;
    const auto finish = [&] {
      if (!block.words.empty()) {
        const std::string text = block.text ? *block.text : joined(block);
        parses_.insert_or_assign(text, placed(path, block, text));
      }
      block = {};
    };
    for (const auto& line : detail::split_lines(content, path)) {
      if (line.text.empty())
        finish();
      else if (line.text.starts_with(kText))
        block.text = trim(line.text.substr(kText.size()));
      else if (!line.text.starts_with('#'))
        read_row(path, line, block);
    }
    finish();
    if (parses_.empty())
      fail(ErrorKind::input, path.string(), "expected sentences in CoNLL-U, found none");
  }

  std::vector<SentenceParse> parse(std::span<const ParseRequest> requests) override {
    std::vector<SentenceParse> parses;
    for (const auto& request : requests) {
      const auto known = parses_.find(request.sentence);
      parses.push_back(
          known == parses_.end()
              ? SentenceParse{}
              : detail::with_names(known->second.words, known->second.links, request.names));
    }
    return parses;
  }

 private:
  std::map<std::string, StoredParse, std::less<>> parses_;
};

}  // namespace

std::unique_ptr<DependencyParser> read_conllu(const std::filesystem::path& path) {
  return std::make_unique<StoredParser>(path);
}

}  // namespace prospect
