#include "datasets/readers/reader.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"

using prospect::DataTable;
using prospect::ErrorKind;
using prospect::find_reader;
using prospect::test::expect_error;
using prospect::test::ScratchFolder;

namespace {

DataTable read_as(const std::string& format, std::string_view content,
                  const std::string& file = "data.txt", std::vector<std::string> columns = {}) {
  const ScratchFolder folder;
  return find_reader(format, "test")
      .read(folder.write(file, content), {.columns = std::move(columns)});
}

void expect_refused(const std::string& format, std::string_view content,
                    const std::string& fragment, std::vector<std::string> columns = {}) {
  CAPTURE(format);
  expect_error(ErrorKind::input, fragment,
               [&] { read_as(format, content, "data.txt", std::move(columns)); });
}

std::string bytes_of(const DataTable& table) {
  std::string bytes = table.header;
  for (const auto& row : table.rows) bytes += row.raw;
  return bytes;
}

}  // namespace

TEST_CASE("every reader is found by its name and says what it reads") {
  std::set<std::string> names;
  for (const auto& row : prospect::list_readers()) {
    CAPTURE(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(row.help.ends_with("."));
    CHECK(find_reader(row.name, "test").name() == row.name);
  }
  CHECK(names ==
        std::set<std::string>{"jsonl", "tsv", "csv", "lm-bff", "rlprompt", "lama", "autoprompt"});
}

TEST_CASE("an unknown format and an unknown extension are refused by name") {
  expect_error(ErrorKind::input, "task.json#/format: unknown format 'jsnl'; did you mean 'jsonl'?",
               [] { find_reader("jsnl", "task.json#/format"); });
  expect_error(ErrorKind::input, ".jsonl, .tsv or .csv, found '.xml'",
               [] { prospect::reader_for("a.xml"); });
  CHECK(prospect::reader_for("a/b.csv").name() == "csv");
}

TEST_CASE("TSV rows have the header's columns, their line, and quotes as text") {
  const auto table = read_as("tsv", "text\tlabel\r\n\"a\" b \t1\n\t0\n\n\n");

  CHECK(table.columns == std::vector<std::string>{"text", "label"});
  CHECK(table.header == "text\tlabel\r\n");
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].fields.at("text") == "\"a\" b ");
  CHECK(table.rows[0].raw == "\"a\" b \t1\n");
  CHECK(table.rows[1].line == 3);
  CHECK(table.rows[1].fields.at("text").empty());
}

TEST_CASE("malformed TSV is refused with file and line") {
  expect_refused("tsv", "", "data.txt:1: expected rows, found an empty file");
  expect_refused("tsv", "text\tlabel\n", "data.txt:1: expected at least one row");
  expect_refused("tsv", "\n\n\n", "data.txt:1: expected at least one row");
  expect_refused("tsv", "text\tlabel\na\t1\nb\n",
                 "data.txt:3: expected 2 fields (text, label), found 1");
  expect_refused("tsv", "text\tlabel\na\tb\t1\n",
                 "data.txt:2: expected 2 fields (text, label), found 3");
  expect_refused("tsv", "text\tlabel\na\t1\n\nb\t1\n", "data.txt:3: expected 2 fields");
  expect_refused("tsv", "text\ttext\na\t1\n", "found 'text' twice");
  expect_refused("tsv", "text\t\na\t1\n", "data.txt:1: expected a name for each column");
  expect_refused("tsv", "text\tlabel\na\t1\nb\xFF\t1\n", "data.txt:3: expected UTF-8 text");
  expect_refused("tsv", std::string_view("text\tlabel\na\0b\t1\n", 17),
                 "data.txt:2: expected text");
}

TEST_CASE("a line of more than 16 MiB is one short error") {
  const ScratchFolder folder;
  const std::string line(std::size_t{17} << 20, 'x');
  const auto refused = [&](const char* format, const std::string& file) {
    CAPTURE(format);
    expect_error(ErrorKind::input, file + ":2: expected rows of at most 16777216 bytes",
                 [&] { find_reader(format, "test").read(folder.path() / file, {}); });
  };
  folder.write("long.tsv", "text\tlabel\n" + line);
  folder.write("long.csv", "text,label\n\"" + line + "\n\",1\n");
  for (const char* format : {"tsv", "lm-bff", "rlprompt"}) refused(format, "long.tsv");
  refused("csv", "long.csv");
  folder.write("long.jsonl", "{}\n" + line);
  refused("jsonl", "long.jsonl");
}

TEST_CASE("a file that is missing or a folder is refused") {
  const ScratchFolder folder;
  expect_error(ErrorKind::io, "cannot read",
               [&] { prospect::reader_for("a.tsv").read(folder.path() / "a.tsv", {}); });
  expect_error(ErrorKind::input, "found a folder",
               [&] { prospect::reader_for("a.tsv").read(folder.path(), {}); });
}

TEST_CASE("CSV keeps separators, doubled quotes and line breaks inside quotes") {
  const auto table = read_as("csv", "label,text\r\n1,\"a, \"\"b\"\"\r\nc\"\r\n0,\n2,\"\"");

  REQUIRE(table.rows.size() == 3);
  CHECK(table.rows[0].fields.at("text") == "a, \"b\"\r\nc");
  CHECK(table.rows[1].line == 4);
  CHECK(table.rows[1].fields.at("text").empty());
  CHECK(table.rows[2].fields.at("text").empty());
  CHECK(table.rows[2].raw == "2,\"\"");
}

TEST_CASE("CSV without a header takes its columns from the options") {
  const auto table = read_as("csv", "1,a\n0,b\n", "data.csv", {"label", "text"});

  CHECK(table.header.empty());
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].line == 1);
  CHECK(table.rows[1].fields.at("text") == "b");
}

TEST_CASE("malformed CSV is refused with file and line") {
  expect_refused("csv", "a,b\n1,\"x\ny\n2,z\n", "data.txt:2: expected a closing quote");
  expect_refused("csv", "a,b\n1,\"x\"y\n", "data.txt:2: expected a separator or the line's end");
  expect_refused("csv", "a,b\n1,x\"y\n", "data.txt:2: found a quote inside a field");
  expect_refused("csv", "a,b\n\"x\n\",1\n1,2,3\n", "data.txt:4: expected 2 fields (a, b), found 3");
  expect_refused("csv", "a,b\n1,2,\n", "found 3");
}

TEST_CASE("JSON Lines values become text") {
  const auto table =
      read_as("jsonl", "{\"t\": \"a\\tb\", \"n\": 3, \"f\": 0.5, \"b\": true}\r\n{}\n");

  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].fields.at("t") == "a\tb");
  CHECK(table.rows[0].fields.at("n") == "3");
  CHECK(table.rows[0].fields.at("f") == "0.5");
  CHECK(table.rows[0].fields.at("b") == "true");
  CHECK(table.rows[1].fields.empty());
}

TEST_CASE("malformed JSON Lines are refused with file, line and key") {
  expect_refused("jsonl", "{\"a\": 1}\n{\"a\": [1]}\n", "data.txt:2#/a: expected text, a number");
  expect_refused("jsonl", "{\"a\": null}\n", "data.txt:1#/a: expected text, a number");
  expect_refused("jsonl", "{\"a\": 1}\n{\"a\": \n", "data.txt:2: expected valid JSON");
  expect_refused("jsonl", "{\"a\": 1}\n\n{\"a\": 1}\n", "data.txt:2: expected one JSON object");
  expect_refused("jsonl", "[1]\n", "data.txt:1: expected one JSON object a line");
  expect_refused("jsonl", "{\"a\": \"\\u0000\"}\n", "data.txt:1#/a: expected text, found a NUL");
  expect_refused("jsonl", "{\"a\": \"\\ud800\"}\n", "data.txt:1: expected valid JSON");
  expect_refused("jsonl", std::string(100'000, '['), "data.txt:1: expected JSON nested at most");
}

TEST_CASE("LM-BFF's CSV files have label and text, its TSV files a header") {
  const auto csv = read_as("lm-bff", "0,\"a , b\"\n1,c\n", "train.csv");
  CHECK(csv.rows.at(0).fields.at("label") == "0");
  CHECK(csv.rows.at(0).fields.at("text") == "a , b");

  const auto tsv = read_as("lm-bff", "index\tsentence1\tsentence2\tlabel\n7\t\"a\tb\tc\n", "t.tsv");
  CHECK(tsv.rows.at(0).fields.at("sentence1") == "\"a");
}

TEST_CASE("RLPrompt's files are quoted as pandas does it") {
  const auto table =
      read_as("rlprompt", "text\tlabel\n\"say \"\"a\"\"\t\"\t1\nsay \"a\"\t0\n", "train.tsv");

  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].fields.at("text") == "say \"a\"\t");
  CHECK(table.rows[1].fields.at("text") == "say \"a\"");
}

TEST_CASE("LAMA facts get their relation from a row or from the file's name") {
  const std::string fact = R"({"sub_label": "Paris", "obj_label": "France", "evidences": [{}]})";
  CHECK(read_as("lama", fact, "P17.jsonl").rows.at(0).fields.at("relation") == "P17");
  const std::string named = R"({"sub_label": "a", "obj_label": "b", "predicate_id": "P19"})";
  CHECK(read_as("lama", named, "x.jsonl").rows.at(0).fields.at("relation") == "P19");

  expect_refused("lama", fact + "\n{\"sub_label\": \"a\"}\n",
                 "data.txt:2: expected a fact with 'obj_label'");
  expect_refused("lama", R"({"sub_label": "", "obj_label": "b"})", "a fact with 'sub_label'");
}

TEST_CASE("AutoPrompt's rows keep their texts and leave out what is nested") {
  const auto table = read_as("autoprompt", R"({"sub_label": "a", "evidences": [1], "uuid": null})");
  CHECK(table.rows.at(0).fields == std::map<std::string, std::string>{{"sub_label", "a"}});
}

TEST_CASE("header and rows together are the file's bytes") {
  const std::string tsv = "text\tlabel\r\n a\t1\r\n\"b\t0";
  CHECK(bytes_of(read_as("tsv", tsv)) == tsv);
  const std::string csv = "text,label\n\"a\n\n\"\"b\",1\n\"c\",0\r\n";
  CHECK(bytes_of(read_as("csv", csv)) == csv);
  const std::string jsonl = "{\"b\":1, \"a\" : 2.50}\n {\"a\":\"\\u0041\"}\r\n";
  CHECK(bytes_of(read_as("jsonl", jsonl)) == jsonl);
}
