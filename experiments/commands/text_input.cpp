#include "experiments/commands/text_input.h"

#include <cerrno>
#include <cstring>
#include <ios>
#include <istream>
#include <streambuf>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20U;

constexpr int kEnd = std::char_traits<char>::eof();

int read_byte(std::streambuf& buffer, const std::string& where) {
  try {
    return buffer.sbumpc();
  } catch (const std::ios_base::failure&) {
    fail(ErrorKind::io, where, "cannot read: ", std::strerror(errno));
  }
}

// The next line without its end ("\n" or "\r\n"); false at the end of the input. Bounded, since a
// device or a binary file may have no line end at all.
bool read_line(std::istream& in, std::string& line, const std::string& where) {
  line.clear();
  std::streambuf& buffer = *in.rdbuf();
  for (int c = read_byte(buffer, where);; c = read_byte(buffer, where)) {
    if (c == kEnd && line.empty()) return false;
    if (c == kEnd || c == '\n') break;
    if (line.size() >= kMostBytes)
      fail(ErrorKind::input, where, "expected a line of at most 64 MiB, found a longer one");
    line += static_cast<char>(c);
  }
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

void check_line(const std::string& line, const char* expected, const std::string& where) {
  if (const auto offset = invalid_utf8(line))
    fail(ErrorKind::input, where, "expected UTF-8 text, found an invalid byte at offset ", *offset);
  if (is_blank(line) || line.empty())
    fail(ErrorKind::input, where, "expected ", expected, ", found an empty line");
}

Json parse_line(const std::string& line, const std::string& where) {
  check_line(line, "a JSON object", where);
  Json value;
  try {
    value = parse_json(line, where);
  } catch (const Error& error) {
    // The parser counts lines inside of what it was given, which is this one.
    throw Error(error.kind(), where, error.message());
  }
  if (!value.is_object()) JsonReader(value, where).fail_expected("a JSON object");
  return value;
}

template <class Use>
std::size_t for_each_line(std::istream& in, const std::string& name, const Use& use) {
  std::size_t number = 0;
  std::string line;
  for (;;) {
    const std::string where = name + ":" + std::to_string(number + 1);
    if (!read_line(in, line, where)) return number;
    if (number == 0 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    ++number;
    use(line, where);
  }
}

}  // namespace

std::size_t for_each_json_line(std::istream& in, const std::string& name,
                               const std::function<void(const JsonReader&)>& use) {
  return for_each_line(in, name, [&](const std::string& line, const std::string& where) {
    const Json value = parse_line(line, where);
    use(JsonReader(value, where));
  });
}

std::size_t for_each_text_line(
    std::istream& in, const std::string& name,
    const std::function<void(const std::string& line, const std::string& where)>& use) {
  return for_each_line(in, name, [&](const std::string& line, const std::string& where) {
    check_line(line, "a text", where);
    use(line, where);
  });
}

void for_each_text(std::span<const std::string> arguments, Console& console, bool allow_pair,
                   const std::function<void(const InputText&)>& use) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string where = "argument " + std::to_string(i + 1);
    if (const auto offset = invalid_utf8(arguments[i]))
      fail(ErrorKind::input, where, "expected UTF-8 text, found an invalid byte at offset ",
           *offset);
    use({arguments[i], std::nullopt, where});
  }
  if (!arguments.empty()) return;

  const auto count = for_each_json_line(console.in, "stdin", [&](const JsonReader& line) {
    if (allow_pair)
      line.allow_only({"text", "pair"});
    else
      line.allow_only({"text"});
    InputText input{line.at("text").string(), std::nullopt, line.where()};
    if (line.has("pair") && !line.at("pair").value().is_null())
      input.pair = line.at("pair").string();
    use(input);
  });
  if (count == 0)
    fail(ErrorKind::input, "stdin",
         "expected texts as arguments or lines such as {\"text\": \"...\"}, found nothing");
}

}  // namespace prospect
