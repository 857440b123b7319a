#include <ostream>

#include "core/error.h"
#include "experiments/commands/command_line.h"
#include "experiments/commands/result_output.h"
#include "experiments/commands/text_input.h"
#include "experiments/model_folder.h"
#include "scoring/tokenizers/tokenizer.h"

namespace prospect {
namespace {

struct TokenizeOptions {
  std::string model, cut = "first";
  std::optional<std::int64_t> max_length;
  bool no_special = false;
  OutputFormat format;
  std::vector<std::string> texts;
};

Encoding encode(const Tokenizer& tokenizer, const TokenizeOptions& options,
                const InputText& input) {
  std::optional<Truncation> truncation;
  if (options.max_length)
    truncation = Truncation{
        static_cast<std::size_t>(*options.max_length),
        options.cut == "first" ? Truncation::Side::only_first : Truncation::Side::only_second};
  std::optional<std::string_view> pair;
  if (input.pair) pair = *input.pair;
  try {
    return tokenizer.encode_pair(input.text, pair, !options.no_special, truncation);
  } catch (const Error& error) {
    // The tokenizer does not know which of many texts it was given.
    throw Error(error.kind(), input.where, error.message());
  }
}

}  // namespace

int run_tokenize(std::span<const std::string> arguments, Console& console) {
  TokenizeOptions options;
  CommandLine line(
      "tokenize", "--model DIR [--max-length N] [--no-special] [TEXT...]",
      "Shows texts as the tokens of a model: ids, tokens, segment ids, and what the ids "
      "decode to.");
  line.option("model", "DIR", options.model,
              "Folder of a checkpoint, or the name of a model that comes with prospect.");
  line.option("max-length", "N", options.max_length, "Cut to N tokens, special ones included.",
              between<std::int64_t>(0, INT32_MAX));
  line.option("cut", "SIDE", options.cut, "Which text of a pair is cut.", {"first", "second"});
  line.flag("no-special", options.no_special, "Put no special tokens around the text.");
  add_format_options(line, options.format);
  line.positional("TEXT", options.texts,
                  "Text; without one, JSON Lines {\"text\": ..., \"pair\": ...} on standard input, "
                  "where pair may be left out.");
  line.require({"model"});
  line.example("tokenize --model pocket-mlm 'It was great.'", "the tokens of a sentence");
  if (!line.parse(arguments, console)) return 0;

  ResultPrinter printer(options.format, console);
  const auto tokenizer = open_tokenizer(find_model(options.model));
  for_each_text(options.texts, console, true, [&](const InputText& input) {
    const Encoding encoding = encode(*tokenizer, options, input);
    printer.add({{"ids", encoding.ids},
                 {"tokens", encoding.tokens},
                 {"type_ids", encoding.type_ids},
                 {"decoded", tokenizer->decode(encoding.ids, true)},
                 {"decoded_all", tokenizer->decode(encoding.ids, false)}},
                [&](std::ostream& out) {
                  std::vector<std::vector<std::string>> rows;
                  for (std::size_t i = 0; i < encoding.ids.size(); ++i)
                    rows.push_back({std::to_string(encoding.ids[i]), encoding.tokens[i]});
                  print_table(out, rows);
                  out << '\n';
                });
  });
  printer.finish();
  return 0;
}

}  // namespace prospect
