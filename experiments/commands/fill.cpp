#include <ostream>

#include "experiments/commands/model_options.h"
#include "experiments/commands/result_output.h"
#include "experiments/commands/text_input.h"
#include "experiments/inspection.h"
#include "experiments/open_answer.h"

namespace prospect {
namespace {

struct FillOptions {
  ModelArguments model;
  std::int64_t top = 10, span = 0;
  std::string order = "most_confident";
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

// Answers of several tokens at the one mask.
void add_spans(Model& model, const FillOptions& options, const InputText& input,
               ResultPrinter& printer) {
  const auto answers = open_answers(
      model, parse_prompt(input.text, input.where), static_cast<std::size_t>(options.span),
      options.order == "left_to_right" ? FillOrder::left_to_right : FillOrder::most_confident,
      input.where);
  Json spans = Json::array();
  std::vector<std::vector<std::string>> table;
  for (const auto& answer : answers) {
    spans.push_back({{"text", answer.text},
                     {"ids", answer.ids},
                     {"log_prob", answer.log_p},
                     {"mean_log_prob", answer.mean_log_p()},
                     {"forwards", answer.num_forwards}});
    table.push_back(
        {fixed(answer.mean_log_p(), 4), std::to_string(answer.ids.size()), answer.text});
  }
  printer.add({{"spans", spans}}, [&](std::ostream& out) {
    print_table(out, table);
    out << '\n';
  });
}

}  // namespace

int run_fill(std::span<const std::string> arguments, Console& console) {
  FillOptions options;
  CommandLine line("fill", "--model DIR [--top K] [TEXT...]",
                   "Shows the tokens that a masked language model finds most probable at each "
                   "{mask} of a text, with\nlog-probabilities over the whole vocabulary (nats).");
  add_model_options(line, options.model);
  line.option("top", "K", options.top, "Tokens for each mask.", at_least<std::int64_t>(1));
  line.option(
      "span", "N", options.span,
      "Instead, an answer of each length up to N tokens (0: none), best mean log-probability "
      "first.",
      between<std::int64_t>(0, 32));
  line.option("order", "ORDER", options.order, "With --span: which mask is filled next.",
              {"most_confident", "left_to_right"});
  add_format_options(line, options.format);
  line.positional("TEXT", options.texts,
                  "Text with {mask}; without one, JSON Lines {\"text\": ...} on standard input.");
  line.require({"model"});
  line.example("fill --model pocket-mlm 'The film was {mask}.'", "what the model expects here");
  if (!line.parse(arguments, console)) return 0;

  ResultPrinter printer(options.format, console);
  const auto model = open_model(options.model);
  for_each_text(options.texts, console, false, [&](const InputText& input) {
    if (options.span > 0) {
      add_spans(*model, options, input, printer);
      return;
    }
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
