#pragma once

#include <string>
#include <vector>

#include "search/strategy.h"

namespace prospect {

/// A prompt that was written down somewhere.
struct Written {
  Candidate candidate;
  std::string source;
};

/// The task's manual prompts.
std::vector<Written> task_prompts(const SearchContext& context);

/// The prompts of a file: one template a line, or JSON Lines with `"template"`, `"verbalizer"` and
/// `"source"`; without label words they get those of `default_verbalizer`.
/// @param file  a relative path is relative to the context's folder.
/// @throws Error (io, input) naming file and line, also where it holds none.
std::vector<Written> read_prompts(const std::string& file, const SearchContext& context);

}  // namespace prospect
