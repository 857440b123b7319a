#include "experiments/leave_one_out.h"

#include <utility>

namespace prospect {
namespace {

// The words of a text as [begin, end), each with the white space before it; white space at the end
// belongs to no word.
std::vector<std::pair<std::size_t, std::size_t>> words_of(const std::string& text) {
  std::vector<std::pair<std::size_t, std::size_t>> words;
  constexpr const char* kSpace = " \t\n";
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t first = text.find_first_not_of(kSpace, begin);
    if (first == std::string::npos) break;
    const std::size_t end = std::min(text.find_first_of(kSpace, first), text.size());
    words.emplace_back(begin, end);
    begin = end;
  }
  return words;
}

class Parts {
 public:
  Parts(const Candidate& candidate, const Vocabulary& vocabulary)
      : candidate_(candidate), vocabulary_(vocabulary), pieces_(candidate.tmpl.pieces()) {}

  std::vector<PromptPart> all() {
    for (at_ = 0; at_ < pieces_.size(); ++at_) std::visit(*this, pieces_[at_]);
    return std::move(parts_);
  }

  void operator()(const Literal& literal) {
    for (const auto& [begin, end] : words_of(literal.text)) {
      Literal rest = literal;
      rest.text.erase(begin, end - begin);
      const std::size_t shown = literal.text.find_first_not_of(" \t\n", begin);
      add(literal.text.substr(shown, end - shown), false, rest);
    }
  }
  void operator()(const TriggerSlots& slots) { add_tokens(slots); }
  void operator()(const FixedTokens& tokens) { add_tokens(tokens); }
  template <class Other>
  void operator()(const Other&) {}

 private:
  template <class Tokens>
  void add_tokens(const Tokens& tokens) {
    for (std::size_t i = 0; i < tokens.ids.size(); ++i) {
      Tokens rest = tokens;
      rest.ids.erase(rest.ids.begin() + static_cast<std::ptrdiff_t>(i));
      const TokenId id = tokens.ids[i];
      add(id == kUnsetToken ? "(unset)" : vocabulary_.token(id), true, rest);
    }
  }

  void add(std::string part, bool is_token, Piece rest) {
    auto pieces = pieces_;
    pieces[at_] = std::move(rest);
    Candidate without = candidate_;
    without.tmpl = Template(std::move(pieces));
    parts_.push_back({std::move(part), is_token, std::move(without)});
  }

  const Candidate& candidate_;
  const Vocabulary& vocabulary_;
  const std::vector<Piece>& pieces_;
  std::size_t at_ = 0;
  std::vector<PromptPart> parts_;
};

}  // namespace

std::vector<PromptPart> leave_one_out(const Candidate& candidate, const Vocabulary& vocabulary) {
  return Parts(candidate, vocabulary).all();
}

}  // namespace prospect
