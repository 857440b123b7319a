#include "scoring/tokenizers/sentencepiece/piece_library.h"

#include <sentencepiece_processor.h>

#include <memory>
#include <stdexcept>

namespace prospect::tokenizers {
namespace {

class Processor final : public PieceLibrary {
 public:
  std::string load(std::string_view model) {
    const auto status = processor_.LoadFromSerializedProto(model);
    return status.ok() ? "" : status.ToString();
  }

  bool is_unknown(std::size_t index) const override {
    return processor_.IsUnknown(static_cast<int>(index));
  }

  std::vector<Piece> encode(std::string_view text) const override {
    const auto result = processor_.EncodeAsImmutableProto(text);
    std::vector<Piece> pieces;
    pieces.reserve(result.pieces_size());
    for (const auto& piece : result.pieces())
      pieces.push_back({piece.piece(), piece.id(), piece.begin(), piece.end()});
    return pieces;
  }

  std::string decode(const std::vector<std::string>& pieces) const override {
    std::string text;
    const auto status = processor_.Decode(pieces, &text);
    if (!status.ok()) throw std::runtime_error(status.ToString());
    return text;
  }

 private:
  sentencepiece::SentencePieceProcessor processor_;
};

}  // namespace
}  // namespace prospect::tokenizers

extern "C" prospect::tokenizers::PieceLibrary* prospect_open_pieces(std::string_view model,
                                                                    std::string& reason) {
  auto processor = std::make_unique<prospect::tokenizers::Processor>();
  reason = processor->load(model);
  return reason.empty() ? processor.release() : nullptr;
}
