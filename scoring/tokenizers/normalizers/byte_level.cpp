#include "scoring/tokenizers/detail/byte_characters.h"
#include "scoring/tokenizers/normalizers/kinds.h"

namespace prospect::tokenizers {
namespace {

// Writes each byte as a character of its own, as byte-level vocabularies do.
class ByteLevel final : public Normalizer {
 public:
  void apply(AlignedText& text) const override {
    Range all{0, static_cast<std::uint32_t>(text.text().size())};
    text.map_bytes(byte_characters(), {&all, 1});
  }
};

}  // namespace

std::unique_ptr<const Normalizer> make_byte_level_normalizer(const JsonReader&) {
  return std::make_unique<ByteLevel>();
}

}  // namespace prospect::tokenizers
