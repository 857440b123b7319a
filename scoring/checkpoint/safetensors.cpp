#include "scoring/checkpoint/safetensors.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

#include "core/error.h"
#include "core/json.h"
#include "core/text.h"

namespace prospect {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kLongestHeader = 100'000'000;  // the format's own limit

struct TypeRow {
  std::string_view name;
  std::uint64_t size;  // bytes of one number
  StoredType type;
};

constexpr TypeRow kTypes[] = {
    {"F32", 4, StoredType::float32},   {"F16", 2, StoredType::float16},
    {"BF16", 2, StoredType::bfloat16}, {"F64", 8, StoredType::other},
    {"I64", 8, StoredType::other},     {"I32", 4, StoredType::other},
    {"I16", 2, StoredType::other},     {"I8", 1, StoredType::other},
    {"U64", 8, StoredType::other},     {"U32", 4, StoredType::other},
    {"U16", 2, StoredType::other},     {"U8", 1, StoredType::other},
    {"BOOL", 1, StoredType::other},    {"F8_E4M3", 1, StoredType::other},
    {"F8_E5M2", 1, StoredType::other},
};

const TypeRow* find_type(std::string_view name) {
  const auto* row = std::find_if(std::begin(kTypes), std::end(kTypes),
                                 [&](const TypeRow& type) { return type.name == name; });
  return row == std::end(kTypes) ? nullptr : row;
}

// A name in a message: short, and on one line.
std::string quoted(const std::string& name) {
  constexpr std::size_t kLongest = 100;
  const bool cut = name.size() > kLongest;
  return dump_json(Json(name.substr(0, kLongest))) + (cut ? "..." : "");
}

std::uint64_t header_length(const MappedFile& file) {
  const auto bytes = file.bytes();
  if (bytes.size() < kLengthBytes)
    fail(ErrorKind::model, file.path(), "expected a safetensors file of at least ", kLengthBytes,
         " bytes, found ", bytes.size(), "; copy the file again");
  std::uint64_t length = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;)
    length = length << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  if (length > kLongestHeader)
    fail(ErrorKind::model, file.path(), "expected a header of at most ", kLongestHeader,
         " bytes, found the length ", length, "; this is no safetensors file");
  if (length > bytes.size() - kLengthBytes)
    fail(ErrorKind::model, file.path(), "the header claims ", length, " bytes, but only ",
         bytes.size() - kLengthBytes, " follow; the file is cut off");
  return length;
}

// As core's parse_json, but a tensor named twice is an error and not the last one.
Json parse_header(const MappedFile& file, std::string_view text) {
  if (text.empty() || text.front() != '{')
    fail(ErrorKind::model, file.path(), "expected a header that starts with '{'",
         text.empty() ? ", found an empty one" : "; this is no safetensors file");
  std::set<std::string> names;
  std::optional<std::string> twice;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 1 &&
        !names.insert(parsed.get<std::string>()).second)
      twice = parsed.get<std::string>();
    return true;
  };
  try {
    Json header = Json::parse(text, watch);
    if (twice) fail(ErrorKind::model, file.path(), "tensor ", quoted(*twice), " stands twice");
    return header;
  } catch (const Json::exception&) {
    fail(ErrorKind::model, file.path(), "the header is not valid JSON; the file is damaged");
  }
}

// Reads and checks one entry of the header; what concerns its neighbours is checked later.
class EntryReader {
 public:
  EntryReader(const std::shared_ptr<const MappedFile>& file, std::span<const std::byte> data)
      : file_(file), data_(data) {}

  StoredTensor read(const std::string& name, const Json& entry) {
    where_ = file_->path() + "#" + name;
    if (!entry.is_object()) wrong("expected an object with dtype, shape and data_offsets");
    for (const char* key : {"dtype", "shape", "data_offsets"})
      if (!entry.contains(key)) wrong("has no ", key);
    StoredTensor tensor{.name = name, .file = file_};
    const TypeRow& type = read_type(entry["dtype"]);
    tensor.type_name = type.name;
    tensor.type = type.type;

    const Json& shape = entry["shape"];
    if (!shape.is_array()) wrong("expected a list as shape, found ", dump_json(shape));
    std::uint64_t size = type.size;
    for (const Json& dimension : shape) {
      const std::uint64_t count = natural(dimension, "shape");
      if (count != 0 && size > std::numeric_limits<std::int64_t>::max() / count)
        wrong("the shape ", dump_json(shape), " is too large");
      size *= count;
      tensor.shape.push_back(static_cast<std::int64_t>(count));
    }
    tensor.bytes = read_range(entry["data_offsets"], size, shape);
    return tensor;
  }

 private:
  const TypeRow& read_type(const Json& value) {
    if (!value.is_string()) wrong("expected a name as dtype, found ", dump_json(value));
    const auto& found = value.get_ref<const std::string&>();
    const TypeRow* type = find_type(found);
    if (type == nullptr) wrong("unknown dtype ", quoted(found));
    return *type;
  }

  std::uint64_t natural(const Json& value, std::string_view what) {
    if (!value.is_number_unsigned() ||
        value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
      wrong("expected whole numbers in ", what, ", found ", dump_json(value).substr(0, 40));
    return value.get<std::uint64_t>();
  }

  std::span<const std::byte> read_range(const Json& offsets, std::uint64_t size,
                                        const Json& shape) {
    if (!offsets.is_array() || offsets.size() != 2) wrong("expected two data_offsets");
    const std::uint64_t begin = natural(offsets[0], "data_offsets");
    const std::uint64_t end = natural(offsets[1], "data_offsets");
    if (begin > end) wrong("its data end at ", end, ", before they begin at ", begin);
    if (end > data_.size())
      wrong("its data end at byte ", end, ", but the file holds ", data_.size(),
            " bytes of data; the file is cut off");
    if (end - begin != size)
      wrong("the shape ", dump_json(shape), " takes ", size, " bytes, but its data are ",
            end - begin);
    return data_.subspan(begin, end - begin);
  }

  template <class... Parts>
  [[noreturn]] void wrong(const Parts&... parts) {
    fail(ErrorKind::model, where_, parts...);
  }

  const std::shared_ptr<const MappedFile>& file_;
  std::span<const std::byte> data_;
  std::string where_;
};

// The tensors, in order of their data, must cover them exactly.
void check_cover(const MappedFile& file, std::span<const std::byte> data,
                 const std::vector<StoredTensor>& tensors) {
  const std::byte* expected = data.data();
  for (const auto& tensor : tensors) {
    const std::byte* begin = tensor.bytes.data();
    if (begin == expected) {
      expected += tensor.bytes.size();
      continue;
    }
    fail(ErrorKind::model, file.path() + "#" + tensor.name, "its data begin at ",
         begin - data.data(), ", expected ", expected - data.data(),
         begin < expected ? "; it overlaps the tensor before it"
                          : "; bytes before it belong to no tensor");
  }
  if (expected != data.data() + data.size())
    fail(ErrorKind::model, file.path(), "the last ", data.data() + data.size() - expected,
         " bytes belong to no tensor; the file is damaged");
}

}  // namespace

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const auto dimension : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(dimension);
  }
  return text + "]";
}

std::vector<StoredTensor> read_safetensors(std::shared_ptr<const MappedFile> file) {
  const std::uint64_t length = header_length(*file);
  const auto bytes = file->bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, length);
  const Json header = parse_header(*file, text);
  const auto data = bytes.subspan(kLengthBytes + length);

  std::vector<StoredTensor> tensors;
  EntryReader reader(file, data);
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    tensors.push_back(reader.read(name, entry));
  }
  std::stable_sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
    if (a.bytes.data() != b.bytes.data()) return a.bytes.data() < b.bytes.data();
    return a.bytes.size() < b.bytes.size();  // an empty tensor before the one that starts there
  });
  check_cover(*file, data, tensors);
  return tensors;
}

}  // namespace prospect
