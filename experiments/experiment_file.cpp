#include "experiments/experiment_file.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "datasets/fewshot.h"
#include "search/registry.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostShots = 1 << 20;
constexpr std::size_t kMostSeeds = 10'000;
constexpr std::int64_t kMostTop = 1'000'000;

[[noreturn]] void fail_not_yet(const std::string& where, std::string_view what,
                               std::string_view instead) {
  fail(ErrorKind::unsupported, where, what, " is not there yet; ", instead);
}

// "--set /budget/evaluations=500": JSON where it reads as JSON, else a string.
void apply_override(Json& file, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || !text.starts_with('/'))
    fail(ErrorKind::usage, "--set", "expected /json/pointer=value, found '", text, "'");
  const std::string pointer = text.substr(0, equals), value = text.substr(equals + 1);
  Json parsed = Json::parse(value, nullptr, false);
  if (parsed.is_discarded()) parsed = value;
  try {
    file[Json::json_pointer(pointer)] = std::move(parsed);
  } catch (const Json::exception&) {
    fail(ErrorKind::usage, "--set",
         "expected a JSON pointer that fits the experiment file, found '", pointer, "'");
  }
}

std::vector<std::uint64_t> seeds_from_json(const JsonReader& reader) {
  std::vector<JsonReader> items{reader};
  if (reader.value().is_array()) items = reader.items();
  if (items.empty() || items.size() > kMostSeeds) reader.fail_expected("at least one seed");
  std::vector<std::uint64_t> seeds;
  for (const auto& item : items) {
    const auto seed = static_cast<std::uint64_t>(item.integer(0, UINT32_MAX));
    if (std::find(seeds.begin(), seeds.end(), seed) != seeds.end())
      item.fail_expected("each seed once");
    seeds.push_back(seed);
  }
  return seeds;
}

Setting setting_from_json(const JsonReader& reader) {
  const std::string name = reader.choice({"zero", "true_few", "few", "full"});
  if (name == "zero") return Setting::zero;
  if (name == "true_few") return Setting::true_few;
  return name == "few" ? Setting::few : Setting::full;
}

RacingRule racing_from_json(const JsonReader& reader) {
  const std::string name = reader.choice(
      {"default", "off", "successive_halving", "continuous_rejects", "capo", "prompteval"});
  return *std::find_if(std::begin(kRacingRules), std::end(kRacingRules),
                       [&](RacingRule rule) { return name_of(rule) == name; });
}

StrategyInit init_from_json(const JsonReader& reader, std::span<const StrategySpec> earlier) {
  const std::string text = reader.string();
  const std::size_t of = text.find(" of ");
  std::int64_t top = 0;
  if (text.starts_with("top:") && of != std::string::npos) {
    const char* end = text.data() + of;
    const auto [stop, code] = std::from_chars(text.data() + 4, end, top);
    if (code != std::errc{} || stop != end) top = 0;
  }
  if (top < 1 || top > kMostTop) reader.fail_expected(R"("top:N of STRATEGY", N at least 1)");

  const std::string label = text.substr(of + 4);
  std::vector<std::string> known;
  for (const auto& strategy : earlier) {
    if (strategy.label == label) return {static_cast<std::size_t>(top), label};
    known.push_back(strategy.label);
  }
  fail(ErrorKind::input, reader.where(),
       "expected a strategy that stands earlier in the list, found '", label, "'",
       known.empty() ? std::string("; this one is the first") : suggestion(label, known));
}

StrategySpec strategy_from_json(const JsonReader& reader, std::span<const StrategySpec> earlier) {
  reader.allow_only({"name", "as", "options", "init"});
  StrategySpec spec;
  spec.name = reader.at("name").string();
  const StrategyInfo& info = find_strategy(spec.name, reader.at("name").where());
  spec.label = reader.has("as") ? reader.at("as").string() : spec.name;
  if (spec.label.empty()) reader.at("as").fail_expected("a name of at least one character");
  for (const auto& other : earlier) {
    if (other.label == spec.label)
      fail(ErrorKind::input, reader.where(), "expected strategies of different names, found '",
           spec.label, "' twice; give this one another name with \"as\"");
  }
  const Json none = Json::object();
  spec.options = info.check(reader.has("options") ? reader.at("options")
                                                  : JsonReader(none, reader.where() + "/options"));
  if (reader.has("init") && !reader.at("init").value().is_null())
    spec.init = init_from_json(reader.at("init"), earlier);
  return spec;
}

// "scoring" with the answer space of the task where the file names none.
ScoringSpec scoring_from_json(const JsonReader& file, const Task& task) {
  ScoringSpec defaults;
  defaults.space = task.answer_space;
  if (!file.has("scoring")) return defaults;
  const JsonReader reader = file.at("scoring");
  reader.allow_only({"rule", "norm", "space", "calibration", "precision", "tail"});
  Json rest = reader.value();
  rest.erase("calibration");
  return scoring_spec_from_json(JsonReader(rest, reader.where()), defaults);
}

Calibration calibration_of(const JsonReader& file) {
  if (!file.has("scoring") || !file.at("scoring").has("calibration")) return Calibration::none;
  return calibration_from_json(file.at("scoring").at("calibration"));
}

// Names go before paths, as `open_task` has it; a path is relative to the file.
std::string task_to_open(const std::string& task, const fs::path& folder) {
  const std::string first = split(task, '/').front();
  for (const auto& names : {bundled_tasks(), described_tasks()})
    if (std::find(names.begin(), names.end(), first) != names.end()) return task;
  const fs::path beside = folder / task;
  std::error_code ignored;
  const bool is_path =
      fs::exists(beside, ignored) ||
      (fs::path(task).has_parent_path() && fs::exists(beside.parent_path() / "task.json", ignored));
  if (!is_path) return task;
  const std::string path = beside.lexically_normal().string();
  return path.find('/') == std::string::npos ? "./" + path : path;
}

fs::path model_path(const std::string& model, const fs::path& folder) {
  const fs::path beside = (folder / model).lexically_normal();
  std::error_code ignored;
  if (fs::exists(beside, ignored) || fs::path(model).is_absolute()) return beside;
  const fs::path at_home = data_home() / model;
  return fs::exists(at_home, ignored) ? at_home : beside;
}

void read_data_keys(const JsonReader& file, ExperimentSpec& spec) {
  spec.task = file.at("task").string();
  if (spec.task.empty()) file.at("task").fail_expected("a task's name or path");
  if (file.has("setting")) spec.setting = setting_from_json(file.at("setting"));
  if (file.has("shots"))
    spec.shots = static_cast<std::size_t>(file.at("shots").integer(0, kMostShots));
  if (spec.setting == Setting::full) {
    if (file.has("shots") && spec.shots != 0)
      file.at("shots").fail_expected("no shots, or 0, in the setting 'full'");
    spec.shots = 0;
  } else if (spec.shots == 0) {
    file.at("shots").fail_expected(
        "at least 1 shot; for all training rows set \"setting\": \"full\"");
  }
  if (file.has("unlabelled"))
    spec.unlabelled = static_cast<std::size_t>(file.at("unlabelled").integer(0, kMostShots));
  if (file.has("protocol")) {
    spec.protocol = file.at("protocol").string();
    fewshot_protocol_from_name(spec.protocol, file.at("protocol").where());
  }
  if (file.has("split_seeds")) spec.split_seeds = seeds_from_json(file.at("split_seeds"));
  if (file.has("seed") && file.has("seeds"))
    fail(ErrorKind::input, file.at("seeds").where(), "expected \"seed\" or \"seeds\", found both");
  for (const char* key : {"seed", "seeds"})
    if (file.has(key)) spec.seeds = seeds_from_json(file.at(key));
}

ModelPath helper_from_json(const JsonReader& reader, const fs::path& folder) {
  const std::string written = reader.string();
  if (written.empty()) reader.fail_expected("a model's folder");
  return {written, model_path(written, folder)};
}

HelperPaths helpers_from_json(const JsonReader& models, const fs::path& folder) {
  models.allow_only({"draft", "infill", "likelihood", "translate"});
  HelperPaths helpers;
  const auto read = [&](const char* key, std::optional<ModelPath>& helper) {
    if (models.has(key)) helper = helper_from_json(models.at(key), folder);
  };
  read("draft", helpers.draft);
  read("infill", helpers.infill);
  read("likelihood", helpers.likelihood);
  if (models.has("translate")) {
    const auto pair = models.at("translate").items();
    if (pair.size() != 2)
      models.at("translate").fail_expected("two models, one for the way there and one back");
    helpers.there = helper_from_json(pair[0], folder);
    helpers.back = helper_from_json(pair[1], folder);
  }
  return helpers;
}

Json to_json(const HelperPaths& helpers) {
  Json json = Json::object();
  if (helpers.draft) json["draft"] = helpers.draft->written;
  if (helpers.infill) json["infill"] = helpers.infill->written;
  if (helpers.likelihood) json["likelihood"] = helpers.likelihood->written;
  if (helpers.there) json["translate"] = {helpers.there->written, helpers.back->written};
  return json;
}

void read_model_keys(const JsonReader& file, const fs::path& folder, ExperimentSpec& spec) {
  spec.model = file.at("model").string();
  if (spec.model.empty()) file.at("model").fail_expected("a model's folder");
  if (file.has("models")) spec.helpers = helpers_from_json(file.at("models"), folder);
  spec.model_path = model_path(spec.model, folder);
}

void read_search_keys(const JsonReader& file, ExperimentSpec& spec) {
  for (const auto& item : file.at("strategies").items())
    spec.strategies.push_back(strategy_from_json(item, spec.strategies));
  if (spec.strategies.empty()) file.at("strategies").fail_expected("at least one strategy");

  const Json light = "light";
  spec.budget = budget_from_json(file.has("budget") ? file.at("budget")
                                                    : JsonReader(light, file.where() + "#/budget"));
  if (file.has("portfolio")) spec.portfolio = allocation_from_json(file.at("portfolio"));
  if (file.has("selection"))
    spec.selection = file.at("selection").choice({"default", "accuracy"}) == "default"
                         ? SelectionRule::expected
                         : SelectionRule::metric;
  if (file.has("racing")) spec.racing = racing_from_json(file.at("racing"));
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

}  // namespace

std::string_view name_of(Setting setting) {
  switch (setting) {
    case Setting::zero:
      return "zero";
    case Setting::true_few:
      return "true_few";
    case Setting::few:
      return "few";
    case Setting::full:
      return "full";
  }
  return "";
}

Experiment open_experiment(const fs::path& path, std::span<const std::string> overrides) {
  Json json = read_json_file(path);
  if (!json.is_object()) JsonReader(json, path.string()).fail_expected("an object");
  for (const auto& text : overrides) apply_override(json, text);

  const JsonReader file(json, path.string());
  file.allow_only({"task", "shots", "unlabelled", "split_seeds", "protocol", "model", "models",
                   "resources", "seed", "seeds", "strategies", "budget", "portfolio", "racing",
                   "selection", "setting", "scoring", "output"});
  if (file.has("resources") && !file.at("resources").value().empty())
    fail_not_yet(file.at("resources").where(), "\"resources\"",
                 "no strategy of this version needs it");

  Experiment experiment;
  ExperimentSpec& spec = experiment.spec;
  const fs::path folder = folder_of(path);
  spec.file = path;
  read_data_keys(file, spec);
  read_model_keys(file, folder, spec);
  read_search_keys(file, spec);
  spec.output =
      file.has("output") ? fs::path(file.at("output").string()) : fs::path("runs") / path.stem();
  if (spec.output.empty()) file.at("output").fail_expected("a folder");
  spec.output = (folder / spec.output).lexically_normal();

  experiment.data = open_task(task_to_open(spec.task, folder));
  spec.scoring = scoring_from_json(file, experiment.data.task);
  spec.calibration = calibration_of(file);
  return experiment;
}

Experiment reopen_experiment(const Json& stored, const fs::path& path) {
  const JsonReader file(stored, path.string());
  Experiment experiment;
  experiment.spec.file = path;
  read_data_keys(file, experiment.spec);
  read_model_keys(file, folder_of(path), experiment.spec);
  experiment.data = open_task(task_to_open(experiment.spec.task, folder_of(path)));
  experiment.spec.scoring = scoring_from_json(file, experiment.data.task);
  experiment.spec.calibration = calibration_of(file);
  return experiment;
}

Json to_json(const ExperimentSpec& spec) {
  Json strategies = Json::array();
  for (const auto& strategy : spec.strategies) {
    Json json = {{"name", strategy.name},
                 {"as", strategy.label},
                 {"options", strategy.options},
                 {"init", nullptr}};
    if (strategy.init)
      json["init"] = "top:" + std::to_string(strategy.init->top) + " of " + strategy.init->of;
    strategies.push_back(std::move(json));
  }
  Json scoring = to_json(spec.scoring);
  scoring["calibration"] = name_of(spec.calibration);
  Json json = {{"task", spec.task},
               {"setting", name_of(spec.setting)},
               {"shots", spec.shots},
               {"protocol", spec.protocol},
               {"split_seeds", spec.split_seeds},
               {"seeds", spec.seeds},
               {"model", spec.model},
               {"strategies", std::move(strategies)},
               {"budget", to_json(spec.budget)},
               {"racing", name_of(spec.racing)},
               {"selection", name_of(spec.selection)},
               {"scoring", std::move(scoring)}};
  if (spec.unlabelled > 0) json["unlabelled"] = spec.unlabelled;
  if (spec.portfolio != Allocation::shares) json["portfolio"] = name_of(spec.portfolio);
  if (Json helpers = to_json(spec.helpers); !helpers.empty()) json["models"] = std::move(helpers);
  return json;
}

std::string fingerprint(const ExperimentSpec& spec) {
  return fingerprint(dump_json(to_json(spec)));
}

}  // namespace prospect
