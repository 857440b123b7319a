#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/matrix.h"
#include "core/scorer.h"
#include "core/template.h"
#include "core/vocabulary.h"
#include "search/oracles.h"

namespace prospect {

/// What a language model computes natively.
enum class ModelKind { masked_lm, causal_lm, seq2seq_lm };
std::string_view name_of(ModelKind kind);

/// What is known of an opened checkpoint.
struct ModelCard {
  std::string path, family;
  ModelKind kind = ModelKind::masked_lm;
  std::int64_t num_parameters = 0, num_layers = 0, hidden_size = 0, num_positions = 0;
  std::string fingerprint;           ///< Of config and weights: scores compare only where equal.
  std::vector<std::string> ignored;  ///< Tensors of the file that the model does not use.
};

struct ModelOptions {
  std::size_t num_threads = 0;  ///< 0: all cores.
  std::string device = "cpu";
  std::optional<std::uint64_t> random_seed;  ///< Random weights in place of the file's: a control.
};

/// The loss at an answer slot and its gradient with respect to every input embedding row.
struct InputGradient {
  double loss = 0;
  MatrixXf at_tokens;  ///< [T, D]
};

/// A token, and the position whose output tells of it.
struct TargetToken {
  std::uint32_t position = 0;
  TokenId id = 0;
};

/// One row for a language model.
struct Prompt {
  std::vector<TokenId> ids;
  std::vector<std::int32_t> type_ids{};  ///< Empty: all of type 0.
  std::vector<TokenId> target_ids{};  ///< What an encoder-decoder has written; positions are its.
  bool operator==(const Prompt&) const = default;
};

/// A row whose outputs at `positions` tell of answer slots; `failure` says why there is none.
struct SlotPrompt {
  Prompt prompt;
  std::vector<std::uint32_t> positions;
  std::optional<Failure> failure;
};

struct GenerationOptions {
  std::int64_t max_new_tokens = 20;
  std::int64_t num_beams = 1;            ///< 1: greedy.
  double length_penalty = 1;             ///< A beam's score is its log-probability / length ^ this.
  std::vector<TokenId> eos_ids{};        ///< Each ends a text; empty: nothing does.
  std::vector<TokenId> forbidden_ids{};  ///< Never written.
  std::optional<TokenId> forced_last{};  ///< The only token at the last place.
};

/// What a model wrote, an end token included where it came to one.
struct Generation {
  std::vector<TokenId> ids;
  double score = 0;  ///< Log-probability in nats, divided by length ^ length_penalty.
};

/// Matrix products without anything else: what scoring cannot take less time than.
struct ProductReplay {
  double seconds = 0;        ///< Best of several passes on all threads.
  double gflop = 0;          ///< Of useful tokens, 10^9 operations.
  double square_gflops = 0;  ///< What the machine reaches on large square matrices, all threads.
};

/// A frozen language model, opened from its folder; no LibTorch is visible here.
///
/// `scoring/` implements it in the library `prospect_scoring`, which `open_model` loads when it is
/// first needed: commands that run no model never load LibTorch.
class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelCard& card() const = 0;
  virtual const Vocabulary& vocabulary() const = 0;
  virtual Scorer& scorer() = 0;
  virtual Oracles& oracles() = 0;

  /// Logits over the vocabulary at `positions` of one row. [positions.size(), V]
  virtual MatrixXf logits(const Prompt& input, std::span<const std::uint32_t> positions) = 0;
  /// Of the sum over `targets` of -log p(token at its position), at the rows of `input.ids`.
  virtual InputGradient input_gradient(const Prompt& input,
                                       std::span<const TargetToken> targets) = 0;

  /// The prompt of a template filled with an example, and the positions whose outputs tell of the
  /// first token of each answer slot.
  virtual SlotPrompt slot_prompt(const Template& tmpl, const Example& example) = 0;

  /// Continues a prompt, or writes an encoder-decoder's target: the best texts that a search by
  /// beams ends with, best first, at most as many as there are beams.
  /// @throws Error (unsupported) for a masked LM, (input) for a prompt that is too long.
  virtual std::vector<Generation> generate(std::span<const TokenId> ids,
                                           const GenerationOptions& options) = 0;

  /// Times the products of scoring rows of these lengths, one token asked of each.
  /// @throws Error (unsupported) for an encoder-decoder.
  virtual ProductReplay replay_products(std::span<const std::size_t> lengths,
                                        Precision precision) = 0;

  virtual std::size_t num_threads() const = 0;

  /// Forward passes (rows) really run since the model was opened.
  virtual std::int64_t num_forwards_run() const = 0;
};

/// Opens a Hugging Face folder.
/// @throws Error (io, input, unsupported, model) naming the file and what is wrong with it.
std::unique_ptr<Model> open_model(const std::filesystem::path& folder, const ModelOptions& options);

/// What this machine's libraries give, as `prospect doctor` reports it.
struct MachineReport {
  std::string libtorch, blas;   ///< Versions; the BLAS library that was really loaded.
  double gemm_gflops = 0;       ///< Best of several float32 products of 512 x 512, one thread.
  double reference_gflops = 0;  ///< A plain triple loop of our own, same product, one thread.
  std::size_t num_threads = 0;
  bool has_bfloat16 = false;  ///< Whether the processor multiplies bfloat16 numbers.
};
/// @param num_threads  0: all cores.
MachineReport examine_machine(std::size_t num_threads);

/// What the scoring library exports: one function that returns this table.
struct ScoringLibrary {
  std::int32_t abi = 0;
  Model* (*open_model)(const std::filesystem::path&, const ModelOptions&) = nullptr;
  MachineReport (*examine_machine)(std::size_t) = nullptr;
};
inline constexpr std::int32_t kScoringAbi = 4;
inline constexpr const char* kScoringEntryPoint = "prospect_scoring_library";

}  // namespace prospect
