#include "core/error.h"
#include "scoring/tokenizers/detail/readers.h"
#include "scoring/tokenizers/tokenizer.h"

namespace prospect {
namespace tokenizers {
namespace {

constexpr const char* kRoles[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                  "pad_token", "cls_token", "mask_token"};

// The ids of the tokens that have a role.
void read_roles(const Settings& settings, Pipeline& pipeline) {
  for (const std::string role : kRoles) {
    const auto token = settings.token(role);
    if (!token) continue;
    if (const auto id = pipeline.id(token->content))
      pipeline.special[role] = *id;
    else if (role == "mask_token")
      fail(ErrorKind::model, token->where, "expected a token of the vocabulary, found '",
           token->content, "'");
  }
  // Many published folders name no roles at all: then the usual names of a mask count.
  if (pipeline.special.contains("mask_token") || settings.denies("mask_token")) return;
  for (const AddedToken& token : pipeline.added.tokens())
    if (token.special && (token.content == "[MASK]" || token.content == "<mask>"))
      pipeline.special["mask_token"] = token.id;
}

bool has_piece_model(const Folder& folder) {
  return folder.has("tokenizer.model") || folder.has("spiece.model") ||
         folder.has("sentencepiece.bpe.model");
}

std::unique_ptr<const Pipeline> read_pipeline(const std::filesystem::path& path) {
  Folder folder(path);
  const Settings settings(folder);
  auto pipeline = std::make_unique<Pipeline>();
  if (folder.has("tokenizer.json"))
    read_tokenizer_json(folder, *pipeline);
  else if (folder.has("vocab.txt"))
    read_vocab_txt(folder, settings, *pipeline);
  else if (folder.has("source.spm"))
    read_marian(folder, settings, *pipeline);
  else if (folder.has("vocab.json") && folder.has("merges.txt"))
    read_vocab_merges(folder, settings, *pipeline);
  else if (has_piece_model(folder))
    read_piece_model(folder, settings, *pipeline);
  else
    fail(ErrorKind::model, folder.where(),
         "expected tokenizer.json or vocab.txt, found neither, nor vocab.json with merges.txt, nor "
         "a SentencePiece model");
  read_roles(settings, *pipeline);
  pipeline->max_length = settings.max_length();
  pipeline->fingerprint = folder.fingerprint();
  return pipeline;
}

}  // namespace
}  // namespace tokenizers

std::unique_ptr<Tokenizer> open_tokenizer(const std::filesystem::path& folder) {
  return std::make_unique<Tokenizer>(tokenizers::read_pipeline(folder));
}

}  // namespace prospect
