#include "scoring/tokenizers/detail/piece_file.h"

#include <cstdint>
#include <optional>

#include "core/error.h"
#include "core/text.h"
#include "scoring/tokenizers/detail/character_map.h"

namespace prospect::tokenizers {
namespace {

// The numbers that sentencepiece_model.proto gives to its fields.
namespace field {
constexpr std::uint64_t kPieces = 1, kNormalizer = 3, kDenormalizer = 5;
constexpr std::uint64_t kPieceText = 1;
constexpr std::uint64_t kCharacterMap = 2, kAddDummyPrefix = 3, kRemoveExtraWhitespaces = 4;
}  // namespace field

enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct Field {
  std::uint64_t number = 0;
  Wire wire = Wire::varint;
  std::uint64_t value = 0;  // of a varint
  std::string_view bytes;   // of a field of bytes
};

// Walks over the fields of a message of a protocol buffer.
class Message {
 public:
  Message(std::string_view bytes, const std::string& where, std::size_t base = 0)
      : bytes_(bytes), where_(where), base_(base) {}

  std::optional<Field> next() {
    if (at_ == bytes_.size()) return std::nullopt;
    const std::uint64_t key = varint();
    Field field{key >> 3U, static_cast<Wire>(key & 7U), 0, {}};
    switch (field.wire) {
      case Wire::varint:
        field.value = varint();
        break;
      case Wire::fixed64:
        take(8);
        break;
      case Wire::fixed32:
        take(4);
        break;
      case Wire::bytes:
        field.bytes = take(varint());
        break;
      default:
        fail_here("a field of a SentencePiece model");
    }
    if (field.number == 0) fail_here("a field of a SentencePiece model");
    return field;
  }

  // The message that a field just read is.
  Message inside(const Field& field) const {
    return {field.bytes, where_, base_ + at_ - field.bytes.size()};
  }

 private:
  [[noreturn]] void fail_here(std::string_view expected) const {
    fail(ErrorKind::input, where_, "expected ", expected, " at byte ", base_ + at_, " of ",
         base_ + bytes_.size(), ", found other bytes; the file is cut off or no such model");
  }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) fail_here("a field that ends in the file");
    const auto part = bytes_.substr(at_, static_cast<std::size_t>(count));
    at_ += part.size();
    return part;
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at_ < bytes_.size(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    fail_here("a whole number");
  }

  std::string_view bytes_;
  const std::string& where_;
  std::size_t base_;
  std::size_t at_ = 0;
};

void read_normalizer(Message message, PieceFile& file) {
  while (const auto field = message.next()) {
    if (field->number == field::kAddDummyPrefix) file.adds_blank = field->value != 0;
    if (field->number == field::kRemoveExtraWhitespaces) file.removes_blanks = field->value != 0;
    if (field->number == field::kCharacterMap && !field->bytes.empty())
      CharacterMap(field->bytes, file.where + ": precompiled_charsmap");
  }
}

std::string read_piece(Message message, const PieceFile& file) {
  std::string text;
  while (const auto field = message.next())
    if (field->number == field::kPieceText) text = field->bytes;
  if (text.empty() || invalid_utf8(text))
    fail(ErrorKind::input, file.where, "expected a piece ", file.pieces.size(),
         " of UTF-8 that is not empty, found ", text.empty() ? "none" : "other bytes");
  return text;
}

}  // namespace

PieceFile read_piece_file(std::string bytes, const std::string& where) {
  PieceFile file{std::move(bytes), where, {}};
  Message model(file.bytes, file.where);
  PieceFile ignored{{}, where, {}};
  while (const auto field = model.next()) {
    if (field->number == field::kPieces)
      file.pieces.push_back(read_piece(model.inside(*field), file));
    if (field->number == field::kNormalizer) read_normalizer(model.inside(*field), file);
    if (field->number == field::kDenormalizer) read_normalizer(model.inside(*field), ignored);
  }
  if (file.pieces.empty())
    fail(ErrorKind::input, where, "expected a SentencePiece model, found one without pieces");
  return file;
}

}  // namespace prospect::tokenizers
