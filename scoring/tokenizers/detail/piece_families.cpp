#include "scoring/tokenizers/detail/piece_families.h"

namespace prospect::tokenizers {
namespace {

constexpr UsualToken kLlama[] = {
    {"bos_token", "<s>"}, {"eos_token", "</s>"}, {"unk_token", "<unk>"}};
constexpr UsualToken kGemma[] = {
    {"bos_token", "<bos>"}, {"eos_token", "<eos>"}, {"unk_token", "<unk>"}, {"pad_token", "<pad>"}};
constexpr UsualToken kT5[] = {
    {"eos_token", "</s>"}, {"unk_token", "<unk>"}, {"pad_token", "<pad>"}};
constexpr UsualToken kXlmR[] = {{"bos_token", "<s>"},          {"eos_token", "</s>"},
                                {"unk_token", "<unk>"},        {"sep_token", "</s>"},
                                {"pad_token", "<pad>"},        {"cls_token", "<s>"},
                                {"mask_token", "<mask>", true}};
constexpr UsualToken kAlbert[] = {{"bos_token", "[CLS]"},        {"eos_token", "[SEP]"},
                                  {"unk_token", "<unk>"},        {"sep_token", "[SEP]"},
                                  {"pad_token", "<pad>"},        {"cls_token", "[CLS]"},
                                  {"mask_token", "[MASK]", true}};

constexpr const char* kFairseqFile = "sentencepiece.bpe.model";
constexpr PieceFamily kFamilies[] = {
    {"AlbertTokenizer", "spiece.model", PieceIds::as_pieces, PieceFrame::bert, kAlbert, true},
    {"CamembertTokenizer", kFairseqFile, PieceIds::camembert, PieceFrame::roberta, kXlmR},
    {"GemmaTokenizer", "tokenizer.model", PieceIds::as_pieces, PieceFrame::bos_eos, kGemma},
    {"LlamaTokenizer", "tokenizer.model", PieceIds::as_pieces, PieceFrame::bos_eos, kLlama},
    {"T5Tokenizer", "spiece.model", PieceIds::sentinels, PieceFrame::eos, kT5},
    {"XLMRobertaTokenizer", kFairseqFile, PieceIds::fairseq, PieceFrame::roberta, kXlmR},
};

}  // namespace

std::span<const PieceFamily> piece_families() {
  return kFamilies;
}

}  // namespace prospect::tokenizers
