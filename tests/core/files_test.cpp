#include "core/files.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::ScratchFolder;

std::size_t num_entries(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST_CASE("what is written is read back, byte for byte") {
  const ScratchFolder folder;
  std::string bytes(100'000, 'x');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);

  write_file(folder.path() / "a.bin", bytes);
  write_file(folder.path() / "empty", "");

  CHECK(read_file(folder.path() / "a.bin") == bytes);
  CHECK(read_file(folder.path() / "empty").empty());
  CHECK(num_entries(folder.path()) == 2);
}

TEST_CASE("missing parent folders are made") {
  const ScratchFolder folder;

  write_file(folder.path() / "a" / "b" / "c.txt", "x");

  CHECK(read_file(folder.path() / "a" / "b" / "c.txt") == "x");
}

TEST_CASE("a shorter content replaces a longer one whole") {
  const ScratchFolder folder;
  const auto path = folder.write("a.txt", "a long content");

  write_file(path, "short");

  CHECK(read_file(path) == "short");
  CHECK(num_entries(folder.path()) == 1);
}

TEST_CASE("a file that cannot be read is an io error with the reason") {
  const ScratchFolder folder;
  expect_error(ErrorKind::io, "none.txt: cannot read: No such file",
               [&] { read_file(folder.path() / "none.txt"); });
  expect_error(ErrorKind::io, "cannot read: Is a directory", [&] { read_file(folder.path()); });
  const auto file = folder.write("file", "x");
  expect_error(ErrorKind::io, "cannot read: Not a directory", [&] { read_file(file / "below"); });
}

TEST_CASE("a path below a file cannot be written, and the file stands") {
  const ScratchFolder folder;
  const auto file = folder.write("file", "old");

  expect_error(ErrorKind::io,
               "cannot make the folder: ", [&] { write_file(file / "b" / "c", "x"); });
  expect_error(ErrorKind::io, "file", [&] { write_file(file / "b", "x"); });

  CHECK(read_file(file) == "old");
  CHECK(num_entries(folder.path()) == 1);
}

TEST_CASE("a write that fails leaves neither a part nor a change") {
  const ScratchFolder folder;
  fs::create_directories(folder.path() / "taken" / "inner");

  expect_error(ErrorKind::io, "taken: cannot write: Is a directory",
               [&] { write_file(folder.path() / "taken", "x"); });
  expect_error(ErrorKind::io, "cannot write: File name too long",
               [&] { write_file(folder.path() / std::string(300, 'n'), "x"); });

  CHECK(num_entries(folder.path()) == 1);
  CHECK(fs::exists(folder.path() / "taken" / "inner"));
}

TEST_CASE("a full device is an io error") {
  if (!fs::is_character_file("/dev/full")) return;
  const ScratchFolder folder;
  fs::create_symlink("/dev/full", folder.path() / "full");

  expect_error(ErrorKind::io, "cannot write: No space left",
               [&] { write_file(folder.path() / "full", "x"); });

  CHECK(num_entries(folder.path()) == 1);
}

TEST_CASE("a link stays a link, and what it points to is written") {
  const ScratchFolder folder;
  const auto target = folder.write("target", "old");
  fs::create_symlink("target", folder.path() / "link");

  write_file(folder.path() / "link", "new");

  CHECK(fs::is_symlink(folder.path() / "link"));
  CHECK(read_file(target) == "new");
}

TEST_CASE("a pipe is written to, never replaced by a file") {
  const ScratchFolder folder;
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);

  write_file(pipe, "through");

  char buffer[16] = {};
  const ssize_t count = ::read(reader, buffer, sizeof buffer);
  ::close(reader);
  CHECK(fs::is_fifo(pipe));
  CHECK(std::string(buffer, count > 0 ? static_cast<std::size_t>(count) : 0) == "through");
}

TEST_CASE("many threads may write one file: it is always one of theirs, whole") {
  const ScratchFolder folder;
  const auto path = folder.write("shared", std::string(10'000, 'a'));
  std::atomic<int> failures = 0;

  std::vector<std::thread> threads;
  for (char letter = 'a'; letter < 'e'; ++letter)
    threads.emplace_back([&, letter] {
      try {
        for (int i = 0; i < 10; ++i) {
          write_file(path, std::string(10'000, letter));
          const std::string content = read_file(path);
          if (content != std::string(10'000, content.at(0))) ++failures;
        }
      } catch (const std::exception&) {
        ++failures;
      }
    });
  for (auto& thread : threads) thread.join();

  CHECK(failures == 0);
  CHECK(num_entries(folder.path()) == 1);
}

TEST_CASE("text must be UTF-8, and the fault's line is named") {
  const ScratchFolder folder;
  const auto path = folder.write("bad.txt", "one\ntwo\nth\xE9ree\n");

  expect_error(ErrorKind::input,
               path.string() + ":3: expected UTF-8 text, found an invalid byte at offset 10",
               [&] { read_text_file(path); });
  // UTF-16 with its byte-order mark, as some editors write it.
  expect_error(ErrorKind::input, ":1: expected UTF-8 text, found an invalid byte at offset 0",
               [&] { read_text_file(folder.write("utf16.txt", std::string("\xFF\xFEh\0", 4))); });
}

TEST_CASE("a byte-order mark is dropped at the start alone") {
  const ScratchFolder folder;

  CHECK(read_text_file(folder.write("a", "\xEF\xBB\xBFx\xEF\xBB\xBF")) == "x\xEF\xBB\xBF");
  CHECK(read_text_file(folder.write("b", "")).empty());
}

}  // namespace
}  // namespace prospect
