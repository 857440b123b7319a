#include "core/error.h"
#include "scoring/tokenizers/detail/kinds.h"
#include "scoring/tokenizers/detail/readers.h"

namespace prospect::tokenizers {
namespace {

void check_special_ids(const Pipeline& pipeline, const JsonReader& post_processor) {
  for (const bool pair : {false, true})
    for (const FramePart& part : pipeline.post_processor->frame(pair))
      if (part.kind == FramePart::Kind::special && !pipeline.token(part.id))
        fail(ErrorKind::model, post_processor.where(),
             "expected the ids of tokens of the vocabulary, found ", part.id);
}

}  // namespace

void read_tokenizer_json(Folder& folder, Pipeline& pipeline) {
  const std::string where = folder.where("tokenizer.json");
  const Json json = parse_json(folder.read("tokenizer.json"), where);
  const JsonReader reader(json, where);
  pipeline.model = make_token_model(reader.at("model"));
  if (const auto part = optional_member(reader, "normalizer"))
    pipeline.normalizer = make_normalizer(*part);
  if (const auto part = optional_member(reader, "pre_tokenizer"))
    pipeline.pre_tokenizer = make_pre_tokenizer(*part);
  if (const auto part = optional_member(reader, "decoder")) pipeline.decoder = make_decoder(*part);
  if (const auto part = optional_member(reader, "added_tokens"))
    pipeline.added =
        AddedTokens(read_added_tokens(*part, *pipeline.model), pipeline.normalizer.get());
  if (const auto part = optional_member(reader, "post_processor")) {
    pipeline.post_processor = make_post_processor(*part);
    check_special_ids(pipeline, *part);
  } else {
    pipeline.post_processor = make_bare_post_processor();
  }
}

}  // namespace prospect::tokenizers
