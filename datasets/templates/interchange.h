#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/template.h"

namespace prospect {

/// Published ways to write a template.
enum class TemplateFormat {
  prospect,    ///< Our own.
  lm_bff,      ///< `*cls**sent_0*_It_was*mask*.*sep+*` (Gao et al. 2021).
  lama,        ///< `[X] was born in [Y] .` (Petroni et al. 2019; LPAQA, Jiang et al. 2020).
  autoprompt,  ///< `{sentence} [T] [T] [P] .` (Shin et al. 2020).
  openprompt,  ///< `{"placeholder": "text_a"} It was {"mask"} .` (Ding et al. 2022).
};

/// The names `prospect convert --to` knows.
std::vector<std::string> template_formats();
std::string_view name_of(TemplateFormat format);
/// @throws Error (usage) for an unknown name, with the nearest known one.
TemplateFormat template_format_from_name(const std::string& name, const std::string& where);

/// Reads a template of another project.
///
/// ```
/// const std::vector<std::string> fields{"text"};
/// read_template(TemplateFormat::lm_bff, "*cls**sent_0*_It_was*mask*.*sep+*", fields, "x").text();
///     // "{text} It was {mask}."
/// ```
///
/// @param fields  the task's fields in order: the first is LM-BFF's `sent_0`, LAMA's `[X]` and
///                OpenPrompt's `text_a`, the second `sent_1` and `text_b`.
/// @throws Error (input) at `where` for text that the format forbids, (unsupported) for what has no
///         counterpart here.
Template read_template(TemplateFormat format, std::string_view text,
                       std::span<const std::string> fields, const std::string& where);

/// Writes a template for another project; `read_template` gives it back, but for neighbouring
/// blocks of trigger slots, which become one.
/// @throws Error (unsupported) for what the format cannot say.
std::string write_template(TemplateFormat format, const Template& tmpl,
                           std::span<const std::string> fields);

}  // namespace prospect
