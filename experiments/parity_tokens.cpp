#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "experiments/parity.h"

namespace prospect {
namespace {

std::vector<TokenId> ids_of(const JsonReader& reader) {
  std::vector<TokenId> ids;
  for (const auto& item : reader.items())
    ids.push_back(static_cast<TokenId>(item.integer(0, INT32_MAX)));
  return ids;
}

// What differs between two encodings of one text, collected for a check's note.
class Differences {
 public:
  explicit Differences(std::string& note) : note_(note) {}

  template <class Value>
  void expect(bool equal, const std::string& what, const Value& found) {
    if (equal) return;
    ++count_;
    if (!note_.empty()) return;  // the first one says enough
    note_ = what + " differs, found " + dump_json(Json(found));
  }
  double count() const { return count_; }

 private:
  std::string& note_;
  double count_ = 0;
};

// Byte offsets as the reference counts, in characters; a byte inside of a character stands for the
// whole of it.
std::vector<std::array<std::size_t, 2>> character_offsets(const Encoding& encoding,
                                                          std::string_view text) {
  std::vector<std::size_t> character(text.size() + 1);  // of each byte
  std::size_t started = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) ++started;
    character[i] = started - 1;
  }
  character[text.size()] = started;
  std::vector<std::array<std::size_t, 2>> offsets;
  for (const auto& span : encoding.offsets) {
    if (span.sequence < 0)
      offsets.push_back({0, 0});
    else
      offsets.push_back({character.at(span.begin), span.end == span.begin
                                                       ? character.at(span.begin)
                                                       : character.at(span.end - 1) + 1});
  }
  return offsets;
}

double compare_string(const Tokenizer& tokenizer, const std::string& text, const JsonReader& row,
                      std::size_t truncated_to, std::string& note) {
  Differences differences(note);
  const Encoding encoding = tokenizer.encode_pair(text, std::nullopt, true);
  const auto plain = tokenizer.encode(text, false);
  differences.expect(encoding.ids == ids_of(row.at("ids")), "ids", encoding.ids);
  differences.expect(plain == ids_of(row.at("plain")), "plain", plain);
  if (row.has("offsets")) {
    const auto offsets = character_offsets(encoding, text);
    differences.expect(Json(offsets) == row.at("offsets").value(), "offsets", offsets);
  }
  const auto ids = ids_of(row.at("ids"));
  if (row.has("decoded")) {
    const std::string decoded = tokenizer.decode(ids, true);
    differences.expect(decoded == row.at("decoded").string(), "decoded", decoded);
  }
  if (row.has("decoded_all")) {
    const std::string decoded = tokenizer.decode(ids, false);
    differences.expect(decoded == row.at("decoded_all").string(), "decoded_all", decoded);
  }
  if (row.has("truncated")) {
    const auto cut = tokenizer.encode_pair(text, std::nullopt, true, Truncation{truncated_to}).ids;
    differences.expect(cut == ids_of(row.at("truncated")), "truncated", cut);
  }
  return differences.count();
}

void compare_encoding(const Encoding& encoding, const JsonReader& row, const std::string& what,
                      Differences& differences) {
  differences.expect(encoding.ids == ids_of(row.at("ids")), what + "ids", encoding.ids);
  if (row.has("type_ids"))
    differences.expect(encoding.type_ids == ids_of(row.at("type_ids")), what + "type_ids",
                       encoding.type_ids);
}

void compare_cut(const Tokenizer& tokenizer, const std::vector<std::string>& pair,
                 const JsonReader& row, Truncation truncation, const std::string& what,
                 Differences& differences) {
  std::optional<Encoding> encoding;
  try {
    encoding = tokenizer.encode_pair(pair[0], pair[1], true, truncation);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
  }
  if (row.value().is_null())
    differences.expect(!encoding, what + " (which cannot be done)", "a result");
  else if (!encoding)
    differences.expect(false, what, "a refusal");
  else
    compare_encoding(*encoding, row, what + " ", differences);
}

double compare_pair(const Tokenizer& tokenizer, const std::vector<std::string>& pair,
                    const JsonReader& row, std::size_t truncated_to, std::string& note) {
  Differences differences(note);
  compare_encoding(tokenizer.encode_pair(pair[0], pair[1], true), row, "", differences);
  // A reader that recorded no segments recorded no truncation either.
  if (!row.has("type_ids")) return differences.count();
  compare_cut(tokenizer, pair, row.at("only_first"), {truncated_to, Truncation::Side::only_first},
              "only_first", differences);
  compare_cut(tokenizer, pair, row.at("only_second"), {truncated_to, Truncation::Side::only_second},
              "only_second", differences);
  return differences.count();
}

std::vector<JsonReader> parallel_items(const JsonReader& reader, std::size_t count,
                                       const std::string& other) {
  auto items = reader.items();
  if (items.size() != count)
    fail(ErrorKind::input, reader.where(), "expected ", count, " items, as ", other, " has, found ",
         items.size());
  return items;
}

}  // namespace

void check_tokens(const Tokenizer& tokenizer, const JsonReader& tokens, const JsonReader& strings,
                  ParityReport& report) {
  const auto truncated_to = static_cast<std::size_t>(tokens.at("truncated_to").integer(0, 1 << 20));
  report.run("tokens/size", 0, [&](std::string& note) {
    Differences differences(note);
    const auto size = static_cast<std::size_t>(tokens.at("size").integer(0, INT32_MAX));
    // The pieces of a SentencePiece model are counted without the tokens that a family adds.
    const bool whole = tokens.at("source").string().find(".json") != std::string::npos;
    differences.expect(whole ? tokenizer.size() == size : tokenizer.size() >= size,
                       "vocabulary size", tokenizer.size());
    return differences.count();
  });

  const auto texts = strings.at("strings").items();
  const auto rows = parallel_items(tokens.at("strings"), texts.size(), strings.where());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string name = "tokens/" + std::to_string(i);
    if (rows[i].value().is_null()) {
      report.skipped.push_back({name, "the reference has no value for this string"});
      continue;
    }
    report.run(name, 0, [&](std::string& note) {
      return compare_string(tokenizer, texts[i].string(), rows[i], truncated_to, note);
    });
  }

  const auto pairs = strings.at("pairs").items();
  const auto pair_rows = parallel_items(tokens.at("pairs"), pairs.size(), strings.where());
  for (std::size_t i = 0; i < pair_rows.size(); ++i) {
    const auto pair = pairs[i].strings();
    if (pair.size() != 2) pairs[i].fail_expected("two texts");
    if (pair_rows[i].value().is_null() || pair_rows[i].at("ids").value().is_null()) {
      report.skipped.push_back(
          {"pairs/" + std::to_string(i), "the reference has no value for this pair"});
      continue;
    }
    report.run("pairs/" + std::to_string(i), 0, [&](std::string& note) {
      return compare_pair(tokenizer, pair, pair_rows[i], truncated_to, note);
    });
  }
}

void check_input_ids(const Tokenizer& tokenizer, const JsonReader& golden, ParityReport& report) {
  std::size_t index = 0;
  for (const auto& input : golden.at("inputs").items()) {
    report.run("input_ids/" + std::to_string(index++), 0, [&](std::string& note) {
      Differences differences(note);
      std::optional<std::string> pair;
      if (input.has("pair") && !input.at("pair").value().is_null())
        pair = input.at("pair").string();
      const Encoding encoding = tokenizer.encode_pair(input.at("text").string(), pair, true);
      differences.expect(encoding.ids == ids_of(input.at("input_ids")), "ids", encoding.ids);
      if (input.has("token_type_ids"))
        differences.expect(encoding.type_ids == ids_of(input.at("token_type_ids")), "type_ids",
                           encoding.type_ids);
      return differences.count();
    });
  }
}

}  // namespace prospect
