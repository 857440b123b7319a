#include <ostream>

#include "experiments/commands/model_options.h"
#include "experiments/commands/result_output.h"
#include "experiments/commands/text_input.h"
#include "experiments/inspection.h"

namespace prospect {
namespace {

constexpr std::size_t kShownSwaps = 5;

struct GradOptions {
  ModelArguments model;
  std::string answer;
  std::int64_t top = 10;
  OutputFormat format;
  std::vector<std::string> texts;
};

Json to_json(const PromptGradient& gradient, const Vocabulary& vocabulary) {
  Json swaps = Json::array();
  for (const auto& shortlist : gradient.top_swaps) {
    Json swap = Json::array();
    for (std::size_t i = 0; i < shortlist.ids.size(); ++i)
      swap.push_back({{"id", shortlist.ids[i]},
                      {"token", vocabulary.token(shortlist.ids[i])},
                      {"score", shortlist.scores[i]}});
    swaps.push_back(std::move(swap));
  }
  return {{"ids", gradient.ids},
          {"gradient_norms", gradient.norms},
          {"top_swaps", swaps},
          {"loss", gradient.loss}};
}

void print_gradient(std::ostream& out, const PromptGradient& gradient,
                    const Vocabulary& vocabulary) {
  out << "loss " << fixed(gradient.loss, 4) << '\n';
  std::vector<std::vector<std::string>> rows{{"token", "id", "norm", "swaps"}};
  for (std::size_t i = 0; i < gradient.ids.size(); ++i) {
    std::string swaps;
    for (std::size_t k = 0; k < std::min(kShownSwaps, gradient.top_swaps[i].ids.size()); ++k)
      swaps += (k == 0 ? "" : " ") + vocabulary.token(gradient.top_swaps[i].ids[k]);
    rows.push_back({vocabulary.token(gradient.ids[i]), std::to_string(gradient.ids[i]),
                    fixed(gradient.norms[i], 4), swaps});
  }
  print_table(out, rows);
}

}  // namespace

int run_grad(std::span<const std::string> arguments, Console& console) {
  GradOptions options;
  CommandLine line(
      "grad", "--model DIR --answer WORD [--top K] [TEXT...]",
      "Shows the gradient of -log p(WORD at the first {mask}) at each input embedding: "
      "its norm, and the\ntokens whose swap lowers the loss most by first-order "
      "approximation, -(embedding . gradient).");
  add_model_options(line, options.model);
  line.option("answer", "WORD", options.answer, "A word that is one token.");
  line.option("top", "K", options.top, "Swaps for each token.", at_least<std::int64_t>(1));
  add_format_options(line, options.format);
  line.positional("TEXT", options.texts,
                  "Text with {mask}; without one, JSON Lines {\"text\": ...} on standard input.");
  line.require({"model", "answer"});
  line.example("grad --model pocket-mlm --answer great 'The film was {mask}.'",
               "which token matters, and what would help in its place");
  if (!line.parse(arguments, console)) return 0;

  ResultPrinter printer(options.format, console);
  const auto model = open_model(options.model);
  for_each_text(options.texts, console, false, [&](const InputText& input) {
    const auto gradient =
        prompt_gradient(*model, parse_prompt(input.text, input.where), options.answer,
                        static_cast<std::size_t>(options.top), input.where);
    printer.add(to_json(gradient, model->vocabulary()),
                [&](std::ostream& out) { print_gradient(out, gradient, model->vocabulary()); });
  });
  printer.finish();
  return 0;
}

}  // namespace prospect
