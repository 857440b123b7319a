#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/task.h"
#include "datasets/task_file.h"
#include "experiments/found_prompt.h"

namespace prospect {

/// A prompt for another program: files by name, and what they cannot say.
struct PromptExport {
  std::map<std::string, std::string> files;  ///< Name within the folder -> content.
  /// Each a sentence about where the other program's numbers will differ from ours.
  std::vector<std::string> losses;
};

/// A task of EleutherAI's lm-evaluation-harness: `NAME.yaml` and its test rows, `NAME.test.jsonl`.
///
/// It scores a causal model by the log-probability of each label's answer with what follows it.
/// White space before the answer belongs to the answer, as in our scoring.
/// @param folder  where the files will lie: the YAML names the data by its path.
/// @throws Error (unsupported) for a second segment, or a field whose name is no identifier.
PromptExport export_lm_eval(const FoundPrompt& prompt, const Task& task,
                            std::span<const Example> test, const std::string& folder);

/// OpenPrompt's `ManualTemplate` and `ManualVerbalizer`: `template.txt`, `verbalizer.json`.
/// @throws Error (unsupported) for what its templates cannot say.
PromptExport export_openprompt(const FoundPrompt& prompt, const Task& task);

/// LM-BFF's `--prompt_path` file `prompt.txt`: template, tab, mapping; and both alone.
/// @param label_names  text in the task's files -> label; empty where they are the same.
/// @throws Error (unsupported) for what its templates cannot say.
PromptExport export_lm_bff(const FoundPrompt& prompt, const Task& task,
                           const std::map<std::string, std::string>& label_names);

}  // namespace prospect
