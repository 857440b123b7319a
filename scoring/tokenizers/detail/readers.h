#pragma once

#include "scoring/tokenizers/detail/folder.h"
#include "scoring/tokenizers/detail/pipeline.h"

// One function per form in which a tokenizer is written; each makes the parts of the pipeline.
namespace prospect::tokenizers {

/// tokenizer.json, as written.
void read_tokenizer_json(Folder& folder, Pipeline& pipeline);

/// vocab.txt and tokenizer_config.json, as transformers builds a BERT tokenizer from them.
void read_vocab_txt(Folder& folder, const Settings& settings, Pipeline& pipeline);

/// vocab.json, merges.txt and tokenizer_config.json, as transformers builds a byte-level tokenizer
/// (GPT-2, RoBERTa, OPT, GPT-NeoX, Qwen 2) from them.
void read_vocab_merges(Folder& folder, const Settings& settings, Pipeline& pipeline);

/// A SentencePiece model and tokenizer_config.json, as the tokenizer class uses the library.
void read_piece_model(Folder& folder, const Settings& settings, Pipeline& pipeline);

/// source.spm, target.spm and vocab.json: Marian's two SentencePiece models over one vocabulary.
void read_marian(Folder& folder, const Settings& settings, Pipeline& pipeline);

}  // namespace prospect::tokenizers
