#include "scoring/tokenizers/decoders/kinds.h"
#include "scoring/tokenizers/detail/kinds.h"

namespace prospect::tokenizers {
namespace {

// Connectionist temporal classification (Graves et al. 2006): a token said again is the same token,
// and the blank says nothing.
class Ctc final : public Decoder {
 public:
  Ctc(std::string blank, std::string delimiter, bool cleanup)
      : blank_(std::move(blank)), delimiter_(std::move(delimiter)), cleanup_(cleanup) {}

  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (i > 0 && tokens[i] == tokens[i - 1]) continue;
      std::string token = tokens[i];
      replace_all(token, blank_, "");
      if (cleanup_) {
        clean_up(token);
        replace_all(token, delimiter_, " ");
      }
      if (!token.empty()) result.push_back(std::move(token));
    }
    return result;
  }

 private:
  std::string blank_, delimiter_;
  bool cleanup_;
};

}  // namespace

std::unique_ptr<const Decoder> make_ctc_decoder(const JsonReader& reader) {
  const auto text = [&](const char* key) {
    std::string value = reader.at(key).string();
    if (value.empty()) reader.at(key).fail_expected("a token that is not empty");
    return value;
  };
  return std::make_unique<Ctc>(text("pad_token"), text("word_delimiter_token"),
                               reader.at("cleanup").boolean());
}

}  // namespace prospect::tokenizers
