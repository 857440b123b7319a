#include "scoring/checkpoint/pytorch_file.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>
#include <utility>

#include "core/rng.h"
#include "scoring/checkpoint/checkpoint.h"
#include "tests/scoring/tiny_checkpoint.h"
#include "tests/scoring/torch_writer.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace prospect::test {
namespace {

using namespace std::string_literals;

std::vector<StoredTensor> read_torch(const std::string& content) {
  const ScratchFolder folder;
  return read_pytorch_file(MappedFile::open(folder.write("pytorch_model.bin", content)));
}

void expect_refused(ErrorKind kind, const std::string& content, const std::string& fragment) {
  CAPTURE(fragment);
  expect_error(kind, fragment, [&] { read_torch(content); });
}

void expect_damaged(const std::string& content, const std::string& fragment) {
  expect_refused(ErrorKind::model, content, fragment);
}

std::string floats(const std::vector<float>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float)};
}

std::vector<float> numbers_of(const StoredTensor& tensor) {
  std::vector<float> numbers(tensor.bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), tensor.bytes.data(), tensor.bytes.size());
  return numbers;
}

const std::string kSix = floats({0, 1, 2, 3, 4, 5});

// A file with the tensor `a` over a storage of six numbers.
std::string one_tensor(const TorchTensor& tensor, const std::string& storage = kSix) {
  return torch_archive(pickled_dict({{"a", pickled(tensor)}}), {{"0", storage}});
}

// A file whose whole pickle is these opcodes.
std::string of_opcodes(const std::string& opcodes) {
  return torch_archive(opcodes, {{"0", kSix}});
}

// A file before PyTorch 1.6.
std::string row_of_pickles(const std::string& dict, const std::string& keys,
                           const std::string& storages, std::int64_t protocol = 1001,
                           const std::string& little_endian_machine = "\x88") {
  return "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s +
         whole_pickle(pickled(protocol)) +
         whole_pickle("}(" + pickled("little_endian") + little_endian_machine + 'u') +
         whole_pickle(dict) + whole_pickle(keys) + storages;
}

}  // namespace

TEST_CASE("a file of torch.save is read with types, shapes and bytes in place") {
  const std::string dict =
      pickled_dict({{"a", pickled(TorchTensor{})},
                    {"b", pickled(TorchTensor{.storage_type = "torch LongStorage",
                                              .key = "1",
                                              .storage_size = 1,
                                              .size = {},
                                              .stride = {}})}});
  const std::string content = torch_archive(dict, {{"0", kSix}, {"1", "12345678"}});
  const ScratchFolder folder;
  const auto file = MappedFile::open(folder.write("pytorch_model.bin", content));

  const auto tensors = read_pytorch_file(file);

  REQUIRE(tensors.size() == 2);
  CHECK(tensors[0].name == "a");
  CHECK(tensors[0].type == StoredType::float32);
  CHECK(tensors[0].type_name == "F32");
  CHECK(tensors[0].shape == std::vector<std::int64_t>{2, 3});
  CHECK(numbers_of(tensors[0]) == std::vector<float>{0, 1, 2, 3, 4, 5});
  CHECK(tensors[0].bytes.data() == file->bytes().data() + content.find(kSix));
  CHECK(tensors[1].type == StoredType::other);
  CHECK(tensors[1].type_name == "I64");
  CHECK(tensors[1].shape.empty());
  CHECK(static_cast<char>(tensors[1].bytes[7]) == '8');
}

TEST_CASE("every type of numbers has the name that safetensors writes") {
  const std::vector<std::pair<std::string, std::string>> names{
      {"Float", "F32"}, {"Half", "F16"}, {"BFloat16", "BF16"}, {"Double", "F64"},
      {"Long", "I64"},  {"Int", "I32"},  {"Short", "I16"},     {"Char", "I8"},
      {"Byte", "U8"},   {"Bool", "BOOL"}};
  for (const auto& [storage, name] : names) {
    CAPTURE(storage);
    const auto tensors = read_torch(one_tensor({.storage_type = "torch " + storage + "Storage",
                                                .storage_size = 2,
                                                .size = {2},
                                                .stride = {1}}));

    CHECK(tensors.front().type_name == name);
  }
}

TEST_CASE("a tensor out of order is copied into row-major order and outlives the folder's reader") {
  const auto transposed = read_torch(one_tensor({.size = {3, 2}, .stride = {1, 3}}));
  const auto with_single = read_torch(
      one_tensor({.size = {3, 1, 2}, .stride = {1, std::numeric_limits<std::int64_t>::max(), 3}}));
  const auto column = read_torch(one_tensor({.offset = 1, .size = {2}, .stride = {3}}));
  const auto repeated = read_torch(one_tensor({.offset = 4, .size = {2, 2}, .stride = {0, 1}}));
  const auto part = read_torch(one_tensor({.offset = 3, .size = {3}, .stride = {1}}));
  const auto single = read_torch(one_tensor({.size = {1, 6}, .stride = {77, 1}}));

  CHECK(numbers_of(transposed.front()) == std::vector<float>{0, 3, 1, 4, 2, 5});
  CHECK(numbers_of(with_single.front()) == std::vector<float>{0, 3, 1, 4, 2, 5});
  CHECK(numbers_of(column.front()) == std::vector<float>{1, 4});
  CHECK(numbers_of(repeated.front()) == std::vector<float>{4, 5, 4, 5});
  CHECK(numbers_of(part.front()) == std::vector<float>{3, 4, 5});
  CHECK(numbers_of(single.front()) == std::vector<float>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("tensors that share a storage have the same bytes, and one without numbers has none") {
  const auto tensors =
      read_torch(torch_archive(pickled_dict({{"embedding", pickled(TorchTensor{})},
                                             {"decoder", pickled(TorchTensor{})},
                                             {"none", pickled(TorchTensor{.size = {0, 3}})}}),
                               {{"0", kSix}}));

  REQUIRE(tensors.size() == 3);
  CHECK(tensors[0].bytes.data() == tensors[1].bytes.data());
  CHECK(tensors[2].bytes.empty());
}

TEST_CASE("parameters, sizes as objects, attributes of the dict and plain values are read") {
  const std::string tensor = pickled(TorchTensor{});
  const std::string parameter = "ctorch._utils\n_rebuild_parameter\n(" + tensor + "\x88})tR";
  std::string sized = tensor;
  const std::string size = pickled(TorchTensor{}.size);
  sized.replace(sized.find(size), size.size(), "ctorch\nSize\n" + size + "\x85R");
  const std::string dict = pickled_dict({{"parameter", parameter},
                                         {"sized", sized},
                                         {"step", pickled(7)},
                                         {"note", pickled("text")},
                                         {"none", "N"}}) +
                           "}" + pickled("_metadata") + "}sb";  // the state of an OrderedDict

  const auto tensors = read_torch(of_opcodes(dict));

  REQUIRE(tensors.size() == 2);
  CHECK(numbers_of(tensors[0]) == numbers_of(tensors[1]));
}

TEST_CASE("a type without a storage of its own is read from an untyped one") {
  std::string tensor = pickled(TorchTensor{.storage_type = "torch.storage UntypedStorage",
                                           .storage_size = 4,
                                           .size = {2},
                                           .stride = {1}});
  tensor.replace(tensor.find("_v2"), 3, "_v3");
  tensor.insert(tensor.size() - 2, "ctorch\nuint16\n");

  const auto tensors = read_torch(torch_archive(pickled_dict({{"a", tensor}}), {{"0", "abcd"}}));

  CHECK(tensors.front().type_name == "U16");
  CHECK(tensors.front().bytes.size() == 4);
}

TEST_CASE("archives with ZIP64 records and pickles of protocol 4 are read") {
  const auto short_text = [](const std::string& text) {
    return "\x8c" + little_endian(text.size(), 1) + text;
  };
  // The same tensor, with a frame, short texts, globals from the stack and a numbered memo.
  const std::string opcodes =
      "\x80\x04\x95" + little_endian(0, 8) + "}\x94(" + short_text("a") + "\x94" +
      short_text("torch._utils") + short_text("_rebuild_tensor_v2") + "\x93\x94((" +
      short_text("storage") + short_text("torch") + short_text("FloatStorage") + "\x93" +
      short_text("0") + short_text("cpu") + "K\x06tQ" + little_endian('K', 2) +
      "K\x02K\x03\x86K\x03K\x01\x86\x89h" + little_endian(0, 1) + "tRu.";

  const auto tensors = read_torch(zip_archive(
      {{"m/data.pkl", opcodes}, {"m/data/0", kSix}, {"m/version", "3\n"}}, /*zip64=*/true));

  CHECK(numbers_of(tensors.front()) == std::vector<float>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("the form before PyTorch 1.6 is read") {
  const std::string dict = pickled_dict({{"a", pickled(TorchTensor{})}});
  const std::string keys = "](" + pickled("0") + 'e';
  const std::string storages = little_endian(6, 8) + kSix;

  CHECK(numbers_of(read_torch(row_of_pickles(dict, keys, storages)).front()) ==
        std::vector<float>{0, 1, 2, 3, 4, 5});
  expect_damaged(row_of_pickles(dict, keys, storages.substr(0, 20)),
                 "storage '0' needs 24 bytes, but only 12 follow");
  expect_damaged(row_of_pickles(dict, keys, storages.substr(0, 5)), "needs 8 bytes");
  expect_damaged(row_of_pickles(dict, keys, little_endian(7, 8) + kSix), "has 7 numbers");
  expect_damaged(row_of_pickles(dict, "]", storages), "lacks its storage, '0'");
  expect_damaged(row_of_pickles(dict, "](" + pickled("9") + 'e', storages), "no tensor uses");
  expect_refused(ErrorKind::unsupported, row_of_pickles(dict, keys, storages, 1000),
                 "expected protocol 1001 of torch.save, found 1000");
  expect_refused(ErrorKind::unsupported, row_of_pickles(dict, keys, storages, 1001, "\x89"),
                 "big-endian");
}

TEST_CASE("a part of a storage, as files before PyTorch 0.4 name it, is read") {
  std::string tensor = pickled(TorchTensor{.size = {3}, .stride = {1}});
  tensor.insert(tensor.find("tQ"), "(" + pickled("view") + pickled(2) + pickled(3) + 't');

  const auto tensors = read_torch(row_of_pickles(
      pickled_dict({{"a", tensor}}), "](" + pickled("0") + 'e', little_endian(6, 8) + kSix));

  CHECK(numbers_of(tensors.front()) == std::vector<float>{2, 3, 4});
}

TEST_CASE("a pickle that would call something is refused by the file and the name") {
  const std::string opcodes = pickled_dict(
      {{"a", pickled(TorchTensor{})}, {"b", "cposix\nsystem\n" + pickled("ls") + "\x85R"}});

  expect_refused(ErrorKind::unsupported, of_opcodes(opcodes), "found posix.system");
  expect_refused(ErrorKind::unsupported, of_opcodes(opcodes), "pytorch_model.bin");
}

TEST_CASE("only a dict of tensors at the top is a state dict") {
  const std::string tensor = pickled(TorchTensor{});
  const auto expect = [](const std::string& opcodes, const std::string& fragment) {
    expect_refused(ErrorKind::unsupported, of_opcodes(opcodes), fragment);
  };

  expect(pickled_dict({{"state_dict", pickled_dict({{"a", tensor}})}, {"epoch", "K\x03"}}),
         "#state_dict: expected a tensor at the top of the state dict, found a dict");
  expect(tensor, "expected a dict of tensors by name, found the call of torch._utils");
  expect("](" + tensor + 'e', "found a list");
  expect("}K\x01" + tensor + 's', "expected a name of a tensor, found 1");
  expect("}q\x01" + pickled("self") + "h\x01s", "#self: expected a tensor");  // holds itself
  expect_damaged(of_opcodes("}"), "holds no tensor");
  expect_damaged(of_opcodes(pickled_dict({{"a", tensor}, {"a", tensor}})),
                 "#a: the tensor stands twice");
}

TEST_CASE("a tensor that does not fit its storage is refused by its name") {
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;

  expect_damaged(one_tensor({}, kSix.substr(4)), "#a: its storage '0' has 20 bytes, expected 24");
  expect_damaged(one_tensor({.key = "7"}), "#a: the file lacks its storage, '7'");
  expect_damaged(
      one_tensor({.offset = 1}),
      "size [2, 3] with stride [3, 1] from 1 reaches number 6 of a storage that holds 6");
  expect_damaged(one_tensor({.stride = {4, 1}}), "reaches number 6");
  expect_damaged(one_tensor({.size = {-2, 3}}), "at least 0 as size, found -2");
  expect_damaged(one_tensor({.stride = {-3, 1}}), "at least 0 as stride, found -3");
  expect_damaged(one_tensor({.offset = -1}), "at least 0 as offset, found -1");
  expect_damaged(one_tensor({.size = {kHuge, 4}}), "is too large");
  expect_damaged(one_tensor({.size = {kHuge / 2, 1}}), "is too large");
  expect_damaged(one_tensor({.stride = {kHuge, kHuge}}), "stride");
  expect_damaged(one_tensor({.offset = kHuge}), "reaches number");
  expect_damaged(one_tensor({.storage_size = kHuge}), "found 4611686018427387904");
  expect_damaged(one_tensor({.storage_size = -1}), "found -1");
  expect_damaged(one_tensor({.size = {6}}), "its size has 1 dimensions, its stride 2");
  expect_damaged(one_tensor({.size = std::vector<std::int64_t>(65, 1)}), "65 dimensions");
  expect_damaged(one_tensor({.storage_type = "torch float32"}), "expected a storage");
  expect_refused(ErrorKind::unsupported, one_tensor({.size = {1'000'000, 6}, .stride = {0, 1}}),
                 "repeats numbers of a much smaller storage");
}

TEST_CASE("a damaged archive is refused with what is wrong") {
  const std::string whole = one_tensor({});
  const std::string dict = whole_pickle(pickled_dict({{"a", pickled(TorchTensor{})}}));
  const auto patched = [&](std::size_t from_end, const std::string& bytes) {
    std::string content = whole;
    return content.replace(content.size() - from_end, bytes.size(), bytes);
  };

  expect_damaged("", "found an empty one");
  expect_damaged("weights", "found neither");
  expect_damaged("version https://git-lfs.github.com/spec/v1\n", "git lfs pull");
  expect_damaged(whole.substr(0, whole.size() / 2), "found no directory at its end");
  expect_damaged(whole.substr(0, whole.size() - 30), "found no directory at its end");
  expect_damaged(patched(6, little_endian(1 << 30, 4)),
                 "the archive places its directory at 1073741824");
  expect_damaged(patched(12, little_endian(9, 2)), "the archive places an entry of its directory");
  expect_damaged(patched(12, little_endian(2, 2)), "the archive's directory ends at");
  expect_damaged(zip_archive({}), "has no members");
  expect_damaged(zip_archive({{"m/notes.txt", "x"}}), "expected data.pkl in the archive, found 1");
  expect_damaged(zip_archive({{"m/data.pkl", dict}, {"m/data/0", kSix}, {"m/data/0", kSix}}),
                 "the archive holds 'm/data/0' twice");
  expect_damaged(zip_archive({{"m/data.pkl", dict}, {"n/data.pkl", dict}}), "two state dicts");
  expect_refused(ErrorKind::unsupported, zip_archive({{"m/data.pkl", dict}, {"m/data/0", kSix, 8}}),
                 "expected 'm/data/0' stored, as torch.save does");
  expect_refused(ErrorKind::unsupported, zip_archive({{"m/data.pkl", dict, 0, 1}}), "encrypted");
  expect_refused(ErrorKind::unsupported,
                 zip_archive({{"m/data.pkl", dict}, {"m/byteorder", "big"}, {"m/data/0", kSix}}),
                 "big-endian");
  expect_refused(ErrorKind::unsupported,
                 zip_archive({{"m/constants.pkl", "x"}, {"m/data.pkl", dict}}), "TorchScript");
  expect_refused(ErrorKind::unsupported, std::string(257, '\0') + "ustar" + std::string(250, '\0'),
                 "before 0.1.10");
  expect_refused(ErrorKind::unsupported, "L119547037146038801333356L\n.", "protocol 0 or 1");
  expect_damaged(whole_pickle("K\x01"), "found the pickle of 1");
}

TEST_CASE("no damage to a PyTorch file does more than throw an error") {
  const std::string keys = "](" + pickled("0") + 'e';
  const std::string dict =
      pickled_dict({{"a", pickled(TorchTensor{})},
                    {"b", pickled(TorchTensor{.size = {3, 2}, .stride = {1, 3}})}});
  const std::vector<std::string> wholes{of_opcodes(dict),
                                        row_of_pickles(dict, keys, little_endian(6, 8) + kSix)};
  const ScratchFolder folder;
  const auto path = folder.path() / "pytorch_model.bin";
  Rng rng(5, "damage");
  for (int round = 0; round < 1000; ++round) {
    std::string content = wholes[static_cast<std::size_t>(round) % 2];
    for (std::uint64_t i = rng.below(3) + 1; i > 0; --i)
      content[rng.below(content.size())] = static_cast<char>(rng.below(256));
    if (rng.below(4) == 0) content.resize(rng.below(content.size()));
    std::filesystem::remove(path);  // a new file is written faster than an old one is cut
    std::ofstream(path, std::ios::binary) << content;
    try {
      read_pytorch_file(MappedFile::open(path));
    } catch (const Error& error) {
      CHECK((error.kind() == ErrorKind::model || error.kind() == ErrorKind::unsupported));
    }
  }
}

TEST_CASE("a folder's weights are safetensors first, then a pickle, then the pickle's shards") {
  const ScratchFolder folder;
  const auto open = [&] { return Checkpoint::open(folder.path()); };
  const auto holding = [](const std::string& name) {
    return torch_archive(pickled_dict({{name, pickled(TorchTensor{})}}), {{"0", kSix}});
  };

  folder.write("one.bin", holding("one"));
  folder.write("two.bin", holding("two"));
  folder.write("pytorch_model.bin.index.json",
               R"({"weight_map": {"one": "one.bin", "two": "two.bin"}})");
  CHECK(open().tensors().size() == 2);
  folder.write("pytorch_model.bin.index.json", R"({"weight_map": {"one": "three.bin"}})");
  expect_error(ErrorKind::model, "lacks shards that the index names: three.bin", open);
  folder.write("pytorch_model.bin.index.json", R"({"weight_map": {"one": "two.bin"}})");
  expect_error(ErrorKind::model, "expected tensor 'one' in two.bin", open);
  folder.write("pytorch_model.bin", holding("pickle"));
  CHECK(open().tensors().begin()->first == "pickle");
  folder.write("model.safetensors",
               safetensors({{"safe", {.type = "U8", .shape = {}, .bytes = "x"}}}));
  CHECK(open().tensors().begin()->first == "safe");
}

TEST_CASE("a published pickle holds the tensors of the safetensors file, number for number") {
  if (!has_shared("parity/bert-pickle") || !has_shared("parity/bert-uncased")) return;
  const auto pickle = Checkpoint::open(shared_folder() / "parity/bert-pickle");
  const auto safe = Checkpoint::open(shared_folder() / "parity/bert-uncased");

  for (const auto& [name, expected] : safe.tensors()) {
    CAPTURE(name);
    const auto at = pickle.tensors().find(name);
    REQUIRE(at != pickle.tensors().end());
    CHECK(at->second.shape == expected.shape);
    CHECK(at->second.type_name == expected.type_name);
    CHECK(std::ranges::equal(at->second.bytes, expected.bytes));
  }
  // The pickle also names the output matrix, which is the embedding.
  CHECK(pickle.tensors().size() == safe.tensors().size() + 1);
  CHECK(pickle.tensors().at("cls.predictions.decoder.weight").bytes.data() ==
        pickle.tensors().at("bert.embeddings.word_embeddings.weight").bytes.data());
}

}  // namespace prospect::test
