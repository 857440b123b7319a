#include "datasets/corpus/text_source.h"

#include <lzma.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string_view>

#include "core/error.h"
#include "datasets/detail/data_variable.h"

namespace prospect::detail {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
// What unpacking may take: xz at its highest preset takes 65 MiB.
constexpr std::uint64_t kMostUnpackBytes = std::uint64_t{256} << 20;
constexpr std::string_view kXzMagic{
    "\xFD"
    "7zXZ\0",
    6};

class PlainSource : public TextSource {
 public:
  explicit PlainSource(const std::filesystem::path& path)
      : path_(path), file_(path, std::ios::binary) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
      fail(ErrorKind::input, path.string(), "expected a file of sentences, found a folder");
    if (!file_) fail(ErrorKind::io, path.string(), "cannot be read: ", std::strerror(errno));
  }

  bool read(std::string& into, std::size_t most) override {
    const std::size_t old = into.size();
    into.resize(old + most);
    file_.read(into.data() + old, static_cast<std::streamsize>(most));
    const auto count = static_cast<std::size_t>(file_.gcount());
    into.resize(old + count);
    if (file_.bad()) fail(ErrorKind::io, path_.string(), "cannot be read: ", std::strerror(errno));
    return count > 0;
  }

 private:
  std::filesystem::path path_;
  std::ifstream file_;
};

class XzSource : public TextSource {
 public:
  explicit XzSource(const std::filesystem::path& path) : path_(path), packed_(path) {
    if (lzma_stream_decoder(&stream_, kMostUnpackBytes, LZMA_CONCATENATED) != LZMA_OK)
      fail(ErrorKind::io, path.string(), "cannot be unpacked: no memory");
  }
  ~XzSource() override { lzma_end(&stream_); }
  XzSource(const XzSource&) = delete;
  XzSource& operator=(const XzSource&) = delete;

  bool read(std::string& into, std::size_t most) override {
    if (has_ended_) return false;
    const std::size_t old = into.size();
    into.resize(old + most);
    stream_.next_out = reinterpret_cast<std::uint8_t*>(into.data() + old);
    stream_.avail_out = most;
    while (stream_.avail_out > 0 && !has_ended_) step();
    into.resize(into.size() - stream_.avail_out);
    return into.size() > old;
  }

 private:
  void step() {
    if (stream_.avail_in == 0 && !is_read_) {
      buffer_.clear();
      is_read_ = !packed_.read(buffer_, kBufferBytes);
      stream_.next_in = reinterpret_cast<const std::uint8_t*>(buffer_.data());
      stream_.avail_in = buffer_.size();
    }
    const lzma_ret code = lzma_code(&stream_, is_read_ ? LZMA_FINISH : LZMA_RUN);
    if (code == LZMA_STREAM_END) has_ended_ = true;
    if (code == LZMA_OK || code == LZMA_STREAM_END) return;
    fail(ErrorKind::input, path_.string(), "expected a whole xz file, found one that is ",
         code == LZMA_BUF_ERROR        ? "cut off"
         : code == LZMA_MEMLIMIT_ERROR ? "packed with too large a window"
                                       : "damaged",
         "; unpack it with xz -d to see how far it is whole");
  }

  std::filesystem::path path_;
  PlainSource packed_;
  std::string buffer_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool is_read_ = false, has_ended_ = false;
};

}  // namespace

std::unique_ptr<TextSource> open_text_source(const std::filesystem::path& named) {
  const std::filesystem::path path = expand_data_variable(named.string(), named.string());
  auto plain = std::make_unique<PlainSource>(path);
  std::string start;
  plain->read(start, kXzMagic.size());
  if (start == kXzMagic) return std::make_unique<XzSource>(path);
  return std::make_unique<PlainSource>(path);
}

}  // namespace prospect::detail
