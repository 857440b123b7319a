#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace prospect::tokenizers {

/// What a SentencePiece model says, as far as it matters beside the library that runs it.
struct PieceFile {
  std::string bytes;  ///< The whole file.
  std::string where;
  std::vector<std::string> pieces;
  bool adds_blank = true;      ///< Puts a blank before a text.
  bool removes_blanks = true;  ///< Drops blanks at the ends of a text, and all but one elsewhere.
};

/// Checks a SentencePiece model (a protocol buffer, `sentencepiece_model.proto`) before the library
/// gets it: the library trusts the table of replacements in it, and would read beyond its ends.
/// @throws Error (input) for a file that is cut off or something else, with the place in it.
PieceFile read_piece_file(std::string bytes, const std::string& where);

}  // namespace prospect::tokenizers
