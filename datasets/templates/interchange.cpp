#include "datasets/templates/interchange.h"

#include "core/error.h"
#include "core/text.h"
#include "datasets/templates/formats.h"

namespace prospect {
namespace {

using templates::Fields;

struct FormatRow {
  TemplateFormat format;
  std::string_view name;
  Template (*read)(std::string_view text, Fields fields, const std::string& where);
  std::string (*write)(const Template& tmpl, Fields fields);
};

Template read_own(std::string_view text, Fields fields, const std::string& where) {
  return Template::parse(text, {.fields = std::vector<std::string>(fields.begin(), fields.end())},
                         where);
}

std::string write_own(const Template& tmpl, Fields) {
  return tmpl.text();
}

constexpr FormatRow kFormats[] = {
    {TemplateFormat::prospect, "prospect", read_own, write_own},
    {TemplateFormat::lm_bff, "lm-bff", templates::read_lm_bff, templates::write_lm_bff},
    {TemplateFormat::lama, "lama", templates::read_lama, templates::write_lama},
    {TemplateFormat::autoprompt, "autoprompt", templates::read_autoprompt,
     templates::write_autoprompt},
    {TemplateFormat::openprompt, "openprompt", templates::read_openprompt,
     templates::write_openprompt},
};

const FormatRow& row_of(TemplateFormat format) {
  for (const auto& row : kFormats)
    if (row.format == format) return row;
  fail(ErrorKind::internal, "row_of", "expected a known format, found ", static_cast<int>(format));
}

}  // namespace

std::vector<std::string> template_formats() {
  std::vector<std::string> names;
  for (const auto& row : kFormats) names.emplace_back(row.name);
  return names;
}

std::string_view name_of(TemplateFormat format) {
  return row_of(format).name;
}

TemplateFormat template_format_from_name(const std::string& name, const std::string& where) {
  for (const auto& row : kFormats)
    if (row.name == name) return row.format;
  fail(ErrorKind::usage, where, "unknown format '", name, "'",
       suggestion(name, template_formats()));
}

Template read_template(TemplateFormat format, std::string_view text, Fields fields,
                       const std::string& where) {
  if (const auto offset = invalid_utf8(text))
    fail(ErrorKind::input, where, "expected UTF-8 text, found an invalid byte at offset ", *offset);
  return row_of(format).read(text, fields, where);
}

std::string write_template(TemplateFormat format, const Template& tmpl, Fields fields) {
  return row_of(format).write(tmpl, fields);
}

}  // namespace prospect
