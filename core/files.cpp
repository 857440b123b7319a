#include "core/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags)
      : fd_(::open(path.c_str(), flags, 0666)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// A new file beside `path` that nobody else has, not even another thread.
std::filesystem::path name_aside(const std::filesystem::path& path, int attempt) {
  return path.string() + ".part" + std::to_string(::getpid()) + "-" + std::to_string(attempt);
}

[[noreturn]] void fail_io(const std::filesystem::path& path, std::string_view verb) {
  fail(ErrorKind::io, path.string(), "cannot ", verb, ": ", std::strerror(errno));
}

void write_all(const Descriptor& file, std::string_view content,
               const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t count = ::write(file.get(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_io(path, "write");
    content.remove_prefix(static_cast<std::size_t>(count));
  }
}

// Writes a new file and renames it to `path`.
void write_beside(const std::filesystem::path& path, std::string_view content) {
  for (int attempt = 0;; ++attempt) {
    const std::filesystem::path aside = name_aside(path, attempt);
    const Descriptor file(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
    if (file.get() < 0 && errno == EEXIST) continue;
    if (file.get() < 0) fail_io(path, "write");
    try {
      write_all(file, content, path);
      if (::fsync(file.get()) != 0 && errno != EINVAL) fail_io(path, "write");
      if (::rename(aside.c_str(), path.c_str()) != 0) fail_io(path, "write");
      return;
    } catch (...) {
      ::unlink(aside.c_str());
      throw;
    }
  }
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const Descriptor file(path, O_RDONLY | O_CLOEXEC);
  if (file.get() < 0) fail_io(path, "read");
  std::string content;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_io(path, "read");
    if (count == 0) return content;
    content.append(buffer, static_cast<std::size_t>(count));
  }
}

std::string read_text_file(const std::filesystem::path& path) {
  std::string content = read_file(path);
  if (const auto offset = invalid_utf8(content)) {
    const auto end = content.begin() + static_cast<std::ptrdiff_t>(*offset);
    fail(ErrorKind::input,
         path.string() + ":" + std::to_string(std::count(content.begin(), end, '\n') + 1),
         "expected UTF-8 text, found an invalid byte at offset ", *offset,
         "; convert the file to UTF-8");
  }
  if (content.starts_with("\xEF\xBB\xBF")) content.erase(0, 3);
  return content;
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  std::error_code code;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), code);
  if (code)
    fail(ErrorKind::io, path.parent_path().string(), "cannot make the folder: ", code.message());

  // A device or pipe has no content to keep and must not be replaced by a file.
  const auto type = std::filesystem::status(path, code).type();
  if (type == std::filesystem::file_type::character || type == std::filesystem::file_type::fifo) {
    const Descriptor device(path, O_WRONLY | O_CLOEXEC);
    if (device.get() < 0) fail_io(path, "write");
    write_all(device, content, path);
    return;
  }
  // A link stays, and the file that it points to is replaced.
  if (std::filesystem::is_symlink(path, code)) {
    const auto target = std::filesystem::weakly_canonical(path, code);
    if (!code) return write_beside(target, content);
  }
  write_beside(path, content);
}

}  // namespace prospect
