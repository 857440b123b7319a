#include "scoring/loaded_model.h"

#include <algorithm>

#include "core/error.h"
#include "scoring/machine.h"
#include "scoring/oracles/input_gradients.h"
#include "scoring/run_prompts.h"

namespace prospect {
namespace {

std::unique_ptr<Tokenizer> open_fitting_tokenizer(const std::filesystem::path& folder,
                                                  const Description& description) {
  auto tokenizer = open_tokenizer(folder);
  if (static_cast<std::int64_t>(tokenizer->size()) > description.vocab_size)
    fail(ErrorKind::model, folder.string(), "the tokenizer has ", tokenizer->size(),
         " tokens, but the model has rows for ", description.vocab_size,
         "; the files belong to two checkpoints");
  if (!tokenizer->mask())
    fail(ErrorKind::model, folder.string(),
         "expected a tokenizer with a mask token, since the model is a masked LM");
  const auto num_positions = static_cast<std::size_t>(description.num_positions);
  tokenizer->set_max_length(
      std::min(tokenizer->max_length().value_or(num_positions), num_positions));
  return tokenizer;
}

// A row as the caller gave it, checked.
Prompt checked_prompt(const PretrainedLM& lm, std::span<const TokenId> ids,
                      std::span<const std::int32_t> type_ids,
                      std::span<const std::uint32_t> positions) {
  Prompt prompt{{ids.begin(), ids.end()}, {type_ids.begin(), type_ids.end()}};
  if (type_ids.empty()) prompt.type_ids.assign(ids.size(), 0);
  const std::string fault = lm.fault_of(prompt.ids, prompt.type_ids);
  if (!fault.empty()) fail(ErrorKind::input, "tokens", fault);
  for (const std::uint32_t position : positions)
    if (position >= ids.size())
      fail(ErrorKind::input, "position", "expected a position below ", ids.size(), ", found ",
           position);
  return prompt;
}

}  // namespace

LoadedModel::LoadedModel(const std::filesystem::path& folder, const ModelOptions& options)
    : opened_(open_lm(folder, options)),
      tokenizer_(open_fitting_tokenizer(folder, opened_.lm->description())),
      pool_(options.num_threads),
      scorer_(*opened_.lm, *tokenizer_, pool_),
      oracles_({*opened_.lm, *tokenizer_, pool_}) {}

MatrixXf LoadedModel::logits(std::span<const TokenId> ids, std::span<const std::int32_t> type_ids,
                             std::span<const std::uint32_t> positions) {
  const PretrainedLM& lm = *opened_.lm;
  const std::vector<Prompt> prompts{checked_prompt(lm, ids, type_ids, positions)};
  const std::vector<std::vector<std::uint32_t>> wanted{{positions.begin(), positions.end()}};
  const auto count = static_cast<std::ptrdiff_t>(positions.size());
  MatrixXf result(count, lm.description().vocab_size);
  run_prompts(lm, pool_, prompts, wanted, [&](const PromptResults& results) {
    const at::Tensor logits = lm.logits(results.vectors);
    result = Eigen::Map<const MatrixXf>(logits.data_ptr<float>(), count, logits.size(1));
  });
  return result;
}

InputGradient LoadedModel::input_gradient(std::span<const TokenId> ids,
                                          std::span<const std::int32_t> type_ids,
                                          std::uint32_t position, TokenId target) {
  const PretrainedLM& lm = *opened_.lm;
  if (target < 0 || target >= lm.description().vocab_size)
    fail(ErrorKind::input, "target", "expected a token id below ", lm.description().vocab_size,
         ", found ", target);
  const GradientJob job{.prompt = checked_prompt(lm, ids, type_ids, {&position, 1}),
                        .position = position,
                        .labels = {{target}}};
  return std::move(input_gradients(lm, pool_, {&job, 1}).front());
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
