#include "search/detail/written_prompts.h"

#include <filesystem>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "search/detail/trigger_space.h"

namespace prospect {
namespace {

Written read_line(const std::string& line, const std::string& where, const SearchContext& context) {
  Written written{{}, where};
  const Template::Rules rules{.fields = context.task.fields};
  if (line.front() != '{' || !Json::accept(line)) {
    written.candidate.tmpl = Template::parse(line, rules, where);
    written.candidate.verbalizer = default_verbalizer(context);
    return written;
  }
  const Json json = parse_json(line, where);
  const JsonReader reader(json, where);
  reader.allow_only({"template", "verbalizer", "source"});
  written.candidate.tmpl =
      Template::parse(reader.at("template").string(), rules, reader.at("template").where());
  written.candidate.verbalizer =
      reader.has("verbalizer") ? verbalizer_from_json(reader.at("verbalizer"), context.task.labels)
                               : default_verbalizer(context);
  if (reader.has("source")) written.source = reader.at("source").string();
  return written;
}

}  // namespace

std::vector<Written> task_prompts(const SearchContext& context) {
  std::vector<Written> prompts;
  for (const auto& prompt : context.task.manual)
    prompts.push_back({prompt.candidate, prompt.source});
  return prompts;
}

std::vector<Written> read_prompts(const std::string& file, const SearchContext& context) {
  const auto path = std::filesystem::path(context.folder) / file;
  std::vector<Written> templates;
  std::size_t number = 0;
  for (auto& line : split(read_text_file(path), '\n')) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    templates.push_back(read_line(line, path.string() + ":" + std::to_string(number), context));
  }
  if (templates.empty()) fail(ErrorKind::input, path.string(), "expected templates, found none");
  return templates;
}

}  // namespace prospect
