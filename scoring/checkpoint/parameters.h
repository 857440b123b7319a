#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/checkpoint/checkpoint.h"
#include "scoring/checkpoint/huge_pages.h"
#include "scoring/description.h"
#include "scoring/torch.h"

namespace prospect {

/// What is changed while loading, so that the forward pass need not.
enum class AtLoad {
  keep,
  transpose,    ///< A matrix stored as [in, out] becomes [out, in], contiguous.
  plus_one,     ///< Gemma's norms multiply by one more than what is stored.
  heads_apart,  ///< Query, key and value of each head together (GPT-NeoX) become all queries, then
                ///< all keys, then all values.
};

enum class Need {
  always,
  unless_tied,  ///< Required where the description's output rows are its own.
  if_present,   ///< Used where the checkpoint has it; else a row named by the layer serves.
};

/// One row of a family's parameter table. `{base}` stands for the family's prefix, `{i}` stands for
/// the number of the layer, `{g}` and `{j}` for that of its group and its place in the group
/// (ALBERT).
///
/// Our names end in `.weight` (a matrix or embedding), `.bias`, `.shift` or `.scale` (of a norm):
/// that tells how random weights are drawn. Names that begin with `decoder.` are about the
/// decoder's stack. The shape is written in shape letters, with a factor where needed: `"3D D"`,
/// `"V E"`. V vocabulary, O output rows, E embedding size, D hidden size, F inner size, Q numbers
/// of all query heads, K of all key heads, H of one head, N heads, P rows of the position table, S
/// token types, B relative buckets, R relative positions, W width of the convolution, 1.
struct ParameterRow {
  std::string_view checkpoint, ours, shape;
  AtLoad at_load = AtLoad::keep;
  Need need = Need::always;
  std::string_view when = {};  ///< A feature of the description without which there is no such row.
  std::int64_t from_layer = 0;  ///< The first layer that has it.
};

/// Several tables, one after the other.
using ParameterRows = std::vector<std::span<const ParameterRow>>;

/// A published form of names: where a tensor's name has `from` at that end, `to` stands for it.
struct Rename {
  enum class End { front, back };
  End end = End::front;
  std::string_view from, to;
};

/// The weights by our names, in float32, ready for the layers.
class Parameters {
 public:
  /// @param in_file  it lies in a mapped file, whose pages may be given back.
  void put(const std::string& name, at::Tensor tensor, bool in_file = false) {
    tensors_[name] = std::move(tensor);
    if (in_file) in_file_.insert(name);
  }
  bool in_file(const std::string& name) const { return in_file_.count(name) != 0; }
  bool has(const std::string& name) const { return tensors_.count(name) != 0; }
  /// @throws Error (internal) when no such parameter was loaded: a fault of the family's table.
  at::Tensor get(const std::string& name) const;
  /// Numbers in all tensors, an output matrix that is the embedding counted once.
  std::int64_t count() const;
  /// Where what is made of the weights may lie, for as long as somebody holds it.
  const std::shared_ptr<HugePages>& pages() const { return pages_; }

 private:
  std::map<std::string, at::Tensor> tensors_;
  std::set<std::string> in_file_;
  std::shared_ptr<HugePages> pages_ = std::make_shared<HugePages>();
};

/// Fills every row from the checkpoint.
/// @param base     the prefix for `{base}`; a file's names may lack it.
/// @param ignored  receives the names of tensors that no row uses.
/// @throws Error (model) naming *all* missing tensors, or all of wrong shape or type.
Parameters load_parameters(const Checkpoint& checkpoint, const ParameterRows& rows,
                           std::string_view base, std::span<const Rename> renames,
                           const Description& description, std::vector<std::string>& ignored);

/// Weights of the same shapes from the stream `"random weights"` of a seed, as BERT is initialised:
/// matrices and embeddings from N(0, 0.02), biases 0, norms 1.
Parameters random_parameters(const ParameterRows& rows, const Description& description,
                             std::uint64_t seed);

}  // namespace prospect
