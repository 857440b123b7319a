#include "experiments/plugin_stamp.h"

#include <elf.h>

#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/files.h"

namespace prospect {
namespace {

// A shared library's file in the ELF format of 64 bits, as far as finding a section takes it.
class ElfFile {
 public:
  ElfFile(std::string_view bytes, std::string where) : bytes_(bytes), where_(std::move(where)) {
    const auto header = read<Elf64_Ehdr>(0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_type != ET_DYN)
      fail(ErrorKind::input, where_,
           "expected a plug-in (a shared library of 64 bits), found another kind of file");
    header_ = *header;
    if (header_.e_shentsize != sizeof(Elf64_Shdr) || header_.e_shstrndx >= header_.e_shnum)
      fail_cut();
  }

  // The content of a section; nothing where there is none.
  std::optional<std::string_view> section(std::string_view name) const {
    const Elf64_Shdr names = section_header(header_.e_shstrndx);
    for (std::size_t i = 0; i < header_.e_shnum; ++i) {
      const Elf64_Shdr header = section_header(i);
      const auto from = part(names.sh_offset, names.sh_size);
      if (header.sh_name >= from.size()) fail_cut();
      if (from.substr(header.sh_name).starts_with(std::string(name) + '\0'))
        return part(header.sh_offset, header.sh_size);
    }
    return std::nullopt;
  }

 private:
  template <class Record>
  std::optional<Record> read(std::uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(Record)) return std::nullopt;
    Record record;
    std::memcpy(&record, bytes_.data() + offset, sizeof record);
    return record;
  }
  // The table of sections stands at the file's end: a file that was cut off has lost it.
  Elf64_Shdr section_header(std::size_t index) const {
    if (header_.e_shoff > bytes_.size()) fail_cut();
    const auto header = read<Elf64_Shdr>(header_.e_shoff + index * sizeof(Elf64_Shdr));
    if (!header) fail_cut();
    return *header;
  }
  std::string_view part(std::uint64_t offset, std::uint64_t size) const {
    if (offset > bytes_.size() || bytes_.size() - offset < size) fail_cut();
    return bytes_.substr(offset, size);
  }
  [[noreturn]] void fail_cut() const {
    fail(ErrorKind::input, where_,
         "expected a plug-in (a shared library), found a damaged file; build it again");
  }

  std::string_view bytes_;
  std::string where_;
  Elf64_Ehdr header_{};
};

}  // namespace

PluginStamp read_plugin_stamp(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  const auto section = ElfFile(bytes, path.string()).section(PluginStamp::kSection);
  PluginStamp stamp;
  if (!section || section->size() < sizeof stamp ||
      !section->starts_with(std::string_view(stamp.magic, sizeof stamp.magic)))
    fail(ErrorKind::input, path.string(),
         "expected a plug-in, found a shared library without PROSPECT_PLUGIN(...); put it behind "
         "the strategy's class");
  std::memcpy(static_cast<void*>(&stamp), section->data(), sizeof stamp);
  return stamp;
}

}  // namespace prospect
