#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace prospect::tokenizers {

/// SentencePiece's library at work on one model; safe to use from many threads.
///
/// It is reached through a library of its own, `libprospect_sentencepiece.so`, which is opened when
/// a model is first read: what it brings of protobuf must not meet LibTorch's.
class PieceLibrary {
 public:
  struct Piece {
    std::string text;
    std::uint32_t index = 0, begin = 0, end = 0;  ///< Of the piece; of its bytes in the text.
  };
  virtual ~PieceLibrary() = default;
  virtual bool is_unknown(std::size_t index) const = 0;
  virtual std::vector<Piece> encode(std::string_view text) const = 0;
  virtual std::string decode(const std::vector<std::string>& pieces) const = 0;
};

/// What the library exports: opens a serialized model, or gives null and the reason.
using OpenPieces = PieceLibrary* (*)(std::string_view model, std::string& reason);
inline constexpr const char* kPieceFile = "libprospect_sentencepiece.so";
inline constexpr const char* kOpenPieces = "prospect_open_pieces";

}  // namespace prospect::tokenizers
