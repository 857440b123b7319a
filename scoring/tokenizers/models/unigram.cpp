#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>

#include "core/error.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/models/kinds.h"

namespace prospect::tokenizers {
namespace {

// How much worse than the worst token an unknown character is.
constexpr double kUnknownPenalty = 10.0;

// The tokens whose scores (log-probabilities) have the largest sum (Kudo 2018), found by Viterbi's
// algorithm.
class Unigram final : public TokenModel {
 public:
  Unigram(TokenTable table, std::vector<double> scores, std::optional<TokenId> unknown,
          bool byte_fallback, std::string where)
      : table_(std::move(table)),
        scores_(std::move(scores)),
        unknown_(unknown),
        where_(std::move(where)) {
    unknown_score_ = *std::min_element(scores_.begin(), scores_.end()) - kUnknownPenalty;
    for (std::size_t byte = 0; byte < bytes_.size(); ++byte) {
      char token[8];
      std::snprintf(token, sizeof token, "<0x%02X>", static_cast<unsigned>(byte));
      bytes_[byte] = byte_fallback ? table_.id(token).value_or(-1) : -1;
    }
  }

  void tokenize(std::string_view word, std::vector<FoundToken>& tokens) const override {
    const std::vector<Node> ends = best_ends(word);
    const std::size_t before = tokens.size();
    for (std::size_t end = word.size(); end > 0;) {
      std::size_t begin = ends[end].begin;
      const bool unknown = ends[end].id == unknown_;
      // Unknown characters side by side are one token.
      while (unknown && begin > 0 && ends[begin].id == unknown_) begin = ends[begin].begin;
      add_backwards(word, begin, end, ends[end].id, tokens);
      end = begin;
    }
    std::reverse(tokens.begin() + static_cast<std::ptrdiff_t>(before), tokens.end());
  }

  std::size_t size() const override { return table_.size(); }
  std::size_t num_tokens() const override { return table_.num_tokens(); }
  std::optional<TokenId> id(std::string_view token) const override { return table_.id(token); }
  std::optional<std::string_view> token(TokenId id) const override { return table_.token(id); }
  std::optional<TokenId> unknown() const override { return unknown_; }
  Surface surface(std::string_view token) const override { return {token, true}; }

 private:
  // The best way to reach a place of a word: its last token.
  struct Node {
    double score = 0;
    std::size_t begin = kUnreached;
    TokenId id = 0;
  };
  static constexpr std::size_t kUnreached = std::numeric_limits<std::size_t>::max();

  std::vector<Node> best_ends(std::string_view word) const {
    std::vector<Node> ends(word.size() + 1);
    const auto reach = [&](std::size_t begin, std::size_t end, TokenId id, double score) {
      Node& node = ends[end];
      const double sum = score + ends[begin].score;
      if (node.begin == kUnreached || sum > node.score) node = {sum, begin, id};
    };
    for (std::size_t begin = 0; begin < word.size();) {
      std::size_t next = begin;
      next_code_point(word, next);
      bool covered = false;
      std::uint32_t node = ByteTrie::root();
      for (std::size_t end = begin; end < word.size();) {
        node = table_.trie().child(node, static_cast<unsigned char>(word[end++]));
        if (node == ByteTrie::kNone) break;
        const std::uint32_t id = table_.trie().value(node);
        if (id == ByteTrie::kNone) continue;
        reach(begin, end, static_cast<TokenId>(id), scores_[id]);
        covered = covered || end == next;
      }
      if (!covered) {
        if (!unknown_)
          fail(ErrorKind::model, where_, "expected tokens for '", word.substr(begin, next - begin),
               "', found none and no unk_id");
        reach(begin, next, *unknown_, unknown_score_);
      }
      begin = next;
    }
    return ends;
  }

  void add_backwards(std::string_view word, std::size_t begin, std::size_t end, TokenId id,
                     std::vector<FoundToken>& tokens) const {
    const Range range{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
    if (id != unknown_) {
      tokens.push_back({id, range});
      return;
    }
    const std::string_view text = word.substr(begin, end - begin);
    const auto known = table_.id(text);
    const auto byte = [&](char c) { return bytes_[static_cast<unsigned char>(c)]; };
    const bool fall_back =
        !known && std::all_of(text.begin(), text.end(), [&](char c) { return byte(c) >= 0; });
    if (!fall_back) {
      tokens.push_back({known.value_or(id), range});
      return;
    }
    // Each byte's token stands for the whole text, as in the reference.
    for (auto c = text.rbegin(); c != text.rend(); ++c) tokens.push_back({byte(*c), range});
  }

  TokenTable table_;
  std::vector<double> scores_;
  std::optional<TokenId> unknown_;
  std::string where_;
  double unknown_score_ = 0;
  std::array<TokenId, 256> bytes_{};  // of the tokens <0x00> to <0xFF>, -1 where there is none
};

// The reference's reader of JSON rounds a number twice: its digits to a double, and that times a
// power of ten. Scores must be the same to the last bit, since many sums are equal but for order.
double read_as_reference(double score) {
  char text[40];
  const auto end =
      std::to_chars(text, text + sizeof text, std::abs(score), std::chars_format::scientific).ptr;
  std::uint64_t digits = 0;
  int exponent = 0;
  const char* at = text;
  for (bool fraction = false; at != end && *at != 'e'; ++at) {
    if (*at == '.') {
      fraction = true;
      continue;
    }
    digits = digits * 10 + static_cast<std::uint64_t>(*at - '0');
    exponent -= fraction ? 1 : 0;
  }
  int written = 0;
  if (at != end) std::from_chars(at[1] == '+' ? at + 2 : at + 1, end, written);
  exponent += written;
  constexpr int kLargest = 22;  // Such powers of ten are exact.
  if (std::abs(exponent) > kLargest) return score;
  double power = 1;
  for (int i = 0; i < std::abs(exponent); ++i) power *= 10;
  const auto value = static_cast<double>(digits);
  return std::copysign(exponent < 0 ? value / power : value * power, score);
}

}  // namespace

std::unique_ptr<const TokenModel> make_unigram(const JsonReader& reader) {
  const JsonReader vocabulary = reader.at("vocab");
  std::vector<std::string> tokens;
  std::vector<double> scores;
  if (!vocabulary.value().is_array()) vocabulary.fail_expected("a list of tokens and scores");
  for (const auto& item : vocabulary.items()) {
    const auto pair = item.items();
    if (pair.size() != 2) item.fail_expected("a token and its score");
    tokens.push_back(pair[0].string());
    scores.push_back(read_as_reference(pair[1].number()));
  }
  if (tokens.empty()) vocabulary.fail_expected("at least one token");
  std::optional<TokenId> unknown;
  if (const auto id = optional_member(reader, "unk_id"))
    unknown = static_cast<TokenId>(id->integer(0, static_cast<std::int64_t>(tokens.size()) - 1));
  return std::make_unique<Unigram>(TokenTable::from_list(std::move(tokens)), std::move(scores),
                                   unknown, boolean_or(reader, "byte_fallback", false),
                                   vocabulary.where());
}

}  // namespace prospect::tokenizers
