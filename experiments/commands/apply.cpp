#include "experiments/apply_prompt.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <ostream>

#include "core/error.h"
#include "experiments/commands/model_options.h"
#include "experiments/commands/result_output.h"
#include "experiments/found_prompt.h"

namespace prospect {
namespace {

constexpr std::size_t kBatch = 512;

struct ApplyOptions {
  std::vector<std::string> prompt;
  std::string texts;
  ModelArguments model;
  OutputFormat format;
};

// Opens the texts; a folder opens like a file and then cannot be read.
std::ifstream open_texts(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path))
    fail(ErrorKind::io, path, "expected a file of texts, found none that can be read");
  return in;
}

std::string one_line(std::string text) {
  for (char& c : text)
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  return text;
}

void print_plain(std::ostream& out, const Labelled& labelled, const Example& text) {
  out << labelled.label.value_or("-") << '\t';
  if (labelled.log_p.empty())
    out << '-';
  else
    out << fixed(std::exp(*std::max_element(labelled.log_p.begin(), labelled.log_p.end())), 3);
  for (const auto& [name, value] : text.fields) out << '\t' << one_line(value);
  if (!labelled.failure.empty()) out << "\t(" << labelled.failure << ')';
  out << '\n';
}

}  // namespace

int run_apply(std::span<const std::string> arguments, Console& console) {
  ApplyOptions options;
  CommandLine line("apply", "PROMPT.json --texts FILE [--model DIR] [--jsonl]",
                   "Labels new texts with a found prompt (prospect export RUN --to json): label, "
                   "its probability, text.");
  line.positional("PROMPT.json", options.prompt, "The prompt.", 1, 1);
  line.option("texts", "FILE", options.texts,
              "Texts, one a line; or, where the name ends with .jsonl, objects that hold the "
              "prompt's fields; - is standard input, as JSON Lines.");
  add_model_options(line, options.model);
  add_format_options(line, options.format);
  line.require({"texts"});
  line.example("apply best.json --texts new.txt", "label, probability and text of each line");
  if (!line.parse(arguments, console)) return 0;

  ResultPrinter printer(options.format, console, "results");
  const std::string& path = options.prompt.front();
  const FoundPrompt prompt = found_prompt_from_json(JsonReader(read_json_file(path), path));
  if (options.model.model.empty()) options.model.model = prompt.model;
  std::ifstream file;
  const bool from_stdin = options.texts == "-";
  if (!from_stdin) file = open_texts(options.texts);
  const auto model = open_model(options.model);
  const Candidate candidate = candidate_for(prompt, model->card().fingerprint);
  if (model->card().fingerprint != prompt.model_fingerprint)
    console.err << "note: the prompt was found for another model (" << prompt.model
                << "); its scores do not hold here" << std::endl;

  const bool json_lines = from_stdin || options.texts.ends_with(".jsonl");
  // A prior of all texts needs all of them at once.
  const std::size_t batch_size =
      prompt.calibration == Calibration::batch ? std::numeric_limits<std::size_t>::max() : kBatch;
  for_each_batch(
      from_stdin ? console.in : file, from_stdin ? "stdin" : options.texts, json_lines,
      candidate.tmpl.fields(), batch_size, [&](std::span<const Example> texts) {
        const auto labelled =
            apply_prompt(model->scorer(), candidate, prompt.scoring, texts, prompt.calibration);
        for (std::size_t i = 0; i < texts.size(); ++i)
          printer.add(to_json(labelled[i], texts[i], candidate.verbalizer),
                      [&](std::ostream& out) { print_plain(out, labelled[i], texts[i]); });
      });
  printer.finish();
  return 0;
}

}  // namespace prospect
