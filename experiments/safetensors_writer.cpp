#include "experiments/safetensors_writer.h"

#include <cstring>

#include "core/error.h"
#include "core/files.h"
#include "core/json.h"

namespace prospect {
namespace {

constexpr std::size_t kAlignment = 8;

template <class Value>
void append(std::string& bytes, const Value* values, std::size_t count) {
  if (count > 0) bytes.append(reinterpret_cast<const char*>(values), count * sizeof(Value));
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const auto& tensor : tensors) {
    std::int64_t count = 1;
    for (const std::int64_t size : tensor.shape) count *= size;
    if (count != static_cast<std::int64_t>(tensor.values.size()))
      fail(ErrorKind::internal, tensor.name, "expected ", count, " values, found ",
           tensor.values.size());
    const std::size_t end = offset + tensor.values.size() * sizeof(double);
    header[tensor.name] = {
        {"dtype", "F64"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = dump_json(header);
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');

  std::string bytes;
  bytes.reserve(sizeof(std::uint64_t) + text.size() + offset);
  const std::uint64_t length = text.size();
  append(bytes, &length, 1);
  bytes += text;
  for (const auto& tensor : tensors) append(bytes, tensor.values.data(), tensor.values.size());
  write_file(path, bytes);
}

}  // namespace prospect
