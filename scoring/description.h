#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace prospect {

enum class Activation { gelu, gelu_tanh, relu, silu, tanh };

/// Which tokens of its row a token sees.
enum class Reading {
  bidirectional,  ///< All of them.
  causal,         ///< Itself and those before it.
};

enum class NormKind {
  layer,  ///< Centred and scaled to unit variance (Ba, Kiros and Hinton 2016).
  rms,    ///< Scaled to unit mean square (Zhang and Sennrich 2019).
};

/// Where a layer normalises. x is what comes in, A its attention, F its feed-forward net.
enum class NormPlacement {
  post,      ///< y = norm(x + A(x)), norm(y + F(y))   (BERT)
  pre,       ///< y = x + A(norm(x)), y + F(norm(y))   (GPT-2, Llama, T5)
  parallel,  ///< x + A(norm(x)) + F(norm'(x))         (GPT-NeoX)
  sandwich,  ///< as `pre`, and what A and F give is normalised before it is added (Gemma 2)
};

/// Rotary position embedding: pairs (i, i + size / 2) of a head's first `size` numbers are turned
/// by an angle that grows with the position.
/// Source: Su et al., "RoFormer" (2021); the scalings as the reference library computes them.
struct Rotary {
  enum class Scaling {
    none,
    linear,   ///< Positions divided by `factor`.
    dynamic,  ///< The base grows with a row that is longer than `original_positions` (NTK-aware).
    llama3,   ///< Low frequencies divided by `factor`, high ones kept, smooth between.
    yarn,     ///< Peng et al., "YaRN" (2023).
  };
  std::int64_t size = 0;  ///< Even.
  double base = 10000;
  Scaling scaling = Scaling::none;
  double factor = 1;
  std::int64_t original_positions = 0;
  double low_frequency = 1, high_frequency = 4;  ///< llama3
  double beta_fast = 32, beta_slow = 1;          ///< yarn
  bool truncate = true;                          ///< yarn: whole dimensions bound the ramp.
  double attention_factor = 1;                   ///< yarn: what sine and cosine are multiplied by.
  bool operator==(const Rotary&) const = default;
};

/// Relative positions in buckets, each with a learned number per head that is added to the scores.
/// Source: Raffel et al., "T5" (2020).
struct RelativeBuckets {
  std::int64_t count = 32, max_distance = 128;
};

/// Disentangled attention: scores of content to position and position to content are added.
/// Source: He et al., "DeBERTa" (2021), with the log-spaced buckets of its second version.
struct Disentangled {
  std::int64_t span = 0;     ///< Half the number of relative positions.
  std::int64_t buckets = 0;  ///< 0: distances are taken as they are.
  std::int64_t max_distance = 0;
  bool content_to_position = false, position_to_content = false;
  bool norm_positions = false;     ///< The relative positions' rows are normalised first.
  bool shared_projections = true;  ///< Positions go through the content's query and key matrices.
};

/// How one layer differs from its neighbours.
struct LayerDescription {
  double score_scale = 1;             ///< Of query times key.
  std::optional<std::int64_t> reach;  ///< The largest distance at which a token is seen.
  std::optional<std::size_t> rotary;  ///< Index into the stack's `rotaries`.
  bool attention_norm = true;         ///< False where what comes in is normalised already.
};

/// Layers of one kind on top of each other.
struct StackDescription {
  std::int64_t hidden_size = 0;   ///< D
  std::int64_t inner_size = 0;    ///< F, of the feed-forward nets
  std::int64_t num_heads = 0;     ///< H, query heads
  std::int64_t num_kv_heads = 0;  ///< Key and value heads, which query heads share; divides H.
  std::int64_t head_size = 0;
  std::vector<LayerDescription> layers;
  /// ALBERT: how many groups of `inner_group` layers share parameters; 0: each layer has its own.
  std::int64_t num_groups = 0, inner_group = 1;

  Reading reading = Reading::bidirectional;
  bool cross_attention = false;  ///< Reads an encoder's output too.
  Activation activation = Activation::gelu;
  bool gated = false;  ///< The feed-forward net multiplies two inner products.
  NormKind norm = NormKind::layer;
  NormPlacement placement = NormPlacement::post;
  double norm_epsilon = 1e-12;
  bool final_norm = false;
  double score_cap = 0;  ///< c of c tanh(score / c); 0: none.
  std::vector<Rotary> rotaries;
  std::optional<RelativeBuckets> buckets;
  std::optional<Disentangled> disentangled;
  bool convolution = false;  ///< There is one beside the first layer.
  std::int64_t convolution_width = 0;
  Activation convolution_activation = Activation::tanh;

  std::int64_t num_layers() const { return static_cast<std::int64_t>(layers.size()); }
  /// How many layers have parameters; layer i uses those of `parameters_of(i)`.
  std::int64_t num_parameter_layers() const {
    return num_groups > 0 ? num_groups * inner_group : num_layers();
  }
  std::int64_t parameters_of(std::int64_t layer) const;
};

/// How tokens become the first layer's input.
struct EmbeddingDescription {
  enum class Positions {
    none,          ///< Positions come in elsewhere, or not at all.
    learned,       ///< A row for each (BERT).
    past_padding,  ///< As RoBERTa: counted over tokens that are not padding.
    sinusoidal,    ///< Marian: sines, then cosines.
  };
  enum class Projection {
    none,
    of_tokens,    ///< Before the positions are added (OPT).
    before_norm,  ///< DeBERTa.
    after_norm,   ///< ELECTRA, ALBERT.
  };
  std::int64_t size = 0;  ///< E, numbers in a token's row
  Positions positions = Positions::none;
  std::int64_t position_offset = 0;  ///< The row of the first token.
  std::int64_t padding_id = -1;
  std::int64_t num_segments = 0;  ///< S, token types; 0: none
  Projection projection = Projection::none;
  double scale = 1;  ///< Of the tokens' rows.
  bool norm = false;
};

/// Which matrix the output is multiplied with.
enum class OutputRows {
  tied,  ///< The input embeddings, unless the checkpoint brings rows of its own.
  own,   ///< Always its own.
};

/// How the last layer's output becomes logits.
struct HeadDescription {
  bool transform = false;  ///< A dense layer, an activation and a norm come first (BERT).
  Activation activation = Activation::gelu;
  OutputRows rows = OutputRows::tied;
  double scale = 1;  ///< Of the vectors that the output rows are multiplied with.
  double cap = 0;    ///< c of c tanh(logit / c); 0: none.
};

/// A language model, as a family's configuration describes it. Nothing here is guessed from which
/// weights exist.
struct Description {
  std::int64_t vocab_size = 0;     ///< V
  std::int64_t num_positions = 0;  ///< The longest row that prompts are made for.
  EmbeddingDescription embedding;
  StackDescription stack;                   ///< The encoder, where there is a decoder too.
  std::optional<StackDescription> decoder;  ///< Of an encoder-decoder.
  HeadDescription head;
  std::int64_t target_vocab_size = 0;     ///< Of the decoder; 0: the same.
  std::int64_t start_id = -1;             ///< What an encoder-decoder's output begins with.
  std::set<std::string_view> features{};  ///< Optional parameters that there are.

  /// Whether positions are computed, so that rows may be longer than those the model knows.
  bool has_open_positions() const;
  std::int64_t output_size() const {
    return target_vocab_size > 0 ? target_vocab_size : vocab_size;
  }
};

}  // namespace prospect
