#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "scoring/model.h"
#include "search/oracles.h"

namespace prospect {

/// How a translation checkpoint writes: the end token, tokens never written and the token forced at
/// the last place, as `generation_config.json` or `config.json` say.
/// @throws Error (io, input) naming the file; (input) where no end token is named.
GenerationOptions translation_options(const std::filesystem::path& folder);

/// A translator: a model and how it writes.
struct Translator {
  Model* model = nullptr;
  GenerationOptions options;
};

/// A text's best translations, best first, each with the mean log-probability of its tokens, the
/// end token included.
/// @throws Error (unsupported) for a model that is no encoder-decoder; (input) for a text that is
/// too long.
std::vector<Paraphrase> translations(const Translator& translator, const std::string& text,
                                     std::size_t num_beams);

/// Paraphrases by translation there and back: `"models": {"translate": [there, back]}`.
/// Source: Jiang et al. 2020 (LPAQA), sec. 3.2.
class RoundTrip final : public ParaphraseOracle {
 public:
  /// The models outlive it.
  RoundTrip(Translator there, Translator back) : there_(there), back_(back) {}

  std::vector<Paraphrase> paraphrase(const std::string& text, std::size_t n) override;

 private:
  Translator there_, back_;
};

}  // namespace prospect
