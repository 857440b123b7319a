#include "scoring/checkpoint/checkpoint.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

#include "core/error.h"
#include "core/json.h"
#include "core/text.h"
#include "scoring/checkpoint/pytorch_file.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

// A form of weights on disk: one file, or shards that an index names.
struct Form {
  const char *single, *index;
  Checkpoint::Reader read;
};

// The first that is there serves.
constexpr Form kForms[] = {
    {"model.safetensors", "model.safetensors.index.json", read_safetensors},
    {"pytorch_model.bin", "pytorch_model.bin.index.json", read_pytorch_file},
};

// Eight bytes at a step, since it runs over whole checkpoints; only has to tell files apart.
class ByteHash {
 public:
  // All but the last part are of a multiple of eight bytes.
  void add(std::span<const std::byte> bytes) {
    std::size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, 8);
      mix(word);
    }
    size_ += bytes.size();
    for (; at < bytes.size(); ++at) rest_ = rest_ << 8 | std::to_integer<std::uint64_t>(bytes[at]);
    num_rest_ += bytes.size() % 8;
  }
  std::uint64_t value() {
    mix(size_ << 8 * num_rest_ | rest_);
    return hash_;
  }

 private:
  void mix(std::uint64_t word) {
    constexpr std::uint64_t kOdd1 = 0x9e3779b97f4a7c15U, kOdd2 = 0xd6e8feb86659fd93U;
    hash_ = std::rotl(hash_ ^ (word * kOdd1), 29) * kOdd2;
  }

  std::uint64_t hash_ = 1, size_ = 0, rest_ = 0;
  std::size_t num_rest_ = 0;
};

std::uint64_t hash_of(const StoredTensor& tensor, std::span<std::byte> buffer) {
  ByteHash hash;
  for (std::size_t at = 0; at < tensor.bytes.size(); at += buffer.size()) {
    const auto part = tensor.bytes.subspan(at, std::min(buffer.size(), tensor.bytes.size() - at));
    if (tensor.file && tensor.file->holds(part)) {
      tensor.file->copy(part, buffer.first(part.size()));
      hash.add(buffer.first(part.size()));
    } else {
      hash.add(part);
    }
  }
  return hash.value();
}

// The shard of every tensor, by file. The index is a file of the checkpoint: what is wrong with it
// is wrong with the model.
std::map<std::string, std::set<std::string>> read_index(const fs::path& path) try {
  const Json index = read_json_file(path);
  std::map<std::string, std::set<std::string>> shards;
  for (const auto& [tensor, file] : JsonReader(index, path.string()).at("weight_map").members()) {
    const std::string name = file.string();
    if (name.empty() || name.find('/') != std::string::npos)
      file.fail_expected("the name of a file in the same folder");
    shards[name].insert(tensor);
  }
  return shards;
} catch (const Error& error) {
  if (error.kind() == ErrorKind::input)
    throw Error(ErrorKind::model, error.where(), error.message());
  throw;
}

}  // namespace

Checkpoint Checkpoint::open(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    fail(ErrorKind::io, folder.string(), "expected the folder of a checkpoint, found ",
         fs::exists(folder, ignored) ? "a file" : "nothing");
  Checkpoint checkpoint;
  checkpoint.folder_ = folder.string();
  for (const auto& [single, index, read] : kForms) {
    if (fs::exists(folder / single, ignored)) {
      checkpoint.add(folder / single, read);
      return checkpoint;
    }
    if (fs::exists(folder / index, ignored)) {
      checkpoint.add_shards(folder / index, read);
      return checkpoint;
    }
  }
  fail(ErrorKind::model, folder.string(),
       "expected weights in model.safetensors or pytorch_model.bin (or the shards of their "
       ".index.json), found neither");
}

void Checkpoint::add(const fs::path& path, Reader read) {
  for (auto& tensor : read(MappedFile::open(path))) {
    std::string name = tensor.name;
    const auto [at, added] = tensors_.emplace(std::move(name), std::move(tensor));
    if (!added)
      fail(ErrorKind::model, path.string() + "#" + at->first, "the tensor stands also in ",
           at->second.file->path());
  }
}

void Checkpoint::add_shards(const fs::path& index, Reader read) {
  const auto shards = read_index(index);
  if (shards.empty()) fail(ErrorKind::model, index.string(), "the weight_map names no tensor");
  std::string absent;
  for (const auto& [file, names] : shards) {
    const fs::path path = index.parent_path() / file;
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
      absent += (absent.empty() ? "" : ", ") + file;
      continue;
    }
    add(path, read);
    for (const auto& name : names) {
      const auto at = tensors_.find(name);
      if (at == tensors_.end() || at->second.file->path() != path.string())
        fail(ErrorKind::model, index.string(), "expected tensor '", name, "' in ", file,
             ", which does not hold it");
    }
  }
  if (!absent.empty())
    fail(ErrorKind::model, index.string(),
         "the folder lacks shards that the index names: ", absent);
}

std::string Checkpoint::fingerprint() const {
  std::string digest;
  std::vector<std::byte> buffer(std::size_t{1} << 20);
  for (const auto& [name, tensor] : tensors_)
    digest += name + ' ' + tensor.type_name + ' ' + shape_text(tensor.shape) + ' ' +
              std::to_string(hash_of(tensor, buffer)) + '\n';
  return prospect::fingerprint(digest);
}

}  // namespace prospect
