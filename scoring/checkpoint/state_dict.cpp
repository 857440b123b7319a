#include "scoring/checkpoint/state_dict.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>

#include "core/error.h"

namespace prospect {
namespace {

using Shape = std::vector<std::int64_t>;

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kMostDimensions = 64;  // PyTorch's own limit
constexpr std::size_t kMostCopied = 4;       // times the file's size

struct NumberType {
  std::string_view storage, torch, name;  // `HalfStorage`, `float16`, `F16`
  std::uint64_t size;                     // bytes of one number
  StoredType type = StoredType::other;
};

constexpr NumberType kNumberTypes[] = {
    {"FloatStorage", "float32", "F32", 4, StoredType::float32},
    {"HalfStorage", "float16", "F16", 2, StoredType::float16},
    {"BFloat16Storage", "bfloat16", "BF16", 2, StoredType::bfloat16},
    {"DoubleStorage", "float64", "F64", 8},
    {"LongStorage", "int64", "I64", 8},
    {"IntStorage", "int32", "I32", 4},
    {"ShortStorage", "int16", "I16", 2},
    {"CharStorage", "int8", "I8", 1},
    {"ByteStorage", "uint8", "U8", 1},
    {"BoolStorage", "bool", "BOOL", 1},
    {"ComplexFloatStorage", "complex64", "C64", 8},
    {"ComplexDoubleStorage", "complex128", "C128", 16},
    // Types without a storage of their own lie in an UntypedStorage.
    {"UntypedStorage", "", "U8", 1},
    {"", "uint16", "U16", 2},
    {"", "uint32", "U32", 4},
    {"", "uint64", "U64", 8},
    {"", "float8_e4m3fn", "F8_E4M3", 1},
    {"", "float8_e5m2", "F8_E5M2", 1},
};

// `storage, offset, size, stride` lead the arguments of all that make a tensor.
struct TensorMaker {
  std::string_view name;
  std::size_t fewest, most;  // arguments
  std::size_t type = 0;  // which argument names the type of numbers; none where the storage does
};

constexpr TensorMaker kTensorMakers[] = {
    {"torch._utils._rebuild_tensor", 4, 4},
    {"torch._utils._rebuild_tensor_v2", 6, 7},
    {"torch._utils._rebuild_tensor_v3", 7, 8, 6},
};

// Their first argument is the tensor.
constexpr std::string_view kParameterMakers[] = {"torch._utils._rebuild_parameter",
                                                 "torch._utils._rebuild_parameter_with_state"};
constexpr std::string_view kSize = "torch.Size";

// `FloatStorage` of `torch.FloatStorage` or `torch.cuda.FloatStorage`; `float32` of
// `torch.float32`.
std::string_view last_name(std::string_view global) {
  for (const std::string_view module : {"torch.cuda.", "torch.storage.", "torch."})
    if (global.starts_with(module)) return global.substr(module.size());
  return {};
}

const NumberType* type_of_storage(std::string_view global) {
  const std::string_view name = last_name(global);
  const auto* type = std::ranges::find(kNumberTypes, name, &NumberType::storage);
  return name.empty() || type == std::end(kNumberTypes) ? nullptr : type;
}

const NumberType* type_of_numbers(std::string_view global) {
  const std::string_view name = last_name(global);
  const auto* type = std::ranges::find(kNumberTypes, name, &NumberType::torch);
  return name.empty() || type == std::end(kNumberTypes) ? nullptr : type;
}

const TensorMaker* find_maker(std::string_view global) {
  const auto* maker = std::ranges::find(kTensorMakers, global, &TensorMaker::name);
  return maker == std::end(kTensorMakers) ? nullptr : maker;
}

bool makes_parameter(std::string_view global) {
  return std::ranges::find(kParameterMakers, global) != std::end(kParameterMakers);
}

bool is_row_major(const Shape& shape, const Shape& strides) {
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 1) continue;  // the stride of a single one is never used
    if (strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

// A copy that lives as long as the file, which it names as any other tensor's bytes do.
struct Copy {
  std::shared_ptr<const MappedFile> file;
  std::vector<std::byte> bytes;
};

// The numbers of a view in row-major order. @param view  begins at the first number.
std::vector<std::byte> in_order(std::span<const std::byte> view, const Shape& shape,
                                const Shape& strides, std::uint64_t size, std::uint64_t count) {
  std::vector<std::byte> copy(count * size);
  Shape index(shape.size(), 0);
  std::byte* to = copy.data();
  for (std::int64_t from = 0; to != copy.data() + copy.size(); to += size) {
    std::memcpy(to, view.data() + static_cast<std::uint64_t>(from) * size, size);
    for (std::size_t i = shape.size(); i-- > 0;) {
      if (shape[i] == 1) continue;  // its stride can be anything
      from += strides[i];
      if (++index[i] < shape[i]) break;
      from -= strides[i] * shape[i];
      index[i] = 0;
    }
  }
  return copy;
}

class TensorReader {
 public:
  TensorReader(const Storages& storages, const std::shared_ptr<const MappedFile>& file)
      : storages_(storages), file_(file) {}

  StoredTensor read(const std::string& name, const PickleValue& value) {
    where_ = file_->path() + "#" + name;
    const PickleValue* made = &value;
    while (makes_parameter(made->text) && !made->items.empty()) made = made->items.front();
    const TensorMaker* maker =
        made->kind == PickleValue::Kind::call ? find_maker(made->text) : nullptr;
    if (maker == nullptr)
      fail(ErrorKind::unsupported, where_, "expected a tensor at the top of the state dict, found ",
           describe(*made),
           "; save the dict of tensors alone: torch.save(model.state_dict(), file)");
    const auto& arguments = made->items;
    if (arguments.size() < maker->fewest || arguments.size() > maker->most)
      wrong("expected ", maker->fewest, " to ", maker->most, " arguments of ", maker->name,
            ", found ", arguments.size());
    if (arguments.size() == maker->most && maker->most > maker->fewest)
      refuse_metadata(*arguments.back());

    const StorageId storage = read_storage_id(*arguments[0], where_);
    const NumberType& type = type_of(storage, *maker, arguments);
    StoredTensor tensor{.name = name, .type_name = std::string(type.name), .type = type.type};
    tensor.shape = read_sizes(*arguments[2], "size");
    place(tensor, storage, type, read_natural(*arguments[1], "offset"),
          read_sizes(*arguments[3], "stride"));
    return tensor;
  }

 private:
  const NumberType& type_of(const StorageId& storage, const TensorMaker& maker,
                            const std::vector<const PickleValue*>& arguments) {
    const std::string& name = maker.type == 0 ? storage.type : arguments[maker.type]->text;
    const NumberType* type = maker.type == 0 ? type_of_storage(name) : type_of_numbers(name);
    if (type == nullptr)
      wrong("expected a type of numbers, found ",
            maker.type == 0 ? name : describe(*arguments[maker.type]));
    return *type;
  }

  // A flag there says that the numbers are to be conjugated or negated when they are read.
  void refuse_metadata(const PickleValue& metadata) {
    if (metadata.kind != PickleValue::Kind::none && !metadata.items.empty())
      fail(
          ErrorKind::unsupported, where_,
          "the tensor is a conjugated or negated view; save it with .resolve_conj().resolve_neg()");
  }

  std::int64_t read_natural(const PickleValue& value, std::string_view what) {
    if (value.kind != PickleValue::Kind::integer || value.integer < 0)
      wrong("expected a whole number of at least 0 as ", what, ", found ", describe(value));
    return value.integer;
  }

  Shape read_sizes(const PickleValue& value, std::string_view what) {
    const PickleValue* sizes = &value;
    if (value.kind == PickleValue::Kind::call && value.text == kSize && value.items.size() == 1)
      sizes = value.items.front();
    if (sizes->kind != PickleValue::Kind::tuple && sizes->kind != PickleValue::Kind::list)
      wrong("expected a tuple as ", what, ", found ", describe(*sizes));
    if (sizes->items.size() > kMostDimensions)
      wrong("it has ", sizes->items.size(), " dimensions; at most ", kMostDimensions, " can be");
    Shape shape;
    for (const PickleValue* size : sizes->items) shape.push_back(read_natural(*size, what));
    return shape;
  }

  // Finds the tensor's bytes in its storage, or copies them.
  void place(StoredTensor& tensor, const StorageId& storage, const NumberType& type,
             std::int64_t offset, const Shape& strides) {
    if (tensor.shape.size() != strides.size())
      wrong("its size has ", tensor.shape.size(), " dimensions, its stride ", strides.size());
    const std::uint64_t count = count_numbers(tensor.shape, type.size);
    const auto bytes = bytes_of(storage);
    tensor.file = file_;
    if (count == 0) {
      tensor.bytes = bytes.first(0);
      return;
    }
    const std::uint64_t held = bytes.size() / type.size;
    const std::int64_t last = last_place(tensor.shape, strides, offset);
    if (static_cast<std::uint64_t>(last) >= held)
      wrong("size ", shape_text(tensor.shape), " with stride ", shape_text(strides), " from ",
            offset, " reaches number ", last, " of a storage that holds ", held);
    const auto view = bytes.subspan(static_cast<std::uint64_t>(offset) * type.size);
    if (is_row_major(tensor.shape, strides)) {
      tensor.bytes = view.first(count * type.size);
      return;
    }
    if (count * type.size > kMostCopied * file_->bytes().size() - copied_)
      fail(ErrorKind::unsupported, where_, "size ", shape_text(tensor.shape),
           " repeats numbers of a much smaller storage; save the tensor with .contiguous()");
    copied_ += count * type.size;
    const auto copy = std::make_shared<const Copy>(
        Copy{file_, in_order(view, tensor.shape, strides, type.size, count)});
    tensor.bytes = copy->bytes;
    tensor.file = std::shared_ptr<const MappedFile>(copy, file_.get());
  }

  std::uint64_t count_numbers(const Shape& shape, std::uint64_t size) {
    if (std::ranges::find(shape, 0) != shape.end()) return 0;
    std::int64_t count = 1, bytes = 0;
    for (const auto dimension : shape)
      if (__builtin_mul_overflow(count, dimension, &count)) wrong_size(shape);
    if (__builtin_mul_overflow(count, static_cast<std::int64_t>(size), &bytes)) wrong_size(shape);
    return static_cast<std::uint64_t>(count);
  }

  std::int64_t last_place(const Shape& shape, const Shape& strides, std::int64_t offset) {
    std::int64_t last = offset, span = 0;
    for (std::size_t i = 0; i < shape.size(); ++i)
      if (__builtin_mul_overflow(shape[i] - 1, strides[i], &span) ||
          __builtin_add_overflow(last, span, &last))
        wrong("its stride ", shape_text(strides), " is too large");
    return last;
  }

  [[noreturn]] void wrong_size(const Shape& shape) {
    wrong("its size ", shape_text(shape), " is too large");
  }

  std::span<const std::byte> bytes_of(const StorageId& storage) {
    const auto at = storages_.find(storage.key);
    if (at == storages_.end()) wrong("the file lacks its storage, '", storage.key, "'");
    if (at->second.size() < storage.num_bytes())
      wrong("its storage '", storage.key, "' has ", at->second.size(), " bytes, expected ",
            storage.num_bytes(), "; the file is cut off or damaged");
    return at->second.first(storage.num_bytes()).subspan(storage.offset * storage.element_size);
  }

  template <class... Parts>
  [[noreturn]] void wrong(const Parts&... parts) {
    fail(ErrorKind::model, where_, parts...);
  }

  const Storages& storages_;
  const std::shared_ptr<const MappedFile>& file_;
  std::string where_;
  std::uint64_t copied_ = 0;  // bytes
};

bool is_plain(const PickleValue& value) {
  using Kind = PickleValue::Kind;
  return value.kind == Kind::none || value.kind == Kind::boolean || value.kind == Kind::integer ||
         value.kind == Kind::real || value.kind == Kind::text;
}

}  // namespace

bool may_stand_in_state_dict(std::string_view global) {
  return find_maker(global) != nullptr || makes_parameter(global) || global == kSize ||
         type_of_storage(global) != nullptr || type_of_numbers(global) != nullptr;
}

StorageId read_storage_id(const PickleValue& persistent, const std::string& where) {
  using Kind = PickleValue::Kind;
  const auto wrong = [&](const PickleValue& found) {
    fail(ErrorKind::model, where, "expected a storage as torch.save writes it, found ",
         describe(found));
  };
  if (persistent.kind != Kind::persistent || persistent.items.front()->kind != Kind::tuple)
    wrong(persistent);
  const auto& parts = persistent.items.front()->items;
  constexpr Kind kKinds[] = {Kind::text, Kind::global, Kind::text, Kind::text, Kind::integer};
  if (parts.size() < std::size(kKinds)) wrong(*persistent.items.front());
  for (std::size_t i = 0; i < std::size(kKinds); ++i)
    if (parts[i]->kind != kKinds[i]) wrong(*parts[i]);
  if (parts[0]->text != "storage") wrong(*parts[0]);
  const NumberType* type = type_of_storage(parts[1]->text);
  if (type == nullptr) wrong(*parts[1]);

  StorageId id{parts[2]->text, parts[1]->text, static_cast<std::uint64_t>(parts[4]->integer),
               type->size};
  if (parts[4]->integer < 0 || parts[4]->integer > kLargest / static_cast<std::int64_t>(type->size))
    wrong(*parts[4]);
  if (parts.size() < 6 || parts[5]->kind == Kind::none) return id;
  // Before PyTorch 0.4 a part of a storage had a key of its own, then its offset and size.
  const PickleValue& view = *parts[5];
  if (view.kind != Kind::tuple || view.items.size() != 3 || view.items[1]->kind != Kind::integer)
    wrong(view);
  const std::int64_t offset = view.items[1]->integer;
  if (offset < 0 || static_cast<std::uint64_t>(offset) > id.num_elements) wrong(*view.items[1]);
  id.offset = static_cast<std::uint64_t>(offset);
  return id;
}

std::vector<StoredTensor> read_state_dict(const PickleValue& dict, const Storages& storages,
                                          const std::shared_ptr<const MappedFile>& file) {
  if (dict.kind != PickleValue::Kind::dict)
    fail(ErrorKind::unsupported, file->path(), "expected a dict of tensors by name, found ",
         describe(dict), "; save model.state_dict()");
  TensorReader reader(storages, file);
  std::vector<StoredTensor> tensors;
  std::set<std::string> names;
  for (std::size_t i = 0; i < dict.items.size(); i += 2) {
    const PickleValue &key = *dict.items[i], &value = *dict.items[i + 1];
    if (is_plain(value)) continue;
    if (key.kind != PickleValue::Kind::text)
      fail(ErrorKind::unsupported, file->path(), "expected a name of a tensor, found ",
           describe(key), "; save model.state_dict()");
    if (!names.insert(key.text).second)
      fail(ErrorKind::model, file->path() + "#" + key.text, "the tensor stands twice");
    tensors.push_back(reader.read(key.text, value));
  }
  if (tensors.empty()) fail(ErrorKind::model, file->path(), "the state dict holds no tensor");
  return tensors;
}

}  // namespace prospect
