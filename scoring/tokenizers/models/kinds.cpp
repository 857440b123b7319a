#include "scoring/tokenizers/models/kinds.h"

#include "scoring/tokenizers/detail/kinds.h"

namespace prospect::tokenizers {
namespace {

constexpr Kind<TokenModel> kKinds[] = {
    {"BPE", make_bpe},
    {"Unigram", make_unigram},
    {"WordLevel", make_word_level},
    {"WordPiece", make_word_piece},
};

// Older files name no type: then the members tell the models apart.
std::unique_ptr<const TokenModel> make_untyped(const JsonReader& reader) {
  if (reader.has("merges")) return make_bpe(reader);
  if (!reader.at("vocab").value().is_object()) return make_unigram(reader);
  return reader.has("continuing_subword_prefix") ? make_word_piece(reader)
                                                 : make_word_level(reader);
}

}  // namespace

std::unique_ptr<const TokenModel> make_token_model(const JsonReader& reader) {
  if (reader.value().is_object() && !reader.has("type")) return make_untyped(reader);
  return make_kind<TokenModel>(reader, "model", kKinds);
}

}  // namespace prospect::tokenizers
