#include "datasets/detail/spans.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "core/text.h"
#include "datasets/detail/lines.h"

namespace prospect::detail {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_punctuation(char c) {
  return std::ispunct(static_cast<unsigned char>(c)) != 0;
}

// A word, and whether the next one may stand in a run with it.
struct Word {
  TextSpan span;
  bool goes_on = true;
};

std::vector<Word> words_in(std::string_view text) {
  std::vector<Word> words;
  for (std::size_t at = 0; at < text.size();) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && !is_space(text[end])) ++end;
    TextSpan span{at, end};
    while (span.begin < span.end && is_punctuation(text[span.begin])) ++span.begin;
    while (span.end > span.begin && is_punctuation(text[span.end - 1])) --span.end;
    // What is cut off before a word ends the run before it.
    if (span.begin != at && !words.empty()) words.back().goes_on = false;
    if (span.begin < span.end) {
      const std::string_view cut = text.substr(span.end, end - span.end);
      words.push_back({span, cut.empty() || cut == "'"});
    } else if (!words.empty()) {
      words.back().goes_on = false;
    }
    at = end;
  }
  return words;
}

// The byte at which the `count`-th character begins; the size at the end, npos beyond it.
std::size_t byte_of(std::string_view text, std::int64_t count) {
  std::size_t at = 0;
  for (; count > 0 && at < text.size(); --count) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  }
  return count == 0 ? at : std::string_view::npos;
}

using Marked = std::map<std::pair<std::size_t, std::size_t>, std::int32_t>;  // span -> label

Marked read_marks(const JsonReader& row, const std::string& text, const TaskData& data) {
  const auto& labels = data.task.labels;
  const std::vector<std::string> types(labels.begin(), labels.end() - 1);
  const auto spans = word_spans(text, data.format.span_words);
  Marked marked;
  for (const auto& item : row.at(data.label_field).items()) {
    item.allow_only({"begin", "end", "type", "text"});
    const std::string type = item.at("type").string();
    const auto label = std::find(types.begin(), types.end(), type);
    if (label == types.end())
      fail(ErrorKind::input, item.at("type").where(), "unknown type '", type, "'",
           suggestion(type, types));
    const std::size_t begin = byte_of(text, item.at("begin").integer(0));
    const std::size_t end = byte_of(text, item.at("end").integer(0));
    if (end == std::string::npos || begin >= end)
      fail(ErrorKind::input, item.where(), "expected 0 <= begin < end <= ", code_points(text),
           " (characters of the text), found ", item.at("begin").integer(), " and ",
           item.at("end").integer());
    const std::string covered = text.substr(begin, end - begin);
    if (item.has("text") && item.at("text").string() != covered)
      fail(ErrorKind::input, item.at("text").where(), "expected '", covered,
           "', which is at these offsets, found '", item.at("text").string(), "'");
    if (std::find(spans.begin(), spans.end(), TextSpan{begin, end}) == spans.end())
      fail(ErrorKind::input, item.where(), "expected a run of at most ", data.format.span_words,
           " whole words, found '", covered, "'; raise \"span_words\", or mark whole words");
    if (!marked.emplace(std::pair(begin, end), static_cast<std::int32_t>(label - types.begin()))
             .second)
      fail(ErrorKind::input, item.where(), "expected each span once, found '", covered, "' again");
  }
  return marked;
}

}  // namespace

std::vector<TextSpan> word_spans(std::string_view text, std::size_t most_words) {
  const std::vector<Word> words = words_in(text);
  std::vector<TextSpan> spans;
  for (std::size_t first = 0; first < words.size(); ++first)
    for (std::size_t last = first; last < std::min(words.size(), first + most_words); ++last) {
      spans.push_back({words[first].span.begin, words[last].span.end});
      if (!words[last].goes_on) break;
    }
  return spans;
}

LoadedRows load_spans(const TaskData& data, const std::filesystem::path& file,
                      const std::string& prefix) {
  const std::string& text_field = data.task.fields.at(0);
  const std::string& span_field = data.task.fields.at(1);
  const auto none = static_cast<std::int32_t>(data.task.labels.size() - 1);
  const std::string content = read_data_text(file);
  LoadedRows loaded{{}, {file, {}, {}}};
  std::size_t number = 0;
  for (const auto& line : split_lines(content, file)) {
    const std::string where = place(file, line.number);
    const JsonReader row(parse_json(line.text, where), where);
    row.allow_only({text_field, data.label_field});
    const std::string text = row.at(text_field).string();
    const Marked marked = read_marks(row, text, data);
    const std::string sentence = prefix + "-" + std::to_string(++number);
    for (const auto& span : word_spans(text, data.format.span_words)) {
      const auto mark = marked.find({span.begin, span.end});
      Example example;
      example.id = sentence + ":" + std::to_string(span.begin) + "-" + std::to_string(span.end);
      example.fields[text_field] = text;
      example.fields[span_field] = text.substr(span.begin, span.end - span.begin);
      example.label = mark == marked.end() ? none : mark->second;
      example.gold = data.task.labels[static_cast<std::size_t>(example.label)];
      example.group = sentence;
      loaded.examples.push_back(std::move(example));
      loaded.source.rows.emplace_back(line.raw);
    }
  }
  if (loaded.examples.empty())
    fail(ErrorKind::input, file.string(), "expected texts with words, found none");
  return loaded;
}

}  // namespace prospect::detail
