#include "scoring/checkpoint/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "core/error.h"

namespace prospect {

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const std::string name = path.string();
  const int descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(ErrorKind::io, name, "cannot read: ", std::strerror(errno));

  struct stat status {};
  int code = ::fstat(descriptor, &status) == 0 ? 0 : errno;
  if (code == 0 && !S_ISREG(status.st_mode)) code = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
  const auto size = static_cast<std::size_t>(status.st_size);
  void* address = nullptr;
  if (code == 0 && size > 0) {  // an empty range cannot be mapped
    address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (address == MAP_FAILED) code = errno;
  }
  if (code != 0) {
    ::close(descriptor);
    fail(ErrorKind::io, name, "cannot read: ", std::strerror(code));
  }
  return std::shared_ptr<const MappedFile>(
      new MappedFile(name, {static_cast<const std::byte*>(address), size}, descriptor));
}

void MappedFile::copy(std::span<const std::byte> bytes, std::span<std::byte> to) const {
  const auto begin = bytes.data() - bytes_.data();
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::pread(descriptor_, to.data() + done, bytes.size() - done,
                                  begin + static_cast<std::ptrdiff_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0)
      fail(ErrorKind::io, path_,
           "cannot read: ", count < 0 ? std::strerror(errno) : "the file has become shorter");
    done += static_cast<std::size_t>(count);
  }
}

bool MappedFile::holds(std::span<const std::byte> bytes) const {
  return bytes.data() >= bytes_.data() &&
         bytes.data() + bytes.size() <= bytes_.data() + bytes_.size();
}

void release_pages(std::span<const std::byte> bytes) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(bytes.data()) + page - 1) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(bytes.data() + bytes.size()) / page * page;
  // Advice alone: where it is refused, the memory is only given back later.
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  ::close(descriptor_);
}

}  // namespace prospect
