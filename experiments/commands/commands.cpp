#include "experiments/commands/command.h"

namespace prospect {

std::span<const Command> commands() {
  static constexpr Command kCommands[] = {
      {"search", "Searches for prompts as an experiment file says.", run_search},
      {"score", "Scores templates on a task.", run_score},
      {"compose", "Scores a prompt of several masks as a product.", run_compose},
      {"leaderboard", "Shows what runs have found.", run_leaderboard},
      {"report", "Writes an HTML page about runs.", run_report},
      {"export", "Writes a found prompt for use elsewhere.", run_export},
      {"apply", "Labels new texts with a found prompt.", run_apply},
      {"convert", "Translates templates between published formats.", run_convert},
      {"fill", "Shows what a model puts into the mask.", run_fill},
      {"loglik", "Prints the log-likelihood of texts.", run_loglik},
      {"tokenize", "Shows a text as a model's tokens.", run_tokenize},
      {"grad", "Shows the gradient at each token, and the swaps it suggests.", run_grad},
      {"fewshot", "Draws a few-shot split of a task into a folder.", run_fewshot},
      {"mine", "Mines templates for the relations of facts from a corpus.", run_mine},
      {"list", "Lists strategies, models, metrics, readers or tasks.", run_list},
      {"validate", "Checks an experiment file without running it.", run_validate},
      {"bench", "Times scoring against the machine's ceiling.", run_bench},
      {"doctor", "Checks whether this machine is set up well.", run_doctor},
      {"parity", "Compares a checkpoint with its recorded reference values.", run_parity},
  };
  return kCommands;
}

}  // namespace prospect
