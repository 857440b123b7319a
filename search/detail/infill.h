#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/options.h"
#include "core/rng.h"
#include "search/detail/prompt_units.h"
#include "search/strategy.h"

namespace prospect {

struct InfillOptions {
  std::int64_t top_k = 10;
  std::int64_t examples = 8;
};

void describe(OptionVisitor& visit, InfillOptions& options);

/// Proposes words for a place in a prompt by the frozen LM itself.
///
/// The place becomes the answer slot, the prompt's own answer slot is filled with the gold label's
/// first answer, and the slot oracle's log-probabilities are averaged over a few support examples:
/// a word is good when it fits the inputs and their right answers alike. Demonstrations are left
/// out. A causal LM sees what stands before the place alone.
class Infiller {
 public:
  /// @param context  outlives it.
  Infiller(const InfillOptions& options, const SearchContext& context);

  bool is_available() const { return oracle_ != nullptr && !examples_.empty(); }
  /// Counted work of one place: one forward for each example.
  std::int64_t cost() const { return static_cast<std::int64_t>(examples_.size()); }

  /// Mean log-probability of each token at a place between two parts of a template. [V]
  /// @return nothing where the model cannot fill there (a causal LM without text before it).
  std::optional<VectorXf> scores(std::span<const Piece> before, std::span<const Piece> after,
                                 const Verbalizer& verbalizer) const;

  /// The `top_k` best words for that place, best first: whole words that a person could type, no
  /// punctuation, no label word, none of `except`.
  std::vector<std::string> words(std::span<const Piece> before, std::span<const Piece> after,
                                 const Verbalizer& verbalizer,
                                 std::span<const std::string> except) const;

  /// The most that `refill` of this text costs.
  std::int64_t refill_cost(const std::string& text) const;

  /// Another text for the phrase at `index`: up to three of its words in a row are filled again
  /// from left to right, the first with one of the `top_k` at random, the others with the best.
  /// @return nothing where no word fits.
  std::optional<std::string> refill(std::span<const PromptUnit> units, std::size_t index,
                                    const Verbalizer& verbalizer, Rng& rng) const;

  /// One of the `top_k` words that fit before the unit at `index`.
  std::optional<std::string> new_word(std::span<const PromptUnit> units, std::size_t index,
                                      const Verbalizer& verbalizer, Rng& rng) const;

 private:
  const SearchContext& context_;
  InfillOptions options_;
  SlotOracle* oracle_;
  std::vector<Example> examples_;  ///< Labels in turn.
};

}  // namespace prospect
