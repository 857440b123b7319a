#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace prospect::test {

/// A piece of a SentencePiece model.
struct TestPiece {
  std::string text;
  float score = 0;
  int type = 1;  ///< 1 normal, 2 unknown, 3 control, 4 user-defined, 6 byte
};

/// Writes SentencePiece models, field by field of sentencepiece_model.proto.
class PieceModelWriter {
 public:
  std::vector<TestPiece> pieces;
  bool bpe = false;
  bool byte_fallback = false;
  bool adds_blank = true;
  bool removes_blanks = true;
  std::string character_map;

  std::string bytes() const {
    std::string model;
    for (const TestPiece& piece : pieces) {
      std::string message = field(1, piece.text);
      const auto bits = std::bit_cast<std::uint32_t>(piece.score);
      message += '\x15';
      for (unsigned i = 0; i < 4; ++i) message += static_cast<char>(bits >> (8 * i));
      if (piece.type != 1) message += number(3, static_cast<std::uint64_t>(piece.type));
      model += field(1, message);
    }
    std::string trainer = number(3, bpe ? 2 : 1);
    trainer += number(35, byte_fallback ? 1 : 0);
    std::string normalizer = field(1, "test");
    if (!character_map.empty()) normalizer += field(2, character_map);
    normalizer += number(3, adds_blank ? 1 : 0) + number(4, removes_blanks ? 1 : 0);
    return model + field(2, trainer) + field(3, normalizer);
  }

 private:
  static std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7U) bytes += static_cast<char>((value & 0x7FU) | 0x80U);
    return bytes + static_cast<char>(value);
  }
  static std::string number(std::uint64_t field, std::uint64_t value) {
    return varint(field << 3U) + varint(value);
  }
  static std::string field(std::uint64_t field, std::string_view content) {
    return varint((field << 3U) | 2U) + varint(content.size()) + std::string(content);
  }
};

/// A unigram model of few pieces: <unk> <s> </s>, then from id 3 on the pieces of the tests.
inline PieceModelWriter small_piece_model() {
  PieceModelWriter model;
  model.pieces = {{"<unk>", 0, 2},    {"<s>", 0, 3},    {"</s>", 0, 3},     {"\u2581", -3},
                  {"\u2581good", -1}, {"good", -2},     {"\u2581film", -1}, {"s", -2},
                  {".", -2},          {",", -2},        {"9", -2},          {"\u25819", -2},
                  {"9,", -1},         {"\u25819,", -1}, {"\u2581it", -1},   {"\u2581was", -1},
                  {"film", -2},       {"o", -4}};
  return model;
}

}  // namespace prospect::test
