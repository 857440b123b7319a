#include "scoring/tokenizers/models/kinds.h"

#include "scoring/tokenizers/detail/kinds.h"

namespace prospect::tokenizers {
namespace {

constexpr Kind<TokenModel> kKinds[] = {
    {"BPE", make_bpe},
    {"Unigram", make_unigram},
    {"WordPiece", make_word_piece},
};

}  // namespace

std::unique_ptr<const TokenModel> make_token_model(const JsonReader& reader) {
  return make_kind<TokenModel>(reader, "model", kKinds);
}

}  // namespace prospect::tokenizers
