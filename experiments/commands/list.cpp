#include <ostream>

#include "core/error.h"
#include "core/metric.h"
#include "datasets/readers/reader.h"
#include "datasets/task_file.h"
#include "experiments/commands/command_line.h"
#include "experiments/commands/result_output.h"
#include "experiments/model_folder.h"
#include "experiments/plugin.h"
#include "search/registry.h"

namespace prospect {
namespace {

Json option_json(const OptionRow& row) {
  return {{"name", row.name},
          {"type", row.type},
          {"default", row.value},
          {"range", row.range},
          {"help", row.help}};
}

void list_all_strategies(ResultPrinter& printer) {
  for (const StrategyInfo* info : list_strategies()) {
    Json options = Json::array(), needs = Json::array();
    for (const auto& row : info->options) options.push_back(option_json(row));
    for (const auto kind : info->needs) needs.push_back(name_of(kind));
    printer.add(
        {{"name", info->name},
         {"summary", info->summary},
         {"needs", needs},
         {"options", options},
         {"plugin", info->plugin.empty() ? Json(nullptr) : Json(info->plugin)}},
        [&](std::ostream& out) {
          out << info->name << ": " << info->summary << '\n';
          if (!info->plugin.empty()) out << "  from " << info->plugin << '\n';
          std::vector<std::vector<std::string>> rows;
          for (const auto& row : info->options)
            rows.push_back({"  " + row.name, row.type, dump_json(row.value),
                            row.range.empty() ? row.help : row.help + " (" + row.range + ")"});
          print_table(out, rows);
          out << '\n';
        });
  }
}

void list_all_models(ResultPrinter& printer) {
  for (const auto& folder : known_models()) {
    const Json summary = model_summary(folder);
    printer.add(summary, [&](std::ostream& out) {
      const auto shown = [&](const char* key) {
        return summary.at(key).is_string() ? summary.at(key).get<std::string>()
                                           : dump_json(summary.at(key));
      };
      out << shown("name") << ": " << shown("family") << ", " << shown("num_layers") << " layers x "
          << shown("hidden_size") << ", " << shown("num_positions") << " positions, "
          << shown("vocabulary") << " tokens (" << shown("path") << ")\n";
      if (!summary.at("about").is_null()) out << "  " << shown("about") << '\n';
    });
  }
}

void list_all_tasks(ResultPrinter& printer) {
  auto names = bundled_tasks();
  const std::size_t num_bundled = names.size();
  for (auto& name : described_tasks()) names.push_back(std::move(name));
  for (std::size_t i = 0; i < names.size(); ++i) {
    Json row{{"name", names[i]}, {"bundled", i < num_bundled}};
    std::string shown = names[i];
    try {
      const TaskData data = open_task(names[i]);
      row["metric"] = data.task.metric;
      row["labels"] = data.task.kind == TaskKind::facts ? Json::array() : Json(data.task.labels);
      row["groups"] = Json::array();
      for (const auto& [group, prompts] : data.manual_by_group) row["groups"].push_back(group);
      row["train"] = data.train.size();
      row["dev"] = data.dev.size();
      row["test"] = data.test.size();
      shown += ": " + data.task.metric + ", " + std::to_string(data.train.size()) + " train, " +
               std::to_string(data.test.size()) + " test";
    } catch (const Error& error) {
      // The data of a described task is the user's to bring: it is listed with what is missing.
      row["missing"] = error.what();
      shown += ": not there yet: " + std::string(error.what());
    }
    printer.add(row, [&](std::ostream& out) { out << shown << '\n'; });
  }
}

template <class Rows>
void list_rows(ResultPrinter& printer, const Rows& rows) {
  for (const auto& row : rows) {
    printer.add({{"name", row.name}, {"help", row.help}},
                [&](std::ostream& out) { out << row.name << ": " << row.help << '\n'; });
  }
}

}  // namespace

int run_list(std::span<const std::string> arguments, Console& console) {
  OutputFormat format;
  std::vector<std::string> what, plugin;
  CommandLine line("list", "strategies|models|metrics|readers|tasks",
                   "Lists what prospect knows: strategies with their options, models, metrics, "
                   "readers or tasks.");
  add_format_options(line, format);
  line.positional("WHAT", what, "strategies, models, metrics, readers or tasks.", 1, 1);
  line.option("plugin", "X.so", plugin, "Load a strategy from a shared library first.");
  line.example("list strategies", "every strategy with its options and defaults");
  if (!line.parse(arguments, console)) return 0;

  load_plugins(plugin);
  const std::string& kind = what.front();
  ResultPrinter printer(format, console, kind);
  if (kind == "strategies")
    list_all_strategies(printer);
  else if (kind == "models")
    list_all_models(printer);
  else if (kind == "metrics")
    list_rows(printer, list_metrics());
  else if (kind == "readers")
    list_rows(printer, list_readers());
  else if (kind == "tasks")
    list_all_tasks(printer);
  else
    fail(ErrorKind::usage, kind,
         "expected one of strategies, models, metrics, readers, tasks, found '", kind, "'");
  printer.finish();
  return 0;
}

}  // namespace prospect
