#include "scoring/tokenizers/detail/icu_expression.h"

#include <array>
#include <cstdint>
#include <optional>
#include <sstream>

namespace prospect::tokenizers {
namespace {

struct Block {
  std::uint32_t first, last;
  std::string_view category;
};

// What Unicode 15.1 and 16 added.
constexpr Block kNew[] = {
    {0x897, 0x897, "M"},      {0x1B4E, 0x1B4F, "P"},    {0x1B7F, 0x1B7F, "P"},
    {0x1C89, 0x1C89, "Lu"},   {0x1C8A, 0x1C8A, "Ll"},   {0x2427, 0x2429, "S"},
    {0x2FFC, 0x2FFF, "S"},    {0x31E4, 0x31E5, "S"},    {0x31EF, 0x31EF, "S"},
    {0xA7CB, 0xA7CC, "Lu"},   {0xA7CD, 0xA7CD, "Ll"},   {0xA7DA, 0xA7DA, "Lu"},
    {0xA7DB, 0xA7DB, "Ll"},   {0xA7DC, 0xA7DC, "Lu"},   {0x105C0, 0x105F3, "Lo"},
    {0x10D40, 0x10D49, "Nd"}, {0x10D4A, 0x10D4D, "Lo"}, {0x10D4E, 0x10D4E, "Lm"},
    {0x10D4F, 0x10D4F, "Lo"}, {0x10D50, 0x10D65, "Lu"}, {0x10D69, 0x10D6D, "M"},
    {0x10D6E, 0x10D6E, "P"},  {0x10D6F, 0x10D6F, "Lm"}, {0x10D70, 0x10D85, "Ll"},
    {0x10D8E, 0x10D8F, "S"},  {0x10EC2, 0x10EC4, "Lo"}, {0x10EFC, 0x10EFC, "M"},
    {0x11380, 0x11389, "Lo"}, {0x1138B, 0x1138B, "Lo"}, {0x1138E, 0x1138E, "Lo"},
    {0x11390, 0x113B5, "Lo"}, {0x113B7, 0x113B7, "Lo"}, {0x113B8, 0x113C0, "M"},
    {0x113C2, 0x113C2, "M"},  {0x113C5, 0x113C5, "M"},  {0x113C7, 0x113CA, "M"},
    {0x113CC, 0x113D0, "M"},  {0x113D1, 0x113D1, "Lo"}, {0x113D2, 0x113D2, "M"},
    {0x113D3, 0x113D3, "Lo"}, {0x113D4, 0x113D5, "P"},  {0x113D7, 0x113D8, "P"},
    {0x113E1, 0x113E2, "M"},  {0x116D0, 0x116E3, "Nd"}, {0x11BC0, 0x11BE0, "Lo"},
    {0x11BE1, 0x11BE1, "P"},  {0x11BF0, 0x11BF9, "Nd"}, {0x11F5A, 0x11F5A, "M"},
    {0x13460, 0x143FA, "Lo"}, {0x16100, 0x1611D, "Lo"}, {0x1611E, 0x1612F, "M"},
    {0x16130, 0x16139, "Nd"}, {0x16D40, 0x16D42, "Lm"}, {0x16D43, 0x16D6A, "Lo"},
    {0x16D6B, 0x16D6C, "Lm"}, {0x16D6D, 0x16D6F, "P"},  {0x16D70, 0x16D79, "Nd"},
    {0x18CFF, 0x18CFF, "Lo"}, {0x1CC00, 0x1CCEF, "S"},  {0x1CCF0, 0x1CCF9, "Nd"},
    {0x1CD00, 0x1CEB3, "S"},  {0x1E5D0, 0x1E5ED, "Lo"}, {0x1E5EE, 0x1E5EF, "M"},
    {0x1E5F0, 0x1E5F0, "Lo"}, {0x1E5F1, 0x1E5FA, "Nd"}, {0x1E5FF, 0x1E5FF, "P"},
    {0x1F8B2, 0x1F8BB, "S"},  {0x1F8C0, 0x1F8C1, "S"},  {0x1FA89, 0x1FA89, "S"},
    {0x1FA8F, 0x1FA8F, "S"},  {0x1FABE, 0x1FABE, "S"},  {0x1FAC6, 0x1FAC6, "S"},
    {0x1FADC, 0x1FADC, "S"},  {0x1FADF, 0x1FADF, "S"},  {0x1FAE9, 0x1FAE9, "S"},
    {0x1FBCB, 0x1FBEF, "S"},  {0x2EBF0, 0x2EE5D, "Lo"}};

// Categories that those blocks belong to, or parts of them.
constexpr std::array<std::string_view, 11> kCategories{"L", "Lu", "Ll", "Lm", "Lo", "M",
                                                       "N", "Nd", "P",  "S",  "Lt"};

std::string new_blocks(std::string_view category) {
  std::ostringstream blocks;
  blocks << std::hex;
  for (const Block& block : kNew)
    if (block.category.starts_with(category))
      blocks << "\\x{" << block.first << "}-\\x{" << block.last << '}';
  return blocks.str();
}

// What stands between the brackets of a set.
std::string category_items(std::string_view category) {
  return "\\p{" + std::string(category) + "}" + new_blocks(category);
}

// Letters, marks, decimal digits and connectors; outside sets also the numbers of Latin-1.
std::string word_items(bool in_set) {
  const std::string numbers = in_set ? "" : "\\x{B2}\\x{B3}\\x{B9}\\x{BC}-\\x{BE}";
  return numbers + "\\p{Alphabetic}\\p{Pc}" + category_items("M") + category_items("Nd") +
         new_blocks("L");
}

struct Escape {
  std::size_t length = 0;  // of what stands behind the backslash
  std::string items;
  bool negated = false;
};

// The class that an escape is, where the two libraries differ; `rest` stands behind the backslash.
std::optional<Escape> read_escape(std::string_view rest, bool in_set) {
  switch (rest.front()) {
    case 's':
      return Escape{1, "\\p{White_Space}", false};
    case 'S':
      return Escape{1, "\\p{White_Space}", true};
    case 'w':
      return Escape{1, word_items(in_set), false};
    case 'W':
      return Escape{1, word_items(in_set), true};
    case 'd':
      return Escape{1, category_items("Nd"), false};
    case 'D':
      return Escape{1, category_items("Nd"), true};
    case 'h':
      return Escape{1, "0-9a-fA-F", false};
    case 'H':
      return Escape{1, "0-9a-fA-F", true};
    case 'p':
    case 'P':
      break;
    default:
      return std::nullopt;
  }
  const std::size_t close = rest.find('}');
  if (rest.size() < 2 || rest[1] != '{' || close == std::string_view::npos) return std::nullopt;
  std::string_view name = rest.substr(2, close - 2);
  const bool caret = name.starts_with('^');
  if (caret) name.remove_prefix(1);
  for (const std::string_view category : kCategories)
    if (name == category)
      return Escape{close + 1, category_items(name), (rest.front() == 'P') != caret};
  return std::nullopt;
}

}  // namespace

std::string as_icu_expression(std::string_view expression) {
  constexpr std::string_view kPunctuation = "[:punct:]";
  std::string result;
  int depth = 0;  // of the sets that are open
  for (std::size_t i = 0; i < expression.size(); ++i) {
    if (expression.substr(i).starts_with(kPunctuation)) {
      result += "[" + category_items("P") + category_items("S") + "]";
      i += kPunctuation.size() - 1;
      continue;
    }
    if (expression[i] != '\\' || i + 1 == expression.size()) {
      result += expression[i];
      depth += expression[i] == '[' ? 1 : 0;
      if (expression[i] == ']' && depth > 0) --depth;
      continue;
    }
    const std::string_view rest = expression.substr(++i);
    if (const auto escape = read_escape(rest, depth > 0)) {
      result += (escape->negated ? "[^" : "[") + escape->items + "]";
      i += escape->length - 1;
    } else {
      (result += '\\') += rest.front();
    }
  }
  return result;
}

}  // namespace prospect::tokenizers
