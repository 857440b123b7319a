#include "core/text.h"
#include "scoring/tokenizers/decoders/kinds.h"
#include "scoring/tokenizers/detail/byte_characters.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/detail/utf8.h"
#include "scoring/tokenizers/pre_tokenizers/metaspace.h"

namespace prospect::tokenizers {
namespace {

std::string replaced(const std::string& text, const std::string& from, std::string_view to) {
  std::string result;
  std::size_t done = 0;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, done)) {
    result.append(text, done, at - done);
    result += to;
    done = at + from.size();
  }
  return result.append(text, done, text.size() - done);
}

// The bytes that the characters of the tokens stand for; a token with another character is text.
class ByteLevel final : public Decoder {
 public:
  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    std::string bytes;
    for (const std::string& token : tokens) bytes += bytes_of_characters(token).value_or(token);
    return {invalid_utf8(bytes) ? repair_utf8(bytes) : bytes};
  }
  Blanks blanks() const override { return Blanks::byte_level; }
};

// Runs of tokens such as <0xE2> become the text of their bytes; one U+FFFD each where they are
// none.
class ByteFallback final : public Decoder {
 public:
  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    std::vector<std::string> result;
    std::string bytes;
    const auto flush = [&] {
      if (bytes.empty()) return;
      if (invalid_utf8(bytes))
        result.insert(result.end(), bytes.size(), "\uFFFD");
      else
        result.push_back(bytes);
      bytes.clear();
    };
    for (std::string& token : tokens) {
      if (const auto byte = byte_of_token(token)) {
        bytes += static_cast<char>(*byte);
        continue;
      }
      flush();
      result.push_back(std::move(token));
    }
    flush();
    return result;
  }
};

// Blanks for their mark, but for the one that was put before the text.
class Metaspace final : public Decoder {
 public:
  explicit Metaspace(MetaspaceOptions options) : options_(std::move(options)) {}

  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    const bool prepended = options_.prepend != MetaspaceOptions::Prepend::never;
    for (std::size_t i = 0; i < tokens.size(); ++i)
      tokens[i] = replaced(tokens[i], options_.replacement, i == 0 && prepended ? "" : " ");
    return tokens;
  }
  Blanks blanks() const override { return Blanks::metaspace; }

 private:
  MetaspaceOptions options_;
};

// Blanks for the suffix that ends a word.
class BpeDecoder final : public Decoder {
 public:
  explicit BpeDecoder(std::string suffix) : suffix_(std::move(suffix)) {}

  std::vector<std::string> decode(std::vector<std::string> tokens) const override {
    for (std::size_t i = 0; i < tokens.size(); ++i)
      tokens[i] = replaced(tokens[i], suffix_, i + 1 == tokens.size() ? "" : " ");
    return tokens;
  }

 private:
  std::string suffix_;
};

}  // namespace

std::unique_ptr<const Decoder> make_byte_level_decoder() {
  return std::make_unique<ByteLevel>();
}

std::unique_ptr<const Decoder> make_byte_level_decoder(const JsonReader&) {
  return make_byte_level_decoder();
}

std::unique_ptr<const Decoder> make_byte_fallback_decoder(const JsonReader&) {
  return std::make_unique<ByteFallback>();
}

std::unique_ptr<const Decoder> make_metaspace_decoder(const JsonReader& reader) {
  return std::make_unique<Metaspace>(read_metaspace_options(reader));
}

std::unique_ptr<const Decoder> make_bpe_decoder(const JsonReader& reader) {
  const auto suffix = optional_member(reader, "suffix");
  if (suffix && suffix->string().empty()) suffix->fail_expected("a suffix that is not empty");
  return std::make_unique<BpeDecoder>(suffix ? suffix->string() : "</w>");
}

}  // namespace prospect::tokenizers
