#include <algorithm>
#include <array>
#include <cstdio>

#include "core/error.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/models/kinds.h"
#include "scoring/tokenizers/models/merge_table.h"

namespace prospect::tokenizers {
namespace {

std::string byte_token(std::size_t byte) {
  char token[8];
  std::snprintf(token, sizeof token, "<0x%02X>", static_cast<unsigned>(byte));
  return token;
}

// Byte-pair encoding (Sennrich et al. 2016): the characters of a word are merged pair by pair, in
// the order of the list of merges.
class Bpe final : public TokenModel {
 public:
  Bpe(TokenTable table, MergeTable merges, BpeOptions options)
      : table_(std::move(table)), merges_(std::move(merges)), options_(std::move(options)) {
    if (options_.unknown_token) unknown_ = table_.id(*options_.unknown_token);
    for (std::size_t byte = 0; byte < bytes_.size(); ++byte)
      bytes_[byte] = table_.id(byte_token(byte)).value_or(-1);
    find_whole_words();
  }

  void tokenize(std::string_view word, std::vector<FoundToken>& tokens) const override {
    if (!whole_.empty()) {
      const auto id = table_.trie().find(word);
      if (id && whole_[*id]) {
        tokens.push_back({static_cast<TokenId>(*id), {0, static_cast<std::uint32_t>(word.size())}});
        return;
      }
    }
    merge(word, tokens);
  }

  std::size_t size() const override { return table_.size(); }
  std::size_t num_tokens() const override { return table_.num_tokens(); }
  std::optional<TokenId> id(std::string_view token) const override { return table_.id(token); }
  std::optional<std::string_view> token(TokenId id) const override { return table_.token(id); }
  std::optional<TokenId> unknown() const override { return unknown_; }

  Surface surface(std::string_view token) const override {
    const std::string& suffix = options_.word_suffix;
    const std::string& prefix = options_.continuing_prefix;
    if (!suffix.empty() && token.ends_with(suffix)) token.remove_suffix(suffix.size());
    const bool continuing =
        !prefix.empty() && token.size() > prefix.size() && token.starts_with(prefix);
    return {continuing ? token.substr(prefix.size()) : token, !continuing};
  }

 private:
  // A token of a word under merging; those that live are linked.
  struct Symbol {
    TokenId id;
    std::uint32_t length;  // in bytes; 0: merged into another
    std::int32_t previous, next;
  };
  // A merge that could be done when it was found.
  struct Candidate {
    std::uint32_t rank;
    std::int32_t at;
    TokenId id;
    // For a heap whose top is the least rank, of equal ones the leftmost.
    bool operator<(const Candidate& other) const {
      return rank != other.rank ? rank > other.rank : at > other.at;
    }
  };

  // Merging a token's own text need not give the token. Those whose does, and with `ignore_merges`
  // all, are found without merging: most words of a text are such tokens.
  void find_whole_words() {
    const bool marks = !options_.continuing_prefix.empty() || !options_.word_suffix.empty();
    if (marks && !options_.ignore_merges) return;
    std::vector<bool> whole(table_.size());
    std::vector<FoundToken> tokens;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const auto id = static_cast<TokenId>(i);
      const auto text = table_.token(id);
      if (!text || text->empty()) continue;
      if (!options_.ignore_merges) {
        // A text with unknown characters is merged when it is met, where that may be an error.
        if (text->size() > kLongestChecked || !covers(*text)) continue;
        tokens.clear();
        merge(*text, tokens);
        if (tokens.size() != 1 || tokens.front().id != id) continue;
      }
      whole[i] = true;
    }
    whole_ = std::move(whole);
  }

  bool covers(std::string_view text) const {
    for (std::size_t offset = 0; offset < text.size();) {
      const std::size_t begin = offset;
      next_code_point(text, offset);
      if (!table_.id(text.substr(begin, offset - begin))) return false;
    }
    return true;
  }

  void merge(std::string_view word, std::vector<FoundToken>& tokens) const {
    std::vector<Symbol> symbols;
    symbols.reserve(word.size());
    split_characters(word, symbols);
    merge_all(symbols);
    std::uint32_t at = 0;
    for (const Symbol& symbol : symbols) {
      if (symbol.length == 0) continue;
      // The bytes of marks are none of the word's.
      const std::uint32_t end =
          std::min(at + symbol.length, static_cast<std::uint32_t>(word.size()));
      tokens.push_back({symbol.id, {at, end}});
      at = end;
    }
  }

  static void add(std::vector<Symbol>& symbols, TokenId id, std::size_t length) {
    const auto place = static_cast<std::int32_t>(symbols.size());
    symbols.push_back({id, static_cast<std::uint32_t>(length), place - 1, place + 1});
  }

  void split_characters(std::string_view word, std::vector<Symbol>& symbols) const {
    std::size_t num_unknown = 0;  // bytes that wait to become an unknown token
    std::string marked;
    const auto flush = [&] {
      if (num_unknown > 0) add(symbols, unknown_or_fail(), num_unknown);
      num_unknown = 0;
    };
    for (std::size_t offset = 0; offset < word.size();) {
      const std::size_t begin = offset;
      next_code_point(word, offset);
      const std::string_view character = word.substr(begin, offset - begin);
      const bool first = begin == 0, last = offset == word.size();
      const bool is_marked = (!first && !options_.continuing_prefix.empty()) ||
                             (last && !options_.word_suffix.empty());
      const std::string_view shown = is_marked ? mark(character, first, last, marked) : character;
      if (const auto id = table_.id(shown)) {
        flush();
        add(symbols, *id, character.size());
        continue;
      }
      // As in the reference, the bytes stand before an unknown token that still waits, and those of
      // the marks are among them.
      if (options_.byte_fallback && add_bytes(shown, symbols)) continue;
      if (!options_.unknown_token) continue;  // As in the reference, it gets lost.
      if (!options_.fuse_unknown) flush();
      num_unknown += character.size();
    }
    flush();
  }

  // The character with the marks of a continuing one and of a word's end, kept in `marked`.
  std::string_view mark(std::string_view character, bool first, bool last,
                        std::string& marked) const {
    marked = first ? "" : options_.continuing_prefix;
    marked += character;
    if (last) marked += options_.word_suffix;
    return marked;
  }

  bool add_bytes(std::string_view character, std::vector<Symbol>& symbols) const {
    const auto id = [&](char c) { return bytes_[static_cast<unsigned char>(c)]; };
    if (std::any_of(character.begin(), character.end(), [&](char c) { return id(c) < 0; }))
      return false;
    for (const char c : character) add(symbols, id(c), 1);
    return true;
  }

  TokenId unknown_or_fail() const {
    if (!unknown_)
      fail(ErrorKind::model, "BPE", "expected the unknown token '", *options_.unknown_token,
           "' in the vocabulary, found no such token");
    return *unknown_;
  }

  void merge_all(std::vector<Symbol>& symbols) const {
    if (symbols.size() < 2) return;
    const auto count = static_cast<std::int32_t>(symbols.size());
    symbols.back().next = -1;
    std::vector<Candidate> heap;
    heap.reserve(2 * symbols.size());
    const auto consider = [&](std::int32_t left, std::int32_t right) {
      const MergeResult result = merges_.find(symbols[static_cast<std::size_t>(left)].id,
                                              symbols[static_cast<std::size_t>(right)].id);
      if (result.id >= 0) heap.push_back({result.rank, left, result.id});
      return result.id >= 0;
    };
    for (std::int32_t i = 0; i + 1 < count; ++i) consider(i, i + 1);
    std::make_heap(heap.begin(), heap.end());
    while (!heap.empty()) {
      std::pop_heap(heap.begin(), heap.end());
      const Candidate top = heap.back();
      heap.pop_back();
      Symbol& left = symbols[static_cast<std::size_t>(top.at)];
      if (left.length == 0 || left.next < 0) continue;
      Symbol& right = symbols[static_cast<std::size_t>(left.next)];
      // The pair may have changed since; it counts as long as it becomes the same token.
      if (merges_.find(left.id, right.id).id != top.id) continue;
      left.id = top.id;
      left.length += right.length;
      left.next = right.next;
      right.length = 0;
      if (left.next >= 0) symbols[static_cast<std::size_t>(left.next)].previous = top.at;
      if (left.previous >= 0 && consider(left.previous, top.at))
        std::push_heap(heap.begin(), heap.end());
      if (left.next >= 0 && consider(top.at, left.next)) std::push_heap(heap.begin(), heap.end());
    }
  }

  static constexpr std::size_t kLongestChecked = 256;

  TokenTable table_;
  MergeTable merges_;
  BpeOptions options_;
  std::optional<TokenId> unknown_;
  std::array<TokenId, 256> bytes_{};  // of the tokens <0x00> to <0xFF>, -1 where there is none
  std::vector<bool> whole_;           // whether merging a token's text gives the token
};

std::vector<MergeRule> read_merges(const JsonReader& reader) {
  std::vector<MergeRule> merges;
  for (const auto& item : reader.items()) {
    if (item.value().is_string()) {
      const std::string line = item.string();
      if (line.starts_with("#version")) continue;
      merges.push_back(read_merge(line, item.where()));
      continue;
    }
    const auto pair = item.strings();
    if (pair.size() != 2) item.fail_expected("a merge of two tokens");
    merges.push_back({pair[0], pair[1], item.where()});
  }
  return merges;
}

}  // namespace

MergeRule read_merge(const std::string& line, const std::string& where) {
  const std::size_t blank = line.find(' ');
  if (blank == std::string::npos || line.find(' ', blank + 1) != std::string::npos)
    fail(ErrorKind::input, where, "expected a merge of two tokens with a blank between, found '",
         line, "'");
  return {line.substr(0, blank), line.substr(blank + 1), where};
}

std::unique_ptr<const TokenModel> make_bpe(TokenTable table, const std::vector<MergeRule>& merges,
                                           const BpeOptions& options) {
  MergeTable rules(merges.size());
  const auto find = [&](const MergeRule& merge, const std::string& token) {
    const auto id = table.id(token);
    if (!id)
      fail(ErrorKind::model, merge.where, "expected a merge of tokens of the vocabulary, found '",
           merge.left, "' + '", merge.right, "', and no token '", token, "'");
    return *id;
  };
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const MergeRule& merge = merges[i];
    const TokenId left = find(merge, merge.left), right = find(merge, merge.right);
    const std::string& prefix = options.continuing_prefix;
    std::string rest = merge.right;
    if (!prefix.empty()) rest.erase(0, rest.starts_with(prefix) ? prefix.size() : rest.size());
    const TokenId merged = find(merge, merge.left + rest);
    if (merged == left || merged == right)
      fail(ErrorKind::model, merge.where, "expected a merge that makes a longer token, found '",
           merge.left, "' + '", merge.right, "', which is cyclic");
    rules.insert(left, right, {static_cast<std::uint32_t>(i), merged});
  }
  return std::make_unique<Bpe>(std::move(table), std::move(rules), options);
}

std::unique_ptr<const TokenModel> make_bpe(const JsonReader& reader) {
  if (const auto dropout = optional_member(reader, "dropout"); dropout && dropout->number() != 0)
    fail(ErrorKind::unsupported, dropout->where(),
         "expected no dropout, since a tokenizer must give the same ids each time; set it to null");
  BpeOptions options;
  if (const auto member = optional_member(reader, "unk_token"))
    options.unknown_token = member->string();
  if (const auto member = optional_member(reader, "continuing_subword_prefix"))
    options.continuing_prefix = member->string();
  if (const auto member = optional_member(reader, "end_of_word_suffix"))
    options.word_suffix = member->string();
  options.fuse_unknown = boolean_or(reader, "fuse_unk", false);
  options.byte_fallback = boolean_or(reader, "byte_fallback", false);
  options.ignore_merges = boolean_or(reader, "ignore_merges", false);
  return make_bpe(TokenTable::from_object(reader.at("vocab")), read_merges(reader.at("merges")),
                  options);
}

}  // namespace prospect::tokenizers
