#include "experiments/example_split.h"

#include "core/error.h"

namespace prospect {

ChosenRows choose_rows(const TaskData& data, const SplitChoice& choice) {
  ChosenRows chosen{data.task, {}};
  const bool halves_training = choice.name == "dev" && data.dev.empty();
  if (choice.shots || halves_training)
    chosen.task = fewshot_task(data, choice.shots.value_or(0), choice.seed, choice.protocol);

  if (choice.name == "test")
    chosen.examples = data.test;
  else if (choice.name == "dev")
    chosen.examples = choice.shots || halves_training ? chosen.task.dev : data.dev;
  else
    chosen.examples = choice.shots ? chosen.task.support : data.train;

  if (chosen.examples.empty())
    fail(ErrorKind::input, data.path.string(), "expected rows in the split '", choice.name,
         "', found none");
  if (choice.limit > 0 && choice.limit < chosen.examples.size())
    chosen.examples.resize(choice.limit);
  return chosen;
}

}  // namespace prospect
