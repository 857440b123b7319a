#include <filesystem>
#include <memory>
#include <ostream>

#include "core/error.h"
#include "datasets/thesaurus.h"
#include "experiments/checked_strategy.h"
#include "experiments/commands/command_line.h"
#include "experiments/experiment_file.h"
#include "experiments/helper_models.h"
#include "experiments/model_folder.h"
#include "experiments/plugin.h"
#include "experiments/study.h"
#include "search/registry.h"

namespace prospect {
namespace {

struct ValidateOptions {
  std::vector<std::string> experiment, set, plugin;
  bool json = false;
};

// Lets every strategy that starts from nothing say what of the task does not fit it.
void check_strategies(const Experiment& experiment, const Task& task, Model& model,
                      Oracles& oracles) {
  const ExperimentSpec& spec = experiment.spec;
  const auto thesaurus = make_thesaurus();
  for (std::size_t i = 0; i < spec.strategies.size(); ++i) {
    if (spec.strategies[i].init) continue;  // its seeds come with the run
    const std::string where = spec.file.string() + "#/strategies/" + std::to_string(i) + "/options";
    const auto folder = spec.file.parent_path();
    SearchContext context{.task = task,
                          .vocabulary = model.vocabulary(),
                          .scorer = model.scorer(),
                          .oracles = oracles,
                          .spec = spec.scoring,
                          .rng = Rng(spec.seeds.front(), "validate"),
                          .folder = folder.empty() ? "." : folder.string(),
                          .providers = {.thesaurus = thesaurus.get()}};
    CheckedStrategy(find_strategy(spec.strategies[i].name, where),
                    JsonReader(spec.strategies[i].options, where), std::move(context));
  }
}

// Label words of manual prompts that the scoring rule cannot score: the run records them as
// failures, so they are worth a warning and no more.
std::vector<std::string> unscorable_words(const Experiment& experiment, const Model& model) {
  std::vector<std::string> warnings;
  if (experiment.spec.scoring.rule != AnswerRule::single) return warnings;
  for (const auto& manual : experiment.data.task.manual) {
    for (const auto& answer : flatten(manual.candidate.verbalizer)) {
      const auto ids = model.vocabulary().encode_answer(manual.candidate.tmpl, answer);
      if (ids.size() == 1) continue;
      warnings.push_back("manual prompt '" + manual.candidate.tmpl.text() + "': the label word '" +
                         answer.text + "' has " + std::to_string(ids.size()) +
                         " tokens, and the rule 'single' scores one; the prompt will fail");
    }
  }
  return warnings;
}

}  // namespace

int run_validate(std::span<const std::string> arguments, Console& console) {
  ValidateOptions options;
  CommandLine line("validate", "EXPERIMENT.json [--set /POINTER=VALUE]... [--plugin X.so]",
                   "Checks an experiment: the file, the task and its splits, the model, the "
                   "strategies with their options\nand the label words. Nothing is run.");
  line.positional("EXPERIMENT.json", options.experiment, "The experiment file.", 1, 1);
  line.option("set", "/POINTER=VALUE", options.set,
              "Set a value of the experiment file, as JSON or else as a string.");
  line.option("plugin", "X.so", options.plugin, "Load a strategy from a shared library first.");
  line.flag("json", options.json, "Print the effective experiment, every default filled in.");
  line.example("validate experiments/examples/quickstart.json --json",
               "the experiment with every default");
  if (!line.parse(arguments, console)) return 0;

  load_plugins(options.plugin);
  const Experiment experiment = open_experiment(options.experiment.front(), options.set);
  const ExperimentSpec& spec = experiment.spec;
  std::vector<Task> tasks;
  for (const auto split_seed : spec.split_seeds)
    tasks.push_back(split_task(experiment, split_seed));
  const auto model = open_model(
      std::filesystem::exists(spec.model_path) ? spec.model_path : find_model(spec.model),
      ModelOptions{});
  HelperModels helpers = open_helper_models(spec, ModelOptions{});
  HelperOracles helper_oracles(&helpers, *model, spec.scoring);
  ChargedOracles oracles(
      model->oracles(), [] {}, helper_oracles.oracles());
  check_oracles(spec, oracles);
  check_strategies(experiment, tasks.front(), *model, oracles);
  for (const auto& warning : unscorable_words(experiment, *model))
    console.err << "warning: " << warning << std::endl;

  const Forecast cost = forecast(experiment);
  if (options.json) {
    console.out << dump_json({{"spec", to_json(spec)},
                              {"fingerprint", fingerprint(spec)},
                              {"forecast", to_json(cost)}})
                << '\n';
    return 0;
  }
  console.out << options.experiment.front() << " is right: task " << experiment.data.task.name
              << " (" << tasks.front().support.size() << " support, " << tasks.front().dev.size()
              << " dev, " << cost.num_test << " test), model " << model->card().family << " with "
              << model->card().num_parameters << " parameters, " << spec.strategies.size()
              << " strategies, " << cost.num_searches << " searches of " << cost.search
              << " evaluations\n";
  return 0;
}

}  // namespace prospect
