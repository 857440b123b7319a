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

std::int64_t size_of(char letter, const Description& description) {
  switch (letter) {
    case 'V':
      return description.vocab_size;
    case 'D':
      return description.hidden_size;
    case 'F':
      return description.inner_size;
    case 'P':
      return description.num_positions;
    case 'S':
      return description.num_segments;
    default:
      fail(ErrorKind::internal, "parameter table", "unknown shape letter '", letter, "'");
  }
}

// `"3D D"` with D = 32 is [96, 32].
std::vector<std::int64_t> resolve_shape(std::string_view shape, const Description& description) {
  std::vector<std::int64_t> sizes;
  for (const auto& word : split(shape, ' ')) {
    const std::int64_t factor = word.size() > 1 ? std::stoll(word.substr(0, word.size() - 1)) : 1;
    sizes.push_back(factor * size_of(word.back(), description));
  }
  return sizes;
}

// A row of the table for one layer, or for none.
struct Wanted {
  const ParameterRow* row;
  std::string checkpoint, ours;
  std::vector<std::int64_t> shape;
};

std::string numbered(std::string_view pattern, std::int64_t layer) {
  std::string name(pattern);
  const auto at = name.find("{i}");
  if (at != std::string::npos) name.replace(at, 3, std::to_string(layer));
  return name;
}

std::vector<Wanted> expand(std::span<const ParameterRow> rows, const Description& description) {
  std::vector<Wanted> wanted;
  for (const auto& row : rows) {
    const bool layered = row.ours.find("{i}") != std::string_view::npos;
    for (std::int64_t layer = 0; layer < (layered ? description.num_layers : 1); ++layer)
      wanted.push_back({&row, numbered(row.checkpoint, layer), numbered(row.ours, layer),
                        resolve_shape(row.shape, description)});
  }
  return wanted;
}

bool is_required(Need need, const Description& description) {
  return need == Need::always ||
         (need == Need::unless_tied && description.output == OutputRows::own);
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

at::Tensor changed_at_load(const at::Tensor& tensor, AtLoad change) {
  return change == AtLoad::transpose ? tensor.t().contiguous() : tensor;
}

// Checkpoint tensors by the name that the table uses.
std::map<std::string, const StoredTensor*> index_names(const Checkpoint& checkpoint,
                                                       std::span<const Rename> renames) {
  std::map<std::string, const StoredTensor*> index;
  for (const auto& [name, tensor] : checkpoint.tensors()) {
    const auto [at, added] = index.emplace(renamed(name, renames), &tensor);
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

Parameters load_parameters(const Checkpoint& checkpoint, std::span<const ParameterRow> rows,
                           std::span<const Rename> renames, const Description& description,
                           std::vector<std::string>& ignored) {
  auto stored = index_names(checkpoint, renames);
  std::vector<std::string> missing, faults;
  std::vector<std::pair<Wanted, const StoredTensor*>> found;
  std::set<const StoredTensor*> used;
  for (auto& wanted : expand(rows, description)) {
    const auto at = stored.find(wanted.checkpoint);
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
  for (const auto& [wanted, tensor] : found)
    parameters.put(wanted.ours, changed_at_load(as_float32(*tensor), wanted.row->at_load));
  return parameters;
}

Parameters random_parameters(std::span<const ParameterRow> rows, const Description& description,
                             std::uint64_t seed) {
  Rng rng(seed, "random weights");
  Parameters parameters;
  for (const auto& wanted : expand(rows, description)) {
    if (!is_required(wanted.row->need, description)) continue;
    at::Tensor tensor = at::zeros(wanted.shape, at::kFloat);
    if (wanted.ours.ends_with(".scale"))
      tensor.fill_(1);
    else if (wanted.ours.ends_with(".weight"))
      fill_normal(tensor, rng);
    parameters.put(wanted.ours, changed_at_load(tensor, wanted.row->at_load));
  }
  return parameters;
}

}  // namespace prospect
