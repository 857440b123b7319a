#include <ostream>

#include "experiments/commands/model_options.h"
#include "experiments/commands/result_output.h"
#include "experiments/commands/text_input.h"
#include "experiments/inspection.h"

namespace prospect {
namespace {

struct FillOptions {
  ModelArguments model;
  std::int64_t top = 10;
  OutputFormat format;
  std::vector<std::string> texts;
};

void print_fills(std::ostream& out, const Json& fills) {
  for (const auto& fill : fills) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& token : fill)
      rows.push_back({fixed(token.at("log_prob").get<double>(), 4),
                      std::to_string(token.at("id").get<TokenId>()),
                      token.at("token").get<std::string>()});
    print_table(out, rows);
    out << '\n';
  }
}

}  // namespace

int run_fill(std::span<const std::string> arguments, Console& console) {
  FillOptions options;
  CommandLine line("fill", "--model DIR [--top K] [TEXT...]",
                   "Shows the tokens that a masked language model finds most probable at each "
                   "{mask} of a text, with\nlog-probabilities over the whole vocabulary (nats).");
  add_model_options(line, options.model);
  line.option("top", "K", options.top, "Tokens for each mask.", at_least<std::int64_t>(1));
  add_format_options(line, options.format);
  line.positional("TEXT", options.texts,
                  "Text with {mask}; without one, JSON Lines {\"text\": ...} on standard input.");
  line.require({"model"});
  line.example("fill --model pocket-mlm 'The film was {mask}.'", "what the model expects here");
  if (!line.parse(arguments, console)) return 0;

  ResultPrinter printer(options.format, console);
  const auto model = open_model(options.model);
  for_each_text(options.texts, console, false, [&](const InputText& input) {
    const auto prompt = parse_prompt(input.text, input.where);
    Json fills = Json::array();
    for (const auto& tokens :
         fill_masks(*model, prompt, static_cast<std::size_t>(options.top), input.where)) {
      Json fill = Json::array();
      for (const auto& token : tokens)
        fill.push_back({{"token", model->vocabulary().token(token.id)},
                        {"id", token.id},
                        {"log_prob", token.log_p}});
      fills.push_back(std::move(fill));
    }
    printer.add({{"fills", fills}}, [&](std::ostream& out) { print_fills(out, fills); });
  });
  printer.finish();
  return 0;
}

}  // namespace prospect
