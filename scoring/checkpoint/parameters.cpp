#include "scoring/checkpoint/parameters.h"

#include <cmath>
#include <cstring>
#include <numbers>
#include <set>

#include "core/error.h"
#include "core/rng.h"
#include "core/text.h"

namespace prospect {
namespace {

constexpr double kDeviation = 0.02;
constexpr std::string_view kBase = "{base}";

// Norms' names of the first BERT files.
constexpr Rename kNormNames[] = {
    {Rename::End::back, "LayerNorm.gamma", "LayerNorm.weight"},
    {Rename::End::back, "LayerNorm.beta", "LayerNorm.bias"},
};

// The stack that a row speaks of.
const StackDescription& stack_of(std::string_view ours, const Description& description) {
  return ours.starts_with("decoder.") && description.decoder ? *description.decoder
                                                             : description.stack;
}

std::int64_t size_of(char letter, std::string_view ours, const Description& description) {
  const StackDescription& stack = stack_of(ours, description);
  switch (letter) {
    case 'V':
      return description.vocab_size;
    case 'O':
      return description.output_size();
    case 'E':
      return description.embedding.size;
    case 'D':
      return stack.hidden_size;
    case 'F':
      return stack.inner_size;
    case 'Q':
      return stack.num_heads * stack.head_size;
    case 'K':
      return stack.num_kv_heads * stack.head_size;
    case 'H':
      return stack.head_size;
    case 'N':
      return stack.num_heads;
    case 'P':
      return description.num_positions + description.embedding.position_offset;
    case 'S':
      return description.embedding.num_segments;
    case 'B':
      return stack.buckets ? stack.buckets->count : 0;
    case 'R':
      return stack.disentangled ? 2 * stack.disentangled->span : 0;
    case 'W':
      return stack.convolution_width;
    case '1':
      return 1;
    default:
      fail(ErrorKind::internal, "parameter table", "unknown shape letter '", letter, "'");
  }
}

// `"3D D"` with D = 32 is [96, 32].
std::vector<std::int64_t> resolve_shape(const ParameterRow& row, const Description& description) {
  std::vector<std::int64_t> sizes;
  for (const auto& word : split(row.shape, ' ')) {
    const std::int64_t factor = word.size() > 1 ? std::stoll(word.substr(0, word.size() - 1)) : 1;
    sizes.push_back(factor * size_of(word.back(), row.ours, description));
  }
  return sizes;
}

// A row of the table for one layer, or for none.
struct Wanted {
  const ParameterRow* row;
  std::string checkpoint, ours;
  std::vector<std::int64_t> shape;
};

std::string resolved(std::string_view pattern, std::string_view base, std::int64_t layer,
                     const StackDescription& stack) {
  std::string name(pattern);
  if (name.starts_with(kBase)) name.replace(0, kBase.size(), base);
  const std::pair<const char*, std::int64_t> numbers[] = {
      {"{i}", layer}, {"{g}", layer / stack.inner_group}, {"{j}", layer % stack.inner_group}};
  for (const auto& [mark, number] : numbers)
    if (const auto at = name.find(mark); at != std::string::npos)
      name.replace(at, 3, std::to_string(number));
  return name;
}

std::vector<Wanted> expand(const ParameterRows& tables, std::string_view base,
                           const Description& description) {
  std::vector<const ParameterRow*> rows;
  for (const auto& table : tables)
    for (const auto& row : table) rows.push_back(&row);
  std::vector<Wanted> wanted;
  for (const auto* pointer : rows) {
    const ParameterRow& row = *pointer;
    if (!row.when.empty() && !description.features.contains(row.when)) continue;
    const StackDescription& stack = stack_of(row.ours, description);
    const bool layered = row.ours.find("{i}") != std::string_view::npos;
    for (std::int64_t i = layered ? row.from_layer : 0;
         i < (layered ? stack.num_parameter_layers() : 1); ++i)
      wanted.push_back({&row, resolved(row.checkpoint, base, i, stack),
                        resolved(row.ours, base, i, stack), resolve_shape(row, description)});
  }
  return wanted;
}

bool is_required(Need need, const Description& description) {
  return need == Need::always ||
         (need == Need::unless_tied && description.head.rows == OutputRows::own);
}

std::string renamed(std::string name, std::span<const Rename> renames) {
  for (const auto& [end, from, to] : renames) {
    if (end == Rename::End::front && name.starts_with(from))
      name.replace(0, from.size(), to);
    else if (end == Rename::End::back && name.ends_with(from))
      name.replace(name.size() - from.size(), from.size(), to);
  }
  return name;
}

at::ScalarType scalar_type(StoredType type) {
  if (type == StoredType::float16) return at::kHalf;
  if (type == StoredType::bfloat16) return at::kBFloat16;
  return at::kFloat;
}

// The stored numbers as float32. Those that are float32 already stay in the file.
at::Tensor as_float32(const StoredTensor& stored) {
  const auto type = scalar_type(stored.type);
  void* data = const_cast<std::byte*>(stored.bytes.data());  // never written to
  if (reinterpret_cast<std::uintptr_t>(data) % c10::elementSize(type) == 0)
    return at::from_blob(
               data, stored.shape, [file = stored.file](void*) {}, at::TensorOptions(type))
        .to(at::kFloat);
  at::Tensor aligned = at::empty(stored.shape, at::TensorOptions(type));
  std::memcpy(aligned.data_ptr(), data, stored.bytes.size());
  return aligned.to(at::kFloat);
}

at::Tensor changed_at_load(const at::Tensor& tensor, const ParameterRow& row,
                           const Description& description) {
  switch (row.at_load) {
    case AtLoad::keep:
      return tensor;
    case AtLoad::transpose:
      return tensor.t().contiguous();
    case AtLoad::plus_one:
      return tensor + 1;
    case AtLoad::heads_apart: {
      const StackDescription& stack = stack_of(row.ours, description);
      return tensor.reshape({stack.num_heads, 3, stack.head_size, -1})
          .transpose(0, 1)
          .reshape(tensor.sizes());
    }
  }
  return tensor;
}

// Checkpoint tensors by the name that the table uses.
std::map<std::string, const StoredTensor*> index_names(const Checkpoint& checkpoint,
                                                       std::span<const Rename> renames) {
  std::map<std::string, const StoredTensor*> index;
  for (const auto& [name, tensor] : checkpoint.tensors()) {
    const auto [at, added] = index.emplace(renamed(renamed(name, kNormNames), renames), &tensor);
    if (!added)
      fail(ErrorKind::model, checkpoint.folder(), "tensors '", at->second->name, "' and '", name,
           "' are the same weight in two forms; remove one");
  }
  return index;
}

void note_fault(const Wanted& wanted, const StoredTensor& stored,
                std::vector<std::string>& faults) {
  if (stored.type == StoredType::other)
    faults.push_back(stored.name + " has type " + stored.type_name + ", expected F32, F16 or BF16");
  else if (stored.shape != wanted.shape)
    faults.push_back(stored.name + " has shape " + shape_text(stored.shape) + ", expected " +
                     shape_text(wanted.shape));
}

// Box and Muller's pairs of normal numbers.
void fill_normal(at::Tensor& tensor, Rng& rng) {
  auto* values = tensor.data_ptr<float>();
  for (std::int64_t i = 0; i < tensor.numel(); i += 2) {
    const double radius = kDeviation * std::sqrt(-2 * std::log(1 - rng.uniform()));
    const double angle = 2 * std::numbers::pi * rng.uniform();
    values[i] = static_cast<float>(radius * std::cos(angle));
    if (i + 1 < tensor.numel()) values[i + 1] = static_cast<float>(radius * std::sin(angle));
  }
}

}  // namespace

at::Tensor Parameters::get(const std::string& name) const {
  const auto at = tensors_.find(name);
  if (at == tensors_.end()) fail(ErrorKind::internal, name, "the family's table has no such row");
  return at->second;
}

std::int64_t Parameters::count() const {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : tensors_) count += tensor.numel();
  return count;
}

Parameters load_parameters(const Checkpoint& checkpoint, const ParameterRows& rows,
                           std::string_view base, std::span<const Rename> renames,
                           const Description& description, std::vector<std::string>& ignored) {
  auto stored = index_names(checkpoint, renames);
  std::vector<std::string> missing, faults;
  std::vector<std::pair<Wanted, const StoredTensor*>> found;
  std::set<const StoredTensor*> used;
  const std::string prefix = base.empty() ? "" : std::string(base) + ".";
  for (auto& wanted : expand(rows, base, description)) {
    auto at = stored.find(wanted.checkpoint);
    if (at == stored.end() && !prefix.empty() && wanted.checkpoint.starts_with(prefix))
      at = stored.find(wanted.checkpoint.substr(prefix.size()));
    if (at == stored.end()) {
      if (is_required(wanted.row->need, description)) missing.push_back(wanted.checkpoint);
      continue;
    }
    used.insert(at->second);
    note_fault(wanted, *at->second, faults);
    found.emplace_back(std::move(wanted), at->second);
  }
  if (!missing.empty())
    fail(ErrorKind::model, checkpoint.folder(), "the checkpoint lacks ", missing.size(),
         missing.size() == 1 ? " tensor: " : " tensors: ", join(missing, ", "));
  if (!faults.empty())
    fail(ErrorKind::model, checkpoint.folder(),
         "tensors do not fit config.json: ", join(faults, "; "));

  for (const auto& [name, tensor] : checkpoint.tensors())
    if (used.count(&tensor) == 0) ignored.push_back(name);
  Parameters parameters;
  for (const auto& [wanted, tensor] : found) {
    const at::Tensor ours = changed_at_load(as_float32(*tensor), *wanted.row, description);
    const bool in_place = ours.data_ptr() == static_cast<const void*>(tensor->bytes.data());
    const bool in_file = tensor->file && tensor->file->holds(tensor->bytes);
    if (!in_place && in_file)
      release_pages(tensor->bytes);  // a copy: the file's pages need not stay beside it
    parameters.put(wanted.ours, ours, in_place && in_file);
  }
  return parameters;
}

Parameters random_parameters(const ParameterRows& rows, const Description& description,
                             std::uint64_t seed) {
  Rng rng(seed, "random weights");
  Parameters parameters;
  for (const auto& wanted : expand(rows, "", description)) {
    if (!is_required(wanted.row->need, description)) continue;
    at::Tensor tensor = at::zeros(wanted.shape, at::kFloat);
    if (wanted.ours.ends_with(".scale"))
      tensor.fill_(1);
    else if (wanted.ours.ends_with(".weight"))
      fill_normal(tensor, rng);
    const bool plain = wanted.row->at_load == AtLoad::plus_one;  // already what multiplies
    parameters.put(wanted.ours, plain ? tensor : changed_at_load(tensor, *wanted.row, description));
  }
  return parameters;
}

}  // namespace prospect
