#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/candidate.h"

namespace prospect {

/// What a prompt of the user's may hold.
struct PromptRules {
  std::vector<std::string> fields;     ///< Of the task.
  std::vector<std::string> labels;     ///< Of the task.
  std::optional<Verbalizer> fallback;  ///< For a template that brings no label words.
};

/// Label words as the command line has them: `neg=terrible;pos=great,good`, for every label of the
/// task. White space around names and words does not count.
/// @throws Error (usage) as `--labels`, naming the label.
Verbalizer parse_label_words(const std::string& text, const std::vector<std::string>& labels);

/// One template as text, with the fallback's label words.
/// @throws Error (input) that points at the character; (usage) where there are no label words.
Candidate parse_candidate(const std::string& tmpl, const PromptRules& rules,
                          const std::string& where);

/// Prompts of a file, one a line: a template, or `{"template": ..., "verbalizer": {...}}`, where
/// the verbalizer may be left out. Blank lines are passed over.
/// @throws Error (input) as `path:line`.
std::vector<Candidate> read_prompt_file(const std::filesystem::path& path,
                                        const PromptRules& rules);

}  // namespace prospect
