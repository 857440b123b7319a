#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <array>
#include <memory>
#include <optional>

#include "core/error.h"
#include "core/text.h"
#include "scoring/tokenizers/detail/character_map.h"
#include "scoring/tokenizers/normalizers/kinds.h"

namespace prospect::tokenizers {
namespace {

// Longer characters of more than one code point are looked up code point by code point.
constexpr std::size_t kLongestCluster = 5;

std::optional<std::uint32_t> digit_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return std::nullopt;
}

std::string decode_base64(const JsonReader& reader) {
  const std::string text = reader.string();
  std::string bytes;
  std::uint32_t bits = 0;
  int num_bits = 0;
  std::size_t end = text.size();
  while (end > 0 && text[end - 1] == '=') --end;
  for (std::size_t i = 0; i < end; ++i) {
    const auto digit = digit_of(text[i]);
    if (!digit)
      fail(ErrorKind::input, reader.where(), "expected base64, found '", text[i], "' at ", i);
    bits = (bits << 6U) | *digit;
    num_bits += 6;
    if (num_bits < 8) continue;
    num_bits -= 8;
    bytes += static_cast<char>((bits >> static_cast<unsigned>(num_bits)) & 0xFFU);
  }
  return bytes;
}

struct CloseText {
  void operator()(UText* text) const { utext_close(text); }
};

class Precompiled final : public Normalizer {
 public:
  explicit Precompiled(CharacterMap map) : map_(std::move(map)) {
    UErrorCode code = U_ZERO_ERROR;
    clusters_.reset(icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), code));
    if (U_FAILURE(code))
      fail(ErrorKind::internal, "Precompiled", "ICU has no characters: ", u_errorName(code));
    for (std::size_t i = 0; i < changes_ascii_.size(); ++i)
      changes_ascii_[i] = map_.find(std::string(1, static_cast<char>(i))).has_value();
  }

  void apply(AlignedText& text) const override {
    const std::string& old = text.text();
    std::vector<Change> changes;
    changes.reserve(old.size());
    bool modified = false;
    if (is_ascii(old) && old.find("\r\n") == std::string::npos) {
      bool any = false;
      for (const char c : old) any = any || changes_ascii_[static_cast<unsigned char>(c)];
      if (!any) return;
      for (std::size_t i = 0; i < old.size(); ++i)
        modified = replace_cluster(std::string_view(old).substr(i, 1), changes) || modified;
    } else {
      modified = replace_clusters(old, changes);
    }
    if (modified) text.rewrite(changes);
  }

 private:
  // Goes over what a reader sees as one character (Unicode Standard Annex 29).
  bool replace_clusters(std::string_view text, std::vector<Change>& changes) const {
    UErrorCode code = U_ZERO_ERROR;
    const std::unique_ptr<UText, CloseText> input(
        utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &code));
    const std::unique_ptr<icu::BreakIterator> clusters(clusters_->clone());
    clusters->setText(input.get(), code);
    if (U_FAILURE(code)) fail(ErrorKind::internal, "Precompiled", u_errorName(code));
    bool modified = false;
    std::int32_t begin = clusters->first();
    for (std::int32_t end = clusters->next(); end != icu::BreakIterator::DONE;
         begin = end, end = clusters->next())
      modified = replace_cluster(text.substr(static_cast<std::size_t>(begin),
                                             static_cast<std::size_t>(end - begin)),
                                 changes) ||
                 modified;
    return modified;
  }

  bool replace_cluster(std::string_view cluster, std::vector<Change>& changes) const {
    if (cluster.size() <= kLongestCluster) {
      if (const auto content = map_.find(cluster)) {
        replace(code_points(cluster), *content, changes);
        return true;
      }
    }
    bool modified = false;
    for (std::size_t offset = 0; offset < cluster.size();) {
      const std::size_t begin = offset;
      const char32_t c = next_code_point(cluster, offset);
      if (const auto content = map_.find(cluster.substr(begin, offset - begin))) {
        replace(1, *content, changes);
        modified = true;
      } else {
        changes.push_back({c, 0});
      }
    }
    return modified;
  }

  static void replace(std::size_t num_old, std::string_view content, std::vector<Change>& changes) {
    std::size_t num_new = 0;
    for (std::size_t offset = 0; offset < content.size(); ++num_new)
      changes.push_back({next_code_point(content, offset), num_new < num_old ? 0 : 1});
    if (num_new < num_old && !changes.empty())
      changes.back().change -= static_cast<std::int32_t>(num_old - num_new);
  }

  CharacterMap map_;
  std::unique_ptr<icu::BreakIterator> clusters_;  // cloned for each text
  std::array<bool, 128> changes_ascii_{};
};

}  // namespace

std::unique_ptr<const Normalizer> make_precompiled(const JsonReader& reader) {
  const JsonReader map = reader.at("precompiled_charsmap");
  return std::make_unique<Precompiled>(CharacterMap(decode_base64(map), map.where()));
}

}  // namespace prospect::tokenizers
