#include <filesystem>
#include <ostream>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "datasets/task_file.h"
#include "datasets/templates/interchange.h"
#include "experiments/commands/command_line.h"

namespace prospect {
namespace {

struct ConvertOptions {
  std::vector<std::string> file;
  std::string to, from = "prospect";
  std::optional<std::string> fields, task, out;
};

std::vector<std::string> fields_of(const ConvertOptions& options) {
  if (options.fields && options.task)
    fail(ErrorKind::usage, "--fields", "expected --fields or --task, found both");
  if (options.task) return open_task(*options.task).task.fields;
  if (!options.fields) return {"text"};
  std::vector<std::string> fields;
  for (const auto& field : split(*options.fields, ',')) {
    fields.emplace_back(trim(field));
    if (!is_field_name(fields.back()))
      fail(ErrorKind::usage, "--fields", "expected names of fields with commas between, found '",
           *options.fields, "'");
  }
  return fields;
}

}  // namespace

int run_convert(std::span<const std::string> arguments, Console& console) {
  ConvertOptions options;
  CommandLine line("convert", "FILE --to FORMAT [--from FORMAT] [--fields A,B | --task TASK]",
                   "Translates templates between published ways to write them, one a line.");
  line.positional("FILE", options.file, "Templates, one a line; blank lines are passed over.", 1,
                  1);
  line.option("to", "FORMAT", options.to, "How to write them.", template_formats());
  line.option("from", "FORMAT", options.from, "How they are written.", template_formats());
  line.option(
      "fields", "A,B", options.fields,
      "The task's fields in order: LM-BFF's sent_0, LAMA's [X], OpenPrompt's text_a are the "
      "first; else text.");
  line.option("task", "TASK", options.task, "Take the fields of this task.");
  line.option("out", "FILE", options.out, "Write there; else to standard output.");
  line.require({"to"});
  line.example("convert 16-13.sort.txt --from lm-bff --to prospect",
               "LM-BFF's published templates");
  if (!line.parse(arguments, console)) return 0;

  const TemplateFormat from = template_format_from_name(options.from, "--from");
  const TemplateFormat to = template_format_from_name(options.to, "--to");
  const auto fields = fields_of(options);
  std::string text;
  std::size_t number = 0;
  for (auto& written : split(read_text_file(options.file.front()), '\n')) {
    const std::string where = options.file.front() + ":" + std::to_string(++number);
    if (written.ends_with('\r')) written.pop_back();
    if (trim(written).empty()) continue;
    const Template tmpl = read_template(from, written, fields, where);
    try {
      text += write_template(to, tmpl, fields) + "\n";
    } catch (const Error& error) {
      throw Error(error.kind(), where, error.message());
    }
  }
  if (text.empty())
    fail(ErrorKind::input, options.file.front(), "expected a template on each line, found none");
  if (options.out)
    write_file(*options.out, text);
  else
    console.out << text;
  return 0;
}

}  // namespace prospect
