#pragma once

#include <cstdint>
#include <string_view>

namespace prospect {

enum class Activation { gelu, gelu_tanh, relu, silu };

/// Where a layer normalises.
enum class NormPlacement {
  post,  ///< After each residual sum (BERT).
};

/// How the model knows where a token stands.
enum class PositionKind {
  learned,  ///< A row per position, added to the embedding (BERT).
};

/// Which matrix the output is multiplied with.
enum class OutputRows {
  tied,  ///< The input embeddings, unless the checkpoint brings rows of its own.
  own,   ///< Always its own.
};

/// A transformer encoder with a masked-LM head, as a family's configuration describes it. Nothing
/// here is guessed from which weights exist.
struct Description {
  std::int64_t vocab_size = 0;     ///< V
  std::int64_t hidden_size = 0;    ///< D
  std::int64_t inner_size = 0;     ///< F, of the feed-forward layer
  std::int64_t num_layers = 0;     ///< L
  std::int64_t num_heads = 0;      ///< H, divides D
  std::int64_t num_positions = 0;  ///< P, the longest row
  std::int64_t num_segments = 0;   ///< S, token types; 0: none
  Activation activation = Activation::gelu;
  NormPlacement norm = NormPlacement::post;
  PositionKind positions = PositionKind::learned;
  OutputRows output = OutputRows::tied;
  double norm_epsilon = 1e-12;
};

}  // namespace prospect
