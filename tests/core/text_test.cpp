#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/text.h"

namespace prospect {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("the first byte that is not UTF-8 is found") {
  const auto offset = [](std::string_view text) {
    const auto found = invalid_utf8(text);
    return found ? static_cast<int>(*found) : -1;
  };

  CHECK(offset("") == -1);
  CHECK(offset("é日👩\U0010FFFF") == -1);
  CHECK(offset(std::string_view("a\0b", 3)) == -1);
  CHECK(offset("ab\xFF") == 2);
  CHECK(offset("\x80") == 0);                // a continuation byte alone
  CHECK(offset("é\xC3") == 2);               // cut after a lead byte
  CHECK(offset("a\xE6\x97") == 1);           // cut inside a character of three bytes
  CHECK(offset("\xC0\xAF") == 0);            // overlong
  CHECK(offset("x\xED\xA0\x80") == 1);       // a surrogate
  CHECK(offset("xy\xF4\x90\x80\x80") == 2);  // above U+10FFFF
}

TEST_CASE("lower_first changes one code point by its simple mapping, in no language") {
  CHECK(lower_first("Hello World") == "hello World");
  CHECK(lower_first("Éa") == "éa");
  CHECK(lower_first("E\u0301a") == "e\u0301a");  // the accent follows on its own
  CHECK(lower_first("İx") == "ix");              // simple mapping: no dot above is added
  CHECK(lower_first("Ix") == "ix");              // not the Turkish dotless one
  CHECK(lower_first("ẞx") == "ßx");
  CHECK(lower_first("日本") == "日本");
  CHECK(lower_first("👩A") == "👩A");
  CHECK(lower_first("").empty());
  CHECK(lower_first("\xFF"
                    "A") ==
        "\xFF"
        "A");
}

TEST_CASE("lower uses the full mapping") {
  CHECK(lower("İI") == "i\u0307i");
  CHECK(lower("STRASSE ẞ") == "strasse ß");
  CHECK(lower("ΟΔΟΣ") == "οδος");  // a sigma at the end of a word
  CHECK(lower("日本 👩") == "日本 👩");
}

TEST_CASE("strip_final_punctuation takes punctuation and space off the end alone") {
  CHECK(strip_final_punctuation("A fine film.") == "A fine film");
  CHECK(strip_final_punctuation("Really?! ...") == "Really");
  CHECK(strip_final_punctuation("He said \"no.\"") == "He said \"no");
  CHECK(strip_final_punctuation("良い。") == "良い");
  CHECK(strip_final_punctuation("¿Qué?") == "¿Qué");
  CHECK(strip_final_punctuation("well , ") == "well");
  CHECK(strip_final_punctuation("  so.") == "  so");   // the start is not touched
  CHECK(strip_final_punctuation("fun 👩") == "fun 👩");  // a symbol, not punctuation
  CHECK(strip_final_punctuation("cafe\u0301.") == "cafe\u0301");
  CHECK(strip_final_punctuation("...").empty());
  CHECK(strip_final_punctuation("").empty());
}

TEST_CASE("trim takes Unicode white space off both ends") {
  CHECK(trim(" \t\n a b \u3000\u00A0") == "a b");
  CHECK(trim("\u200Ba") == "\u200Ba");  // a zero-width space is not White_Space
  CHECK(trim("   ").empty());
  CHECK(trim("").empty());
}

TEST_CASE("trimming leaves bytes that are not UTF-8 where they are") {
  CHECK(trim(" \x80") == "\x80");
  CHECK(trim("a \x80\x80 ") == "a \x80\x80");
  CHECK(strip_final_punctuation("a.\x80") == "a.\x80");
}

TEST_CASE("is_blank needs at least one character") {
  CHECK(is_blank(" \n\u3000"));
  CHECK_FALSE(is_blank(""));
  CHECK_FALSE(is_blank(" a"));
}

TEST_CASE("starts_capitalised sees capitals of every script, and no others") {
  CHECK(starts_capitalised("Été"));
  CHECK(starts_capitalised("Éa"));
  CHECK(starts_capitalised("ǅ"));  // title case
  CHECK(starts_capitalised("ẞ"));
  CHECK_FALSE(starts_capitalised("ß"));
  CHECK_FALSE(starts_capitalised("日本"));
  CHECK_FALSE(starts_capitalised(" A"));
  CHECK_FALSE(starts_capitalised("1A"));
  CHECK_FALSE(starts_capitalised(""));
  CHECK_FALSE(starts_capitalised("\xFF"));
}

TEST_CASE("typable text is what a keyboard can give") {
  for (const std::string text : {"great", "é", "日本語", "e\u0301", "👩", " ", "##ing", "ẞ"}) {
    CAPTURE(text);
    CHECK(is_typable(text));
  }
  for (const std::string text :
       {"", "\n", "a\x7F", "\u200D", "\uFFFD", "\uE000", "\u0378", "\u2028", "ok\xFF"}) {
    CAPTURE(text);
    CHECK_FALSE(is_typable(text));
  }
}

TEST_CASE("code_points counts code points") {
  CHECK(code_points("") == 0);
  CHECK(code_points("aé日👩") == 4);
  CHECK(code_points("e\u0301") == 2);
}

TEST_CASE("split and join are inverse") {
  CHECK(split("", ',') == Strings{""});
  CHECK(split("a,,b,", ',') == Strings{"a", "", "b", ""});
  CHECK(join(split("a,,b,", ','), ",") == "a,,b,");
  CHECK(join(Strings{}, ",").empty());
}

TEST_CASE("nearest_name finds slips of the finger and no more") {
  const Strings known{"accuracy", "mrr", "pearson"};

  CHECK(nearest_name("acuracy", known) == "accuracy");
  CHECK(nearest_name("mmr", known) == "mrr");
  CHECK(nearest_name("parson", known) == "pearson");
  CHECK_FALSE(nearest_name("loss", known));
  CHECK_FALSE(nearest_name("", Strings{}));
}

TEST_CASE("nearest_name never offers a name that shares nothing with what was written") {
  CHECK_FALSE(nearest_name("k", Strings{"lr"}));
  CHECK_FALSE(nearest_name("", Strings{"lr", "k"}));
  CHECK(nearest_name("l", Strings{"lr"}) == "lr");
}

TEST_CASE("a suggestion names the nearest, else lists all") {
  const Strings known{"dev", "support"};

  CHECK(suggestion("suport", known) == "; did you mean 'support'?");
  CHECK(suggestion("something", known) == "; known are: dev, support");
}

TEST_CASE("fingerprints are 64-bit FNV-1a") {
  // Of the empty text, the hash's published offset basis; of "a", its published test vector.
  CHECK(fingerprint("") == "cbf29ce484222325");
  CHECK(fingerprint("a") == "af63dc4c8601ec8c");
  CHECK(fingerprint("foobar") == "85944171f73967e8");
}

}  // namespace
}  // namespace prospect
