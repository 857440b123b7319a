#include "scoring/tokenizers/pre_tokenizers/metaspace.h"

#include "core/error.h"
#include "core/text.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/pre_tokenizers/kinds.h"

namespace prospect::tokenizers {
namespace {

// Writes each blank as a visible character, puts one before the text, and splits before each.
class Metaspace final : public PreTokenizer {
 public:
  explicit Metaspace(MetaspaceOptions options) : options_(std::move(options)) {
    std::size_t offset = 0;
    mark_ = next_code_point(options_.replacement, offset);
  }

  void split(Words& words) const override {
    replace_blanks(words);
    if (options_.prepend != MetaspaceOptions::Prepend::never)
      put_before(words, options_.replacement, mark_,
                 options_.prepend == MetaspaceOptions::Prepend::first);
    if (options_.split) split_before_marks(words);
  }

 private:
  void replace_blanks(Words& words) const {
    std::vector<std::string> table(256);
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = std::string(1, static_cast<char>(i));
    table[' '] = options_.replacement;
    words.text.map_bytes(table.data(), words.ranges);
  }

  void split_before_marks(Words& words) const {
    const std::string& text = words.text.text();
    std::vector<Range> ranges;
    for (const Range& word : words.ranges) {
      std::size_t begin = word.begin;
      while (begin < word.end) {
        std::size_t end = text.find(options_.replacement, begin + 1);
        if (end == std::string::npos || end > word.end) end = word.end;
        ranges.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
        begin = end;
      }
    }
    words.ranges = std::move(ranges);
  }

  MetaspaceOptions options_;
  char32_t mark_ = 0;
};

}  // namespace

MetaspaceOptions read_metaspace_options(const JsonReader& reader) {
  using Prepend = MetaspaceOptions::Prepend;
  MetaspaceOptions options;
  options.replacement = reader.at("replacement").string();
  if (code_points(options.replacement) != 1)
    reader.at("replacement").fail_expected("one character");
  if (const auto scheme = optional_member(reader, "prepend_scheme")) {
    const std::string name = scheme->choice({"always", "first", "never"});
    options.prepend = name == "always"  ? Prepend::always
                      : name == "first" ? Prepend::first
                                        : Prepend::never;
  }
  // The switch of older files says the same in another way.
  if (!boolean_or(reader, "add_prefix_space", true)) {
    if (reader.has("prepend_scheme") && options.prepend != Prepend::never)
      reader.at("prepend_scheme").fail_expected("\"never\", since add_prefix_space is false");
    options.prepend = Prepend::never;
  }
  options.split = boolean_or(reader, "split", true);
  return options;
}

std::unique_ptr<const PreTokenizer> make_metaspace(const JsonReader& reader) {
  return std::make_unique<Metaspace>(read_metaspace_options(reader));
}

}  // namespace prospect::tokenizers
