#include "tests/scoring/torch_writer.h"

namespace prospect::test {
namespace {

constexpr std::uint64_t kInZip64 = 0xffffffffU;  // a size that stands in the ZIP64 record

// The fields that a member's own header and the directory share.
std::string shared_header(const ZipEntry& entry, std::size_t extra, bool zip64) {
  const std::uint64_t size = zip64 ? kInZip64 : entry.content.size();
  return little_endian(zip64 ? 45 : 20, 2) + little_endian(entry.flags, 2) +
         little_endian(entry.method, 2) + little_endian(0, 2) + little_endian(0x21, 2) +
         little_endian(0, 4) + little_endian(size, 4) + little_endian(size, 4) +
         little_endian(entry.name.size(), 2) + little_endian(extra, 2);
}

}  // namespace

std::string little_endian(std::uint64_t value, std::size_t width) {
  std::string bytes;
  for (; width > 0; --width, value >>= 8) bytes += static_cast<char>(value & 0xff);
  return bytes;
}

std::string zip_archive(const std::vector<ZipEntry>& entries, bool zip64) {
  std::string archive, directory;
  for (const auto& entry : entries) {
    const std::size_t begin = archive.size();
    const std::string sizes =
        little_endian(entry.content.size(), 8) + little_endian(entry.content.size(), 8);
    const std::string extra = zip64 ? little_endian(1, 2) + little_endian(16, 2) + sizes : "";
    // torch.save pads a member's own header, so that its bytes begin at a round place.
    const std::size_t unpadded = begin + 30 + entry.name.size() + extra.size() + 4;
    const std::string padding((64 - unpadded % 64) % 64, 'Z');
    archive += "PK\x03\x04" + shared_header(entry, extra.size() + 4 + padding.size(), zip64) +
               entry.name + extra + "FB" + little_endian(padding.size(), 2) + padding +
               entry.content;
    const std::string whole =
        zip64 ? little_endian(1, 2) + little_endian(24, 2) + sizes + little_endian(begin, 8) : "";
    directory += "PK\x01\x02" + little_endian(20, 2) + shared_header(entry, whole.size(), zip64) +
                 little_endian(0, 10) + little_endian(zip64 ? kInZip64 : begin, 4) + entry.name +
                 whole;
  }
  const std::uint64_t at = archive.size(), count = entries.size();
  archive += directory;
  const std::uint64_t end = archive.size();
  if (zip64)
    archive += "PK\x06\x06" + little_endian(44, 8) + little_endian(45, 2) + little_endian(45, 2) +
               little_endian(0, 8) + little_endian(count, 8) + little_endian(count, 8) +
               little_endian(directory.size(), 8) + little_endian(at, 8) + "PK\x06\x07" +
               little_endian(0, 4) + little_endian(end, 8) + little_endian(1, 4);
  const std::uint64_t shown = zip64 ? 0xffff : count;
  return archive + "PK\x05\x06" + little_endian(0, 4) + little_endian(shown, 2) +
         little_endian(shown, 2) + little_endian(zip64 ? kInZip64 : directory.size(), 4) +
         little_endian(zip64 ? kInZip64 : at, 4) + little_endian(0, 2);
}

std::string pickled(std::string_view text) {
  return 'X' + little_endian(text.size(), 4) + std::string(text);
}

std::string pickled(std::int64_t integer) {
  return "\x8a\x08" + little_endian(static_cast<std::uint64_t>(integer), 8);
}

std::string pickled(const std::vector<std::int64_t>& tuple) {
  std::string opcodes = "(";
  for (const auto integer : tuple) opcodes += pickled(integer);
  return opcodes + 't';
}

std::string pickled(const TorchTensor& tensor) {
  std::string type = tensor.storage_type;
  type.replace(type.find(' '), 1, "\n");
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + pickled("storage") + 'c' + type + '\n' +
         pickled(tensor.key) + pickled("cpu") + pickled(tensor.storage_size) + "tQ" +
         pickled(tensor.offset) + pickled(tensor.size) + pickled(tensor.stride) +
         "\x89"
         "ccollections\nOrderedDict\n)RtR";
}

std::string pickled_dict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string opcodes = "ccollections\nOrderedDict\n)R(";
  for (const auto& [name, value] : items) opcodes += pickled(name) + value;
  return opcodes + 'u';
}

std::string whole_pickle(const std::string& opcodes) {
  return "\x80\x02" + opcodes + '.';
}

std::string torch_archive(const std::string& dict,
                          const std::map<std::string, std::string>& storages) {
  std::vector<ZipEntry> entries{{"model/data.pkl", whole_pickle(dict)},
                                {"model/byteorder", "little"}};
  for (const auto& [key, bytes] : storages) entries.push_back({"model/data/" + key, bytes});
  entries.push_back({"model/version", "3\n"});
  return zip_archive(entries);
}

}  // namespace prospect::test
