#include "scoring/checkpoint/pytorch_file.h"

#include <cstring>
#include <string_view>

#include "core/error.h"
#include "scoring/checkpoint/state_dict.h"
#include "scoring/checkpoint/zip_directory.h"

namespace prospect {
namespace {

using namespace std::string_view_literals;

using Members = std::map<std::string, ZipMember>;

constexpr std::string_view kStateDict = "data.pkl";

// What begins a file before PyTorch 1.6: 0x1950a86a20f9469cfc6c, little-endian.
constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv;
constexpr std::string_view kMagicInDigits = "L119547037146038801333356L";
constexpr std::int64_t kProtocol = 1001;

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[noreturn]] void refuse_byte_order(const MappedFile& file) {
  fail(ErrorKind::unsupported, file.path(),
       "expected little-endian numbers, found those of a big-endian machine; save it again on a "
       "little-endian one");
}

std::span<const std::byte> stored_bytes(const MappedFile& file, const Members::value_type& entry) {
  const auto& [name, member] = entry;
  if (!member.is_stored)
    fail(ErrorKind::unsupported, file.path(), "expected '", name,
         "' stored, as torch.save does, found it compressed or encrypted; pack the archive again "
         "without compression");
  return member.bytes;
}

// The folder inside the archive, with its slash: that of `data.pkl`.
std::string find_folder(const MappedFile& file, const Members& members) {
  std::string folder;
  bool found = false;
  for (const auto& [name, member] : members) {
    const auto slash = name.find('/');
    const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
    if (name.substr(begin) == "constants.pkl")
      fail(ErrorKind::unsupported, file.path(),
           "expected a state dict, found a TorchScript archive, which holds code; save "
           "model.state_dict() with torch.save");
    if (name.substr(begin) != kStateDict) continue;
    if (found) fail(ErrorKind::model, file.path(), "the archive holds two state dicts");
    folder = name.substr(0, begin);
    found = true;
  }
  if (!found)
    fail(ErrorKind::model, file.path(), "expected ", kStateDict, " in the archive, found ",
         members.size(), " other members, as '", members.begin()->first,
         "'; torch.save wrote no such file");
  return folder;
}

std::vector<StoredTensor> read_archive(const std::shared_ptr<const MappedFile>& file) {
  const Members members = read_zip_directory(*file);
  const std::string folder = find_folder(*file, members);
  if (const auto order = members.find(folder + "byteorder");
      order != members.end() && as_text(stored_bytes(*file, *order)) != "little")
    refuse_byte_order(*file);
  Storages storages;
  const std::string data = folder + "data/";
  for (auto at = members.lower_bound(data); at != members.end() && at->first.starts_with(data);
       ++at)
    storages.emplace(at->first.substr(data.size()), stored_bytes(*file, *at));
  const auto dict = members.find(folder + std::string(kStateDict));
  const Pickle pickle(stored_bytes(*file, *dict), file->path(), may_stand_in_state_dict);
  return read_state_dict(pickle.value(), storages, file);
}

// The form before PyTorch 1.6: pickles of the magic number, the protocol, the machine, the state
// dict and the storages' keys, and after them the storages: each a count and its numbers.
class RowOfPickles {
 public:
  explicit RowOfPickles(const std::shared_ptr<const MappedFile>& file)
      : file_(file), rest_(file->bytes()) {}

  std::vector<StoredTensor> read() {
    using Kind = PickleValue::Kind;
    const auto magic = next();
    if (magic->value().kind != Kind::long_integer || magic->value().text != kMagic)
      fail(ErrorKind::model, file_->path(),
           "expected a file that torch.save wrote, found the pickle of ", describe(magic->value()));
    const auto protocol = next();
    if (protocol->value().kind != Kind::integer || protocol->value().integer != kProtocol)
      fail(ErrorKind::unsupported, file_->path(), "expected protocol ", kProtocol,
           " of torch.save, found ", describe(protocol->value()));
    const auto machine = next();
    for (std::size_t i = 0; i + 1 < machine->value().items.size(); i += 2)
      if (machine->value().items[i]->text == "little_endian" &&
          machine->value().items[i + 1]->integer == 0)
        refuse_byte_order(*file_);
    const auto dict = next();
    const auto keys = next();
    if (keys->value().kind != Kind::list)
      damaged("expected a list of storages, found ", describe(keys->value()));
    return read_state_dict(dict->value(), read_storages(*dict, keys->value()), file_);
  }

 private:
  std::unique_ptr<const Pickle> next() {
    auto pickle = std::make_unique<const Pickle>(rest_, file_->path(), may_stand_in_state_dict);
    rest_ = rest_.subspan(pickle->size());
    return pickle;
  }

  Storages read_storages(const Pickle& dict, const PickleValue& keys) {
    std::map<std::string, StorageId> known;
    for (const PickleValue* storage : dict.persistent()) {
      StorageId id = read_storage_id(*storage, file_->path());
      known.emplace(id.key, std::move(id));
    }
    Storages storages;
    for (const PickleValue* key : keys.items) {
      const auto at = known.find(key->text);
      if (at == known.end()) damaged("no tensor uses storage ", describe(*key));
      const StorageId& id = at->second;
      std::uint64_t count = 0;
      std::memcpy(&count, take(sizeof count, id).data(), sizeof count);
      if (count != id.num_elements)
        damaged("storage '", id.key, "' has ", count, " numbers, its tensors expect ",
                id.num_elements);
      if (!storages.emplace(id.key, take(id.num_bytes(), id)).second)
        damaged("storage '", id.key, "' stands twice");
    }
    return storages;
  }

  std::span<const std::byte> take(std::uint64_t size, const StorageId& id) {
    if (size > rest_.size())
      damaged("storage '", id.key, "' needs ", size, " bytes, but only ", rest_.size(), " follow");
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

  template <class... Parts>
  [[noreturn]] void damaged(const Parts&... parts) {
    fail(ErrorKind::model, file_->path(), parts..., "; the file is cut off or damaged");
  }

  const std::shared_ptr<const MappedFile>& file_;
  std::span<const std::byte> rest_;
};

}  // namespace

std::vector<StoredTensor> read_pytorch_file(std::shared_ptr<const MappedFile> file) {
  const std::string_view text = as_text(file->bytes());
  if (text.empty())
    fail(ErrorKind::model, file->path(),
         "expected a file that torch.save wrote, found an empty one");
  if (text.starts_with("PK")) return read_archive(file);
  if (text.starts_with('\x80')) return RowOfPickles(file).read();  // the opcode that opens a pickle
  if (text.starts_with(kMagicInDigits))
    fail(ErrorKind::unsupported, file->path(),
         "the pickle is of protocol 0 or 1; save it again with pickle protocol 2");
  if (text.starts_with("version https://git-lfs"))
    fail(ErrorKind::model, file->path(),
         "found a pointer of Git LFS in place of the file; run git lfs pull in the folder");
  if (text.size() > 262 && text.substr(257, 5) == "ustar")
    fail(
        ErrorKind::unsupported, file->path(),
        "the file was saved by PyTorch before 0.1.10, as a tar archive; load it with PyTorch 1 and "
        "save it again");
  fail(ErrorKind::model, file->path(),
       "expected a file that torch.save wrote (a zip archive or a pickle), found neither; the file "
       "is damaged, copy it again");
}

}  // namespace prospect
