#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/template.h"
#include "scoring/model.h"
#include "search/oracles.h"

namespace prospect {

/// A look at what a model does with one prompt: the work of `fill`, `grad` and `loglik`.

/// A text as a prompt without fields: `{mask}` and `{sep}` may stand in it.
/// @throws Error (input) that points at the character.
Template parse_prompt(const std::string& text, const std::string& where);

/// For each `{mask}` the `top` most probable tokens, log-probabilities over the whole vocabulary;
/// equal ones give the lower id first.
/// A causal LM is asked for the next token, an encoder-decoder for what its sentinel stands for.
/// @throws Error (input) for a prompt without `{mask}` or too long for the model.
std::vector<std::vector<ScoredToken>> fill_masks(Model& model, const Template& prompt,
                                                 std::size_t top, const std::string& where);

/// The gradient of -log p(answer at the first `{mask}`) at every input embedding.
struct PromptGradient {
  std::vector<TokenId> ids;
  double loss = 0;
  std::vector<double> norms;         ///< One per token.
  std::vector<Shortlist> top_swaps;  ///< For each token those whose swap lowers the loss most.
};
/// @param answer  a word that is one token where the mask stands.
/// @throws Error as `fill_masks`, (input) for an answer of several tokens.
PromptGradient prompt_gradient(Model& model, const Template& prompt, const std::string& answer,
                               std::size_t top, const std::string& where);

/// The log-likelihood of a text.
struct TextLikelihood {
  double log_likelihood = 0;  ///< In nats.
  std::size_t tokens = 0;     ///< Those that were predicted: special tokens are not.
  std::string kind;           ///< `causal`, or `pseudo`: each token masked in turn.
};
/// @param masking  of a masked LM.
/// @throws Error (unsupported) for a model that gives no likelihoods.
TextLikelihood text_likelihood(Model& model, const std::string& text,
                               PseudoMasking masking = PseudoMasking::token);

}  // namespace prospect
