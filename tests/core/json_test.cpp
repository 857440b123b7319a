#include <doctest/doctest.h>

#include <string>

#include "core/json.h"
#include "core/text.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"

namespace prospect {
namespace {

using test::expect_error;
using test::ScratchFolder;

// Expects that reading `text` and then `use`-ing it fails with this fragment.
template <class Use>
void expect_fault(const std::string& text, const std::string& fragment, Use&& use) {
  CAPTURE(text);
  const Json json = parse_json(text, "f.json");
  expect_error(ErrorKind::input, fragment, [&] { use(JsonReader(json, "f.json")); });
}

void expect_refused(const std::string& text, const std::string& fragment) {
  CAPTURE(text.substr(0, 80));
  expect_error(ErrorKind::input, fragment, [&] { parse_json(text, "f.json"); });
}

TEST_CASE("text that is not JSON is refused at its line") {
  expect_refused("", "f.json:1: expected valid JSON");
  expect_refused("  \n ", "f.json:2: expected valid JSON");
  expect_refused("{\"a\": 1,\n\"b\": }", "f.json:2: expected valid JSON");
  expect_refused("{\"a\": [1, 2", "f.json:1: expected valid JSON");
  expect_refused("{} x", "f.json:1: expected valid JSON");
  expect_refused("{'a': 1}", "f.json:1: expected valid JSON");
  expect_refused("\n\n\"\xFF\"", "f.json:3: expected valid JSON");
  expect_refused("NaN", "f.json:1: expected valid JSON");
  expect_refused(std::string("{\0}", 3), "f.json:1: expected valid JSON");
}

TEST_CASE("a number too large for a double is refused at its line") {
  expect_refused("{\"a\": 1,\n \"b\": 1e400}",
                 "f.json:2: expected valid JSON, found number overflow");
  expect_refused("[\"1e400\",\n\n -1e400]", "f.json:3: expected valid JSON, found number overflow");
}

TEST_CASE("a message about JSON is short, whatever is quoted") {
  try {
    parse_json("\"" + std::string(100'000, 'x'), "f.json");
    FAIL("expected an error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).size() < 400);
  }
}

TEST_CASE("JSON nested a million deep is refused, not crashed on") {
  expect_refused(std::string(1'000'000, '['), "expected JSON nested at most 512 deep");
  std::string objects;
  for (int i = 0; i < 1'000'000; ++i) objects += "{\"a\":";
  expect_refused(objects, "expected JSON nested at most 512 deep");
  expect_refused(std::string(1'000'000, ']') + std::string(1'000'000, '['), "expected valid JSON");
  CHECK(parse_json("\"" + std::string(1000, '[') + "\\\"[\"", "f").is_string());
  CHECK(parse_json(std::string(512, '[') + std::string(512, ']'), "f").is_array());
}

TEST_CASE("of equal keys the last counts") {
  CHECK(parse_json(R"({"a": 1, "a": 2})", "f")["a"] == 2);
}

TEST_CASE("a file's byte-order mark is dropped and its path is the place") {
  const ScratchFolder folder;
  CHECK(read_json_file(folder.write("bom.json", "\xEF\xBB\xBF[1]")) == Json{1});
  const auto path = folder.write("bad.json", "[1,\n\n");
  expect_error(ErrorKind::input, path.string() + ":3: ", [&] { read_json_file(path); });
  expect_error(ErrorKind::io, "none.json", [&] { read_json_file(folder.path() / "none.json"); });
}

TEST_CASE("a reader's place is a JSON pointer") {
  const Json json = parse_json(R"({"a": [0, {"b/c": {"d~": 1}}], "": 2})", "f.json");
  const JsonReader reader(json, "f.json");

  CHECK(reader.where() == "f.json");
  const auto inner = reader.at("a").items()[1].at("b/c").at("d~");
  CHECK(inner.where() == "f.json#/a/1/b~1c/d~0");
  CHECK(json.at(Json::json_pointer("/a/1/b~1c/d~0")) == inner.value());
  CHECK(reader.at("").where() == "f.json#/");
}

TEST_CASE("a path that holds # still gets a pointer") {
  const Json json = parse_json(R"({"a": {"b": 1}})", "f");

  CHECK(JsonReader(json, "run#1/f.json").at("a").at("b").where() == "run#1/f.json#/a/b");
}

TEST_CASE("a reader may be made of a value that nobody else keeps") {
  const JsonReader reader(
      parse_json(R"({"a": ["a string that lies on the heap, not inside"]})", "f"), "f");
  const JsonReader item = JsonReader(reader).at("a").items()[0];

  CHECK(item.string() == "a string that lies on the heap, not inside");
}

TEST_CASE("a wrong type is refused with what was expected, found, and where") {
  const auto at_a = [](auto get) { return [get](const JsonReader& r) { get(r.at("a")); }; };
  expect_fault(R"({"a": 1})", "f.json#/a: expected a string, found 1",
               at_a([](const JsonReader& r) { r.string(); }));
  expect_fault(R"({"a": "x"})", "f.json#/a: expected a number, found \"x\"",
               at_a([](const JsonReader& r) { r.number(); }));
  expect_fault(R"({"a": 0})", "f.json#/a: expected true or false, found 0",
               at_a([](const JsonReader& r) { r.boolean(); }));
  expect_fault(R"({"a": null})", "f.json#/a: expected an object, found null",
               at_a([](const JsonReader& r) { r.at("b"); }));
  expect_fault(R"({"a": {}})", "f.json#/a: expected an array, found {}",
               at_a([](const JsonReader& r) { r.items(); }));
  expect_fault(R"({"a": []})", "f.json#/a: expected an object, found []",
               at_a([](const JsonReader& r) { r.members(); }));
  expect_fault(R"({"a": ["x", 1]})", "f.json#/a/1: expected a string, found 1",
               at_a([](const JsonReader& r) { r.strings(); }));
  expect_fault(R"({"b": 1})", "f.json: expected the key 'a', which is missing",
               [](const JsonReader& r) { r.at("a"); });
}

TEST_CASE("has is false for what is no object") {
  CHECK_FALSE(JsonReader(Json("a"), "f").has("a"));
  CHECK(JsonReader(Json{{"a", nullptr}}, "f").has("a"));
}

TEST_CASE("integers are exact or refused") {
  const auto read = [](const std::string& text) {
    return JsonReader(parse_json(text, "f"), "f").integer();
  };
  CHECK(read("9223372036854775807") == INT64_MAX);
  CHECK(read("-9223372036854775808") == INT64_MIN);
  CHECK(read("3.0") == 3);
  CHECK(read("1e3") == 1000);
  CHECK(read("-0.0") == 0);
  for (const std::string text :
       {"9223372036854775808", "18446744073709551615", "3.5", "1e300",
        "123456789012345678901234567890", "9007199254740992.0", "true", "\"3\"", "null"}) {
    CAPTURE(text);
    expect_error(ErrorKind::input, "expected an integer, found ", [&] { read(text); });
  }
}

TEST_CASE("an integer out of range is refused with the range in words") {
  const auto read = [](const JsonReader& r) { return r.integer(1, 5); };
  expect_fault("0", "expected an integer of at least 1 and at most 5, found 0", read);
  expect_fault("6", "expected an integer of at least 1 and at most 5, found 6", read);
  expect_fault("6", "expected an integer of at most 5, found 6",
               [](const JsonReader& r) { return r.integer(INT64_MIN, 5); });
  CHECK(JsonReader(Json(5), "f").integer(1, 5) == 5);
}

TEST_CASE("one of several words is read, or the nearest named") {
  const auto read = [](const JsonReader& r) { return r.choice({"support", "dev"}); };
  CHECK(read(JsonReader(Json("dev"), "f")) == "dev");
  expect_fault("\"suport\"", "f.json: unknown value 'suport'; did you mean 'support'?", read);
  expect_fault("1", "expected a string, found 1", read);
}

TEST_CASE("an unknown key is refused with the nearest known one") {
  const auto read = [](const JsonReader& r) { r.allow_only({"name", "shots"}); };
  expect_fault(R"({"name": 1, "shot": 2})",
               "f.json#/shot: unknown key 'shot'; did you mean 'shots'?", read);
  expect_fault("[]", "expected an object, found []", read);
  CHECK_NOTHROW(read(JsonReader(parse_json(R"({"shots": 1})", "f"), "f")));
}

TEST_CASE("a long value is cut between characters in a message") {
  for (std::size_t spaces = 0; spaces < 4; ++spaces) {
    std::string text(spaces, ' ');
    for (int i = 0; i < 40; ++i) text += "日";
    try {
      JsonReader(Json(text), "f").number();
      FAIL("expected an error");
    } catch (const Error& error) {
      const std::string message = error.message();
      CAPTURE(message);
      CHECK(message.ends_with("日..."));
      CHECK_FALSE(invalid_utf8(message));
    }
  }
}

TEST_CASE("dumped JSON is one line with sorted keys, whatever the strings hold") {
  CHECK(dump_json({{"b", 1}, {"a", "x\ny"}}) == R"({"a":"x\ny","b":1})");
  CHECK(dump_json("\xFF") == "\"\uFFFD\"");
  CHECK(dump_json(0.1) == "0.1");
}

}  // namespace
}  // namespace prospect
