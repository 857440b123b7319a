#include "scoring/checkpoint/zip_directory.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/error.h"

// No library, since none in Debian serves: libzip and libarchive hide where a member's bytes begin,
// and Minizip misreads ZIP64 places, so that it loses members past 4 GiB.

namespace prospect {
namespace {

// The records of an archive: how they begin, and their sizes without texts of varying length.
constexpr std::string_view kMember = "PK\x03\x04", kEntry = "PK\x01\x02", kEnd = "PK\x05\x06",
                           kEnd64 = "PK\x06\x06", kLocator64 = "PK\x06\x07";
constexpr std::uint64_t kMemberSize = 30, kEntrySize = 46, kEndSize = 22, kEnd64Size = 56,
                        kLocator64Size = 20;
constexpr std::uint64_t kLongestComment = 0xffff;
constexpr std::uint64_t kIn64 = 0xffffffff;  // a field whose value stands in the ZIP64 extra field
constexpr std::uint64_t kExtra64 = 1;        // what this field is called

std::uint64_t number(std::string_view record, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(record[at + i]);
  return value;
}

class Archive {
 public:
  explicit Archive(const MappedFile& file)
      : file_(file),
        text_(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()) {}

  std::map<std::string, ZipMember> members() {
    const Directory directory = find_directory();
    std::map<std::string, ZipMember> members;
    std::uint64_t at = directory.begin;
    for (std::uint64_t i = 0; i < directory.count; ++i) {
      const std::string_view entry = record(at, kEntrySize, kEntry, "an entry of its directory");
      const std::uint64_t name_size = number(entry, 28, 2), extra_size = number(entry, 30, 2);
      const std::string_view texts = part(at + kEntrySize, name_size + extra_size, "its directory");
      const std::string name(texts.substr(0, name_size));
      if (!members.emplace(name, locate(name, entry, texts.substr(name_size))).second)
        damaged("the archive holds '", name, "' twice");
      at += kEntrySize + texts.size() + number(entry, 32, 2);
    }
    if (at != directory.end)
      damaged("the archive's directory ends at ", at, ", expected ", directory.end);
    if (members.empty()) damaged("the archive has no members");
    return members;
  }

 private:
  struct Directory {
    std::uint64_t count, begin, end;
  };

  Directory find_directory() {
    const std::uint64_t end_at = find_end();
    const std::string_view end = text_.substr(end_at, kEndSize);
    std::uint64_t count = number(end, 10, 2), size = number(end, 12, 4), begin = number(end, 16, 4);
    if (end_at >= kLocator64Size &&
        text_.substr(end_at - kLocator64Size, kLocator64.size()) == kLocator64) {
      const std::uint64_t at = number(text_, end_at - kLocator64Size + 8, 8);
      const std::string_view end64 = record(at, kEnd64Size, kEnd64, "the end of its directory");
      count = number(end64, 32, 8);
      size = number(end64, 40, 8);
      begin = number(end64, 48, 8);
    }
    part(begin, size, "its directory");
    return {count, begin, begin + size};
  }

  // The last record, before a comment that goes to the end of the file.
  std::uint64_t find_end() {
    for (std::uint64_t comment = 0; comment <= kLongestComment; ++comment) {
      if (text_.size() < kEndSize + comment) break;
      const std::uint64_t at = text_.size() - kEndSize - comment;
      if (text_.substr(at, kEnd.size()) == kEnd && number(text_, at + 20, 2) == comment) return at;
    }
    damaged("expected a zip archive, found no directory at its end");
  }

  ZipMember locate(const std::string& name, std::string_view entry, std::string_view extra) {
    std::uint64_t whole = number(entry, 24, 4), size = number(entry, 20, 4),
                  begin = number(entry, 42, 4);
    read_extra64(name, extra, {&whole, &size, &begin});
    const std::string_view header = record(begin, kMemberSize, kMember, "'" + name + "'");
    const std::uint64_t name_size = number(header, 26, 2), extra_size = number(header, 28, 2);
    if (part(begin + kMemberSize, name_size, "a name") != name)
      damaged("expected '", name, "' at ", begin, ", found another member");
    const std::uint64_t bytes_at = begin + kMemberSize + name_size + extra_size;
    part(bytes_at, size, "'" + name + "'");
    const bool is_encrypted = (number(entry, 8, 2) & 1) != 0;
    const bool is_compressed = number(entry, 10, 2) != 0;
    if (!is_encrypted && !is_compressed && whole != size)
      damaged("'", name, "' has ", size, " bytes, expected ", whole);
    return {file_.bytes().subspan(bytes_at, size), !is_encrypted && !is_compressed};
  }

  // The ZIP64 extra field holds, in this order, those of the values that need it.
  void read_extra64(const std::string& name, std::string_view extra,
                    std::initializer_list<std::uint64_t*> values) {
    const auto field = find_extra64(extra);
    std::size_t at = 0;
    for (std::uint64_t* value : values) {
      if (*value != kIn64 || !field) continue;
      if (field->size() < at + 8) damaged("the directory's entry of '", name, "' is incomplete");
      *value = number(*field, at, 8);
      at += 8;
    }
  }

  static std::optional<std::string_view> find_extra64(std::string_view extra) {
    while (extra.size() >= 4) {
      const std::uint64_t id = number(extra, 0, 2), size = number(extra, 2, 2);
      if (id == kExtra64) return extra.substr(4, size);
      extra.remove_prefix(std::min<std::size_t>(extra.size(), 4 + size));
    }
    return std::nullopt;
  }

  std::string_view part(std::uint64_t begin, std::uint64_t size, std::string_view what) {
    if (begin > text_.size() || size > text_.size() - begin)
      damaged("the archive places ", what, " at ", begin, ", with ", size,
              " bytes, but the file holds ", text_.size());
    return text_.substr(begin, size);
  }

  std::string_view record(std::uint64_t begin, std::uint64_t size, std::string_view start,
                          std::string_view what) {
    const std::string_view bytes = part(begin, size, what);
    if (!bytes.starts_with(start))
      damaged("the archive places ", what, " at ", begin, ", where something else is");
    return bytes;
  }

  template <class... Parts>
  [[noreturn]] void damaged(const Parts&... parts) const {
    fail(ErrorKind::model, file_.path(), parts...,
         "; the file is cut off or damaged, copy it again");
  }

  const MappedFile& file_;
  std::string_view text_;
};

}  // namespace

std::map<std::string, ZipMember> read_zip_directory(const MappedFile& file) {
  return Archive(file).members();
}

}  // namespace prospect
