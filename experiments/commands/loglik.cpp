#include <ostream>

#include "experiments/commands/model_options.h"
#include "experiments/commands/result_output.h"
#include "experiments/commands/text_input.h"
#include "experiments/inspection.h"

namespace prospect {
namespace {

struct LoglikOptions {
  ModelArguments model;
  OutputFormat format;
  std::vector<std::string> texts;
  bool within_word = false;
};

}  // namespace

int run_loglik(std::span<const std::string> arguments, Console& console) {
  LoglikOptions options;
  CommandLine line(
      "loglik", "--model DIR [TEXT...]",
      "Prints the log-likelihood of texts in nats: of a causal language model exactly, "
      "of a masked one the\npseudo-log-likelihood (each token masked in turn).");
  add_model_options(line, options.model);
  add_format_options(line, options.format);
  line.positional("TEXT", options.texts,
                  "Text; without one, JSON Lines {\"text\": ...} on standard input.");
  line.flag(
      "within-word", options.within_word,
      "With a masked model, mask the rest of its word with each token, which would give it away.");
  line.require({"model"});
  line.example("loglik --model pocket-mlm 'The film was great.'", "how probable a sentence is");
  if (!line.parse(arguments, console)) return 0;

  ResultPrinter printer(options.format, console);
  const auto model = open_model(options.model);
  for_each_text(options.texts, console, false, [&](const InputText& input) {
    const auto likelihood =
        text_likelihood(*model, input.text,
                        options.within_word ? PseudoMasking::rest_of_word : PseudoMasking::token);
    printer.add({{"log_likelihood", likelihood.log_likelihood},
                 {"tokens", likelihood.tokens},
                 {"kind", likelihood.kind}},
                [&](std::ostream& out) {
                  out << fixed(likelihood.log_likelihood, 4) << "  " << likelihood.tokens
                      << " tokens  " << likelihood.kind << '\n';
                });
  });
  printer.finish();
  return 0;
}

}  // namespace prospect
