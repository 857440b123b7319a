#include <filesystem>
#include <ostream>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "datasets/fewshot.h"
#include "experiments/commands/command_line.h"
#include "experiments/commands/result_output.h"

namespace prospect {
namespace {

struct FewshotOptions {
  std::string task, protocol = "balanced";
  std::int64_t shots = 16, seed = 13;
  std::optional<std::string> out;
  OutputFormat format;
};

Json counts(const Task& task, const std::vector<Example>& examples) {
  Json counts = Json::object();
  if (task.kind == TaskKind::facts) return examples.size();  // a label an object: no table
  for (const auto& label : task.labels) counts[label] = 0;
  for (const auto& example : examples) {
    auto& count = counts[task.labels.at(static_cast<std::size_t>(example.label))];
    count = count.get<std::size_t>() + 1;
  }
  return counts;
}

Json ids(const std::vector<Example>& examples) {
  Json ids = Json::array();
  for (const auto& example : examples) ids.push_back(example.id);
  return ids;
}

}  // namespace

int run_fewshot(std::span<const std::string> arguments, Console& console) {
  FewshotOptions options;
  CommandLine line(
      "fewshot", "--task TASK [--k K] [--seed S] [--protocol NAME] [--out DIR]",
      "Draws K examples a label for support and as many, disjoint, for dev. With --out "
      "they are written in\nLM-BFF's layout: DIR/K-SEED/{train,dev} and DIR/test.");
  line.option("task", "TASK", options.task, "A task's name, file or folder.");
  line.option("k", "K", options.shots, "Examples a label in each set.",
              between<std::int64_t>(1, 1 << 24));
  line.option("seed", "S", options.seed, "Seed of the draw.", at_least<std::int64_t>(0));
  line.option("protocol", "NAME", options.protocol,
              "balanced draws from a stream of prospect's own; lm-bff gives that project's "
              "published splits, byte for byte.",
              {"balanced", "lm-bff"});
  line.option("out", "DIR", options.out, "Write the split there; else it is only described.");
  add_format_options(line, options.format);
  line.require({"task"});
  line.example("fewshot --task reviews --k 16 --seed 13 --out splits", "a split as files");
  if (!line.parse(arguments, console)) return 0;

  ResultPrinter printer(options.format, console);
  const TaskData data = open_task(options.task);
  const auto protocol = fewshot_protocol_from_name(options.protocol, "--protocol");
  const auto shots = static_cast<std::size_t>(options.shots);
  const auto seed = static_cast<std::uint64_t>(options.seed);
  const Task task = fewshot_task(data, shots, seed, protocol);
  if (options.out) write_fewshot(data, shots, seed, protocol, *options.out);

  Json result{
      {"task", task.name},
      {"protocol", options.protocol},
      {"shots", shots},
      {"seed", seed},
      {"support", task.support.size()},
      {"dev", task.dev.size()},
      {"labels", {{"support", counts(task, task.support)}, {"dev", counts(task, task.dev)}}},
      {"ids", {{"support", ids(task.support)}, {"dev", ids(task.dev)}}},
      {"fingerprint", task.fingerprint},
      {"out", options.out ? Json(*options.out) : Json(nullptr)}};
  printer.add(result, [&](std::ostream& out) {
    out << task.name << ", " << shots << " a label, seed " << seed << ", " << options.protocol
        << ": " << task.support.size() << " support, " << task.dev.size() << " dev, fingerprint "
        << task.fingerprint << '\n';
    if (options.out) out << "written to " << *options.out << '\n';
  });
  printer.finish();
  return 0;
}

}  // namespace prospect
