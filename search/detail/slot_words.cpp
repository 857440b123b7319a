#include "search/detail/slot_words.h"

#include <algorithm>
#include <utility>

#include "core/text.h"

namespace prospect {
namespace {

std::string mark_of(std::size_t index) {
  constexpr const char* kMarks[] = {"[X]", "[Y]", "[Z]"};
  return index < std::size(kMarks) ? kMarks[index] : "[X" + std::to_string(index + 1) + "]";
}

}  // namespace

std::optional<SlotSentence> as_sentence(const Template& tmpl) {
  SlotSentence sentence;
  for (const auto& piece : tmpl.pieces()) {
    if (const auto* literal = std::get_if<Literal>(&piece)) {
      sentence.text += literal->text;
    } else if (std::holds_alternative<Field>(piece) || std::holds_alternative<AnswerSlot>(piece)) {
      sentence.marks.push_back(mark_of(sentence.slots.size()));
      sentence.slots.push_back(piece);
      sentence.text += sentence.marks.back();
    } else {
      return std::nullopt;
    }
  }
  // A mark that the text itself holds would be taken for the slot's.
  for (const auto& mark : sentence.marks)
    if (sentence.text.find(mark) != sentence.text.rfind(mark)) return std::nullopt;
  return sentence;
}

std::optional<Template> from_sentence(const std::string& text, const SlotSentence& original) {
  std::vector<std::pair<std::size_t, std::size_t>> places;  // in the text, and which mark
  for (std::size_t i = 0; i < original.marks.size(); ++i) {
    const std::size_t at = text.find(original.marks[i]);
    if (at == std::string::npos || text.rfind(original.marks[i]) != at) return std::nullopt;
    places.emplace_back(at, i);
  }
  std::sort(places.begin(), places.end());
  std::vector<Piece> pieces;
  std::size_t begin = 0;
  for (const auto& [at, index] : places) {
    pieces.emplace_back(Literal{text.substr(begin, at - begin)});
    pieces.push_back(original.slots[index]);
    begin = at + original.marks[index].size();
  }
  pieces.emplace_back(Literal{text.substr(begin)});
  return Template(std::move(pieces));
}

}  // namespace prospect
