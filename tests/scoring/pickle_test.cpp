#include "scoring/checkpoint/pickle.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/scoring/torch_writer.h"
#include "tests/support/expect_error.h"

namespace prospect::test {
namespace {

using namespace std::string_literals;

// A pickle of these opcodes. The text has to outlive it.
Pickle read_pickle(const std::string& text) {
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return Pickle({bytes, text.size()}, "weights.bin",
                [](std::string_view global) { return global == "torch.Size"; });
}

void expect_damaged_pickle(const std::string& opcodes, const std::string& fragment) {
  CAPTURE(fragment);
  expect_error(ErrorKind::model, fragment, [&] { read_pickle(whole_pickle(opcodes)); });
}

void expect_unsupported_pickle(const std::string& opcodes, const std::string& fragment) {
  CAPTURE(fragment);
  expect_error(ErrorKind::unsupported, fragment, [&] { read_pickle(whole_pickle(opcodes)); });
}

}  // namespace

TEST_CASE("numbers of every form are read") {
  const Pickle pickle = read_pickle(
      whole_pickle("(J\xfe\xff\xff\xffK\xffM\x01\x02I-"
                   "7\nI01\nL12L\n\x8a\x01\x80\x8a\x00\x8b\x02\x00\x00\x00\x00\x80"
                   "\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01G\x3f\xf8\x00\x00\x00\x00\x00\x00"
                   "F0.25\n\x88\x89Nt"s));

  const auto& items = pickle.value().items;
  REQUIRE(items.size() == 15);
  const std::int64_t integers[] = {-2, 255, 513, -7, 1, 12, -128, 0, -32768};
  for (std::size_t i = 0; i < std::size(integers); ++i) CHECK(items[i]->integer == integers[i]);
  CHECK(items[4]->kind == PickleValue::Kind::boolean);
  CHECK(items[9]->kind == PickleValue::Kind::long_integer);
  CHECK(items[9]->text.size() == 9);
  CHECK(items[10]->real == 1.5);
  CHECK(items[11]->real == 0.25);
  CHECK(items[12]->integer == 1);
  CHECK(items[13]->kind == PickleValue::Kind::boolean);
  CHECK(items[14]->kind == PickleValue::Kind::none);
}

TEST_CASE("texts and bytes of every protocol are read") {
  const std::string text = whole_pickle(
      "(X\x01\0\0\0a\x8c\x01"
      "b\x8d\x01\0\0\0\0\0\0\0cVd\nS'e'\nU\x01"
      "fT\x01\0\0\0gU\x01\xff"
      "C\x01hB\x01\0\0\0it"s);
  const Pickle pickle = read_pickle(text);

  std::string letters;
  for (const auto* item : pickle.value().items)
    letters += item->kind == PickleValue::Kind::text ? item->text : "(" + item->text + ")";
  CHECK(letters == "abcdefg(\xff)(h)(i)");
}

TEST_CASE("containers are filled, shared by the memo, and may hold themselves") {
  const std::string opcodes =
      "}q\0("s + pickled("list") + "](K\x01K\x02" + "eq\x01" + pickled("again") + "h\x01" +
      pickled("pairs") + "ccollections\nOrderedDict\n]K\x01K\x02\x86" + "a\x85R" + pickled("set") +
      "\x8f(K\x03\x90" + pickled("self") + std::string("h\x00u", 3);

  const Pickle pickle = read_pickle(whole_pickle(opcodes));

  const auto& items = pickle.value().items;
  REQUIRE(items.size() == 10);
  CHECK(items[1]->items.size() == 2);
  CHECK(items[3] == items[1]);
  CHECK(items[5]->kind == PickleValue::Kind::dict);
  CHECK(items[5]->items[1]->integer == 2);
  CHECK(items[7]->kind == PickleValue::Kind::list);
  CHECK(items[9] == &pickle.value());
  CHECK(pickle.size() == opcodes.size() + 3);
}

TEST_CASE("an allowed call is written down and not made") {
  for (const char* call : {"ctorch\nSize\nK\x01K\x02\x86R", "ctorch\nSize\nK\x01K\x02\x86\x81",
                           "(K\x01K\x02itorch\nSize\n", "(ctorch\nSize\nK\x01K\x02o"}) {
    const Pickle pickle = read_pickle(whole_pickle(call));

    CHECK(pickle.value().kind == PickleValue::Kind::call);
    CHECK(pickle.value().text == "torch.Size");
    CHECK(pickle.value().items.size() == 2);
  }
}

TEST_CASE("any other callable is refused by its name") {
  const std::string arguments = "(" + pickled("echo") + "tR";

  expect_unsupported_pickle("cos\nsystem\n" + arguments,
                            "weights.bin: expected only tensors and plain "
                            "containers in the pickle, found os.system");
  expect_unsupported_pickle(pickled("builtins") + pickled("eval") + "\x93" + arguments,
                            "builtins.eval");
  expect_unsupported_pickle("(" + pickled("echo") + "ios\nsystem\n", "os.system");
  expect_unsupported_pickle("(cos\nsystem\n" + pickled("echo") + "o", "os.system");
  expect_unsupported_pickle("cbuiltins\ngetattr\n0N", "builtins.getattr");  // even if never called
  expect_unsupported_pickle("ctorch.nn.modules.linear\nLinear\n)\x81",
                            "torch.nn.modules.linear.Linear");
  expect_unsupported_pickle("\x82\x01", "opcode 0x82");
  expect_unsupported_pickle("ctorch\nSize\n)}\x92", "opcode 0x92");
  expect_unsupported_pickle("ctorch\nSize\n)R}b", "sets the state of the call of torch.Size");
  expect_unsupported_pickle("P0\n", "protocol 0");
  expect_unsupported_pickle("Va\\u1234\n", "a text with escapes");
}

TEST_CASE("a damaged pickle is refused with the place and what is wrong") {
  expect_damaged_pickle("\xff", "at byte 2: it has an unknown opcode, 0xff");
  expect_damaged_pickle("h\x05", "it uses value 5 of its memo, which it never stored");
  expect_damaged_pickle("0", "a value from an empty stack");
  expect_damaged_pickle("N(0N00", "a value from an empty stack");
  expect_damaged_pickle("}(" + pickled("a") + 'u', "a key of a dict has no value");
  expect_damaged_pickle("(Nd", "a key of a dict has no value");
  expect_damaged_pickle("]" + pickled("a") + "N" + 's', "expected a dict to fill, found a list");
  expect_damaged_pickle("t", "a mark that it never set");
  expect_damaged_pickle(std::string(1001, '('), "nests more than 1000 levels");
  expect_damaged_pickle("X" + little_endian(1000, 4) + "ab", "expected 1000 more bytes");
  expect_damaged_pickle("\x8d" + little_endian(~std::uint64_t{0}, 8), "more bytes");
  expect_damaged_pickle("X" + little_endian(1, 4) + "\xff", "expected text in UTF-8");
  expect_damaged_pickle("cos", "no end of one");
  expect_damaged_pickle("Iabc\n", "expected a number, found 'abc'");
  expect_damaged_pickle("S'abc\n", "expected a text in quotes");
  expect_damaged_pickle("\x80\x09", "protocol 0 to 5, found 9");
  expect_damaged_pickle("K\x01)R", "expected something to call, found 1");
  expect_damaged_pickle("ctorch\nSize\nK\x01R", "expected a tuple of arguments, found 1");
  expect_damaged_pickle("NN\x93", "expected a module and a name");
  expect_damaged_pickle("ccollections\nOrderedDict\nN\x85R", "expected a list to make");
  expect_damaged_pickle("ccollections\nOrderedDict\n]Na\x85R", "expected pairs");
  expect_error(ErrorKind::model, "expected 1 more bytes", [] { read_pickle(""); });
}

TEST_CASE("a few bytes cannot ask for all memory") {
  std::string copies = "](" + std::string(30'000, 'N') + "eq\x01";
  for (int i = 0; i < 1000; ++i) copies += "0cbuiltins\nset\nh\x01\x85R";

  expect_damaged_pickle(copies, "it has more than 2000000 values");
}

}  // namespace prospect::test
