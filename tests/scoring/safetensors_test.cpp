#include "scoring/checkpoint/safetensors.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/rng.h"
#include "scoring/checkpoint/checkpoint.h"
#include "tests/scoring/tiny_checkpoint.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"

namespace prospect::test {
namespace {

// Reads a file of this content.
std::vector<StoredTensor> read(const std::string& content) {
  const ScratchFolder folder;
  return read_safetensors(MappedFile::open(folder.write("model.safetensors", content)));
}

void expect_fault(const std::string& content, const std::string& fragment) {
  CAPTURE(fragment);
  expect_error(ErrorKind::model, fragment, [&] { read(content); });
}

const std::string kTwo =
    R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "b": {"dtype": "I64", "shape": [], "data_offsets": [8, 16]}})";

}  // namespace

TEST_CASE("a safetensors file is read with types, shapes and bytes in place") {
  const auto tensors = read(safetensors(kTwo + "   ", "abcdefgh12345678"));

  REQUIRE(tensors.size() == 2);
  CHECK(tensors[0].name == "a");
  CHECK(tensors[0].type == StoredType::float32);
  CHECK(tensors[0].shape == std::vector<std::int64_t>{2});
  CHECK(static_cast<char>(tensors[0].bytes[0]) == 'a');
  CHECK(tensors[1].type == StoredType::other);
  CHECK(tensors[1].type_name == "I64");
  CHECK(tensors[1].shape.empty());
  CHECK(static_cast<char>(tensors[1].bytes[7]) == '8');
}

TEST_CASE("a tensor without numbers takes no place") {
  const auto tensors = read(safetensors(
      R"({"a": {"dtype": "F32", "shape": [0, 4], "data_offsets": [0, 0]},
          "b": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}})",
      "xy"));

  CHECK(tensors.size() == 2);
}

TEST_CASE("a damaged safetensors file is refused, with what is wrong") {
  const std::string data(16, 'x');

  expect_fault("", "expected a safetensors file of at least 8 bytes, found 0");
  expect_fault("abc", "found 3");
  expect_fault(safetensors(kTwo, data).substr(0, 40), "the file is cut off");
  expect_fault(std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8) + "{}", "this is no safetensors");
  expect_fault(std::string("\x09\0\0\0\0\0\0\0", 8) + "{}",
               "the header claims 9 bytes, but only 2");
  expect_fault(safetensors("", ""), "found an empty one");
  expect_fault(safetensors("[1, 2]", ""), "starts with '{'");
  expect_fault(safetensors("{\"a\": ", ""), "not valid JSON");
  expect_fault(safetensors("{\"\xFF\": 1}", ""), "not valid JSON");
  expect_fault(safetensors(kTwo, data.substr(1)), "the file is cut off");
  expect_fault(safetensors(kTwo, data + "more"), "the last 4 bytes belong to no tensor");
}

TEST_CASE("an entry of the header that does not fit is refused by the tensor's name") {
  const auto one = [](const std::string& entry) {
    return safetensors("{\"a\": " + entry + "}", std::string(8, 'x'));
  };

  expect_fault(one("7"), "#a: expected an object");
  expect_fault(one(R"({"dtype": "F32", "shape": [2]})"), "has no data_offsets");
  expect_fault(one(R"({"dtype": "F31", "shape": [2], "data_offsets": [0, 8]})"),
               "unknown dtype \"F31\"");
  expect_fault(one(R"({"dtype": 4, "shape": [2], "data_offsets": [0, 8]})"), "a name as dtype");
  expect_fault(one(R"({"dtype": "F32", "shape": 2, "data_offsets": [0, 8]})"), "a list as shape");
  expect_fault(one(R"({"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]})"),
               "whole numbers in shape");
  expect_fault(one(R"({"dtype": "F32", "shape": [1.5], "data_offsets": [0, 8]})"),
               "whole numbers in shape");
  expect_fault(one(R"({"dtype": "F32", "shape": [3], "data_offsets": [0, 8]})"), "takes 12 bytes");
  expect_fault(
      one(R"({"dtype": "F32", "shape": [4294967296, 4294967296], "data_offsets": [0, 8]})"),
      "too large");
  expect_fault(one(R"({"dtype": "F32", "shape": [2], "data_offsets": [8, 0]})"),
               "before they begin");
  expect_fault(one(R"({"dtype": "F32", "shape": [2], "data_offsets": [0, 8, 8]})"),
               "two data_offsets");
  expect_fault(one(R"({"dtype": "F32", "shape": [2], "data_offsets": [0, 18446744073709551615]})"),
               "whole numbers in data_offsets");
  expect_fault(one(R"({"dtype": "F32", "shape": [4], "data_offsets": [0, 16]})"),
               "the file is cut off");
}

TEST_CASE("tensors that overlap, leave a hole or stand twice are refused") {
  const std::string data(16, 'x');

  expect_fault(safetensors(R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
                               "b": {"dtype": "F32", "shape": [3], "data_offsets": [4, 16]}})",
                           data),
               "#b: its data begin at 4, expected 8; it overlaps");
  expect_fault(safetensors(R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
                               "b": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}})",
                           data),
               "belong to no tensor");
  expect_fault(safetensors(R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
                               "a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}})",
                           data),
               "tensor \"a\" stands twice");
}

TEST_CASE("no damage to a file's bytes does more than throw an error") {
  const std::string whole = safetensors(TinyCheckpoint().tensors);
  const std::size_t interesting = std::min<std::size_t>(whole.size(), 3000);  // the header
  Rng rng(5, "damage");
  for (int round = 0; round < 300; ++round) {
    std::string content = whole;
    for (std::uint64_t i = rng.below(3) + 1; i > 0; --i)
      content[rng.below(interesting)] = static_cast<char>(rng.below(256));
    if (rng.below(4) == 0) content.resize(rng.below(content.size()));
    try {
      read(content);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::model);
    }
  }
}

TEST_CASE("a folder's weights are found in one file or in the shards of the index") {
  const ScratchFolder folder;
  const TinyTensor tensor{.type = "U8", .shape = {2}, .bytes = "xy"};
  folder.write("one.safetensors", safetensors({{"a", tensor}}));
  folder.write("two.safetensors", safetensors({{"b", tensor}}));
  const auto index = [&](const std::string& map) {
    folder.write("model.safetensors.index.json", "{\"weight_map\": " + map + "}");
  };
  const auto open = [&] { return Checkpoint::open(folder.path()); };

  expect_error(ErrorKind::model, "found neither", [&] {
    const ScratchFolder empty;
    Checkpoint::open(empty.path());
  });
  index(R"({"a": "one.safetensors", "b": "two.safetensors"})");
  const std::string sharded = open().fingerprint();
  CHECK(open().tensors().size() == 2);
  index(R"({"a": "one.safetensors", "b": "three.safetensors"})");
  expect_error(ErrorKind::model, "lacks shards that the index names: three.safetensors", open);
  index(R"({"a": "one.safetensors", "b": "one.safetensors"})");
  expect_error(ErrorKind::model, "expected tensor 'b' in one.safetensors", open);
  index(R"({"a": "../one.safetensors"})");
  expect_error(ErrorKind::model, "a file in the same folder", open);
  index(R"([1])");
  expect_error(ErrorKind::model, "weight_map", open);
  index(R"({})");
  expect_error(ErrorKind::model, "names no tensor", open);
  folder.write("model.safetensors.index.json", "{");
  expect_error(ErrorKind::model, "index.json", open);
  folder.write("three.safetensors", safetensors({{"a", tensor}}));
  index(R"({"a": "one.safetensors", "b": "three.safetensors"})");
  expect_error(ErrorKind::model, "stands also in", open);
  folder.write("model.safetensors", safetensors({{"a", tensor}, {"b", tensor}}));
  CHECK(open().fingerprint() == sharded);
}

TEST_CASE("a folder that is not there is an io error") {
  expect_error(ErrorKind::io, "/no/such/folder", [] { Checkpoint::open("/no/such/folder"); });
}

}  // namespace prospect::test
