#include "scoring/loaded_model.h"

#include <algorithm>

#include "core/error.h"
#include "scoring/generation.h"
#include "scoring/machine.h"
#include "scoring/oracles/input_gradients.h"
#include "scoring/oracles/slot_prompts.h"
#include "scoring/run_prompts.h"

namespace prospect {
namespace {

std::unique_ptr<Tokenizer> open_fitting_tokenizer(const std::filesystem::path& folder,
                                                  const Description& description, ModelKind kind) {
  auto tokenizer = open_tokenizer(folder);
  if (static_cast<std::int64_t>(tokenizer->size()) > description.vocab_size)
    fail(ErrorKind::model, folder.string(), "the tokenizer has ", tokenizer->size(),
         " tokens, but the model has rows for ", description.vocab_size,
         "; the files belong to two checkpoints");
  if (kind == ModelKind::causal_lm) tokenizer->set_answer_form(AnswerForm::next_token);
  if (kind == ModelKind::masked_lm) {
    if (!tokenizer->special("mask_token"))
      fail(ErrorKind::model, folder.string(),
           "expected a tokenizer with a mask token, since the model is a masked LM");
    tokenizer->set_answer_form(AnswerForm::mask);
  }
  const auto num_positions = static_cast<std::size_t>(description.num_positions);
  tokenizer->set_max_length(
      std::min(tokenizer->max_length().value_or(num_positions), num_positions));
  return tokenizer;
}

// A row as the caller gave it, checked.
Prompt checked_prompt(const PretrainedLM& lm, const Prompt& input,
                      std::span<const std::uint32_t> positions) {
  Prompt prompt = input;
  if (prompt.type_ids.empty()) prompt.type_ids.assign(input.ids.size(), 0);
  const std::string fault = lm.fault_of(prompt);
  if (!fault.empty()) fail(ErrorKind::input, "tokens", fault);
  const std::size_t length =
      lm.kind() == ModelKind::seq2seq_lm ? prompt.target_ids.size() : prompt.ids.size();
  for (const std::uint32_t position : positions)
    if (position >= length)
      fail(ErrorKind::input, "position", "expected a position below ", length, ", found ",
           position);
  return prompt;
}

}  // namespace

LoadedModel::LoadedModel(const std::filesystem::path& folder, const ModelOptions& options)
    : opened_(open_lm(folder, options)),
      tokenizer_(open_fitting_tokenizer(folder, opened_.lm->description(), opened_.lm->kind())),
      pool_(options.num_threads),
      scorer_(*opened_.lm, *tokenizer_, pool_),
      oracles_({*opened_.lm, *tokenizer_, pool_}) {}

MatrixXf LoadedModel::logits(const Prompt& input, std::span<const std::uint32_t> positions) {
  const PretrainedLM& lm = *opened_.lm;
  const std::vector<Prompt> prompts{checked_prompt(lm, input, positions)};
  const std::vector<std::vector<std::uint32_t>> wanted{{positions.begin(), positions.end()}};
  const auto count = static_cast<std::ptrdiff_t>(positions.size());
  MatrixXf result(count, lm.description().output_size());
  if (count == 0) return result;
  run_prompts(lm, pool_, prompts, wanted, [&](const PromptResults& results) {
    const at::Tensor logits = lm.logits(results.vectors);
    result = Eigen::Map<const MatrixXf>(logits.data_ptr<float>(), count, logits.size(1));
  });
  return result;
}

InputGradient LoadedModel::input_gradient(const Prompt& input,
                                          std::span<const TargetToken> targets) {
  const PretrainedLM& lm = *opened_.lm;
  std::vector<std::uint32_t> positions;
  GradientAnswer answer;
  for (const auto& [position, id] : targets) {
    if (id < 0 || id >= lm.description().output_size())
      fail(ErrorKind::input, "target", "expected a token id below ", lm.description().output_size(),
           ", found ", id);
    positions.push_back(position);
    answer.reads.push_back({0, position, id});
  }
  if (targets.empty()) fail(ErrorKind::input, "target", "expected a token, found none");
  const GradientJob job{.prompts = {checked_prompt(lm, input, positions)},
                        .slots = {{}},
                        .labels = {{std::move(answer)}}};
  JobGradient gradient = std::move(input_gradients(lm, pool_, {&job, 1}).front());
  return {gradient.loss, std::move(gradient.at_tokens.front())};
}

SlotPrompt LoadedModel::slot_prompt(const Template& tmpl, const Example& example) {
  Filled filled = tokenizer_->fill(tmpl, example);
  if (filled.failure) return {{}, {}, filled.failure};
  return prospect::slot_prompt(std::move(filled), *opened_.lm, *tokenizer_);
}

std::vector<Generation> LoadedModel::generate(std::span<const TokenId> ids, const GenerationOptions& options) {
  const PretrainedLM& lm = *opened_.lm;
  if (lm.kind() == ModelKind::masked_lm)
    fail(ErrorKind::unsupported, opened_.card.path,
         "expected a causal or encoder-decoder model, found a masked LM, which writes no text");
  Prompt input{{ids.begin(), ids.end()}};
  if (lm.kind() == ModelKind::seq2seq_lm)
    input.target_ids = {static_cast<TokenId>(lm.description().start_id)};
  return generate_text(lm, pool_, checked_prompt(lm, input, {}), options);
}

}  // namespace prospect

namespace {

prospect::Model* open_loaded_model(const std::filesystem::path& folder,
                                   const prospect::ModelOptions& options) {
  return prospect::with_library_errors([&] { return new prospect::LoadedModel(folder, options); });
}

constexpr prospect::ScoringLibrary kLibrary{.abi = prospect::kScoringAbi,
                                            .open_model = open_loaded_model,
                                            .examine_machine = prospect::measure_machine};

}  // namespace

/// What `load_library.cpp` asks this library for, by name.
extern "C" const prospect::ScoringLibrary* prospect_scoring_library() {
  return &kLibrary;
}
