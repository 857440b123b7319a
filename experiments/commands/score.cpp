#include <algorithm>
#include <filesystem>
#include <ostream>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "experiments/commands/model_options.h"
#include "experiments/commands/result_output.h"
#include "experiments/example_split.h"
#include "experiments/machine_check.h"
#include "experiments/prompt_file.h"
#include "experiments/prompt_score.h"
#include "experiments/span_report.h"

namespace prospect {
namespace {

struct ScoreOptions {
  ModelArguments model;
  std::string task, split = "dev", protocol = "balanced", rule = "single", norm = "sum",
                    tail = "score", calibration = "none";
  std::optional<std::string> templates, labels, space, outcomes;
  std::vector<std::string> tmpl;
  std::optional<std::int64_t> shots;
  std::int64_t seed = 13, limit = 0;
  OutputFormat format;
};

void declare(CommandLine& line, ScoreOptions& options) {
  add_model_options(line, options.model);
  line.option("task", "TASK", options.task,
              "A task's name, file or folder; facts/RELATION for one relation.");
  line.option("template", "TEMPLATE", options.tmpl,
              "A template with {mask}; without one, the task's manual prompts are scored.");
  line.option(
      "templates", "FILE", options.templates,
      "Templates of a file, one a line, or lines {\"template\": ..., \"verbalizer\": ...}.");
  line.option(
      "labels", "WORDS", options.labels,
      "Label words, as neg=terrible;pos=great,good; else those of the first manual prompt.");
  line.option("split", "SPLIT", options.split, "The rows to score.", {"train", "dev", "test"});
  line.option("shots", "K", options.shots, "Score a few-shot split of K examples a label.",
              between<std::int64_t>(1, 1 << 24));
  line.option("seed", "S", options.seed, "Seed of the split.", at_least<std::int64_t>(0));
  line.option("protocol", "NAME", options.protocol, "How the split is drawn.",
              {"balanced", "lm-bff"});
  line.option("rule", "RULE", options.rule, "How answers of several tokens are scored.",
              {"single", "parallel", "left_to_right", "most_confident", "within_word"});
  line.option("tail", "TAIL", options.tail, "What a causal model does with text behind the answer.",
              {"score", "drop"});
  line.option("norm", "NORM", options.norm, "What a sequence's log-probability is divided by.",
              {"sum", "tokens", "characters", "bytes"});
  line.option("space", "SPACE", options.space,
              "Among which answers the model chooses; else as the task says.",
              {"labels", "vocabulary"});
  line.option("calibration", "NAME", options.calibration,
              "What is taken off label probabilities: the prior of content-free inputs "
              "(contextual), of the empty prompt (domain_pmi) or of the scored rows (batch).",
              {"none", "contextual", "batch", "domain_pmi"});
  line.option("limit", "N", options.limit, "Score the first N rows alone; 0 scores all.",
              at_least<std::int64_t>(0));
  line.option("outcomes", "FILE", options.outcomes, "Write one line of JSON for each example.");
  add_format_options(line, options.format);
  line.require({"model", "task"});
  line.example("score --model pocket-mlm --task reviews --split test",
               "what the task's manual prompts reach");
  line.example(
      "score --model pocket-mlm --task reviews --template '{text} It was {mask}.' "
      "--labels 'negative=terrible;positive=great'",
      "one template with label words of one's own");
  line.example("score --model pocket-mlm --task facts", "every relation, with micro and macro");
}

// The task, or, for facts without a relation, each relation as a task of its own.
struct Section {
  std::string group;  // empty for a whole task
  ChosenRows rows;
  std::vector<Candidate> candidates;
};

SplitChoice split_choice(const ScoreOptions& options) {
  SplitChoice choice;
  choice.name = options.split;
  if (options.shots) choice.shots = static_cast<std::size_t>(*options.shots);
  choice.seed = static_cast<std::uint64_t>(options.seed);
  choice.protocol = fewshot_protocol_from_name(options.protocol, "--protocol");
  choice.limit = static_cast<std::size_t>(options.limit);
  return choice;
}

std::vector<Candidate> read_candidates(const ScoreOptions& options, const Task& task,
                                       bool first_manual_alone) {
  PromptRules rules{task.fields, task.labels, std::nullopt};
  if (options.labels)
    rules.fallback = parse_label_words(*options.labels, task.labels);
  else if (!task.manual.empty())
    rules.fallback = task.manual.front().candidate.verbalizer;

  std::vector<Candidate> candidates;
  for (const auto& tmpl : options.tmpl)
    candidates.push_back(parse_candidate(tmpl, rules, "--template"));
  if (options.templates) {
    for (auto& candidate : read_prompt_file(*options.templates, rules))
      candidates.push_back(std::move(candidate));
  }
  if (!candidates.empty()) return candidates;

  for (const auto& manual : task.manual) {
    candidates.push_back(manual.candidate);
    if (options.labels) candidates.back().verbalizer = *rules.fallback;
    if (first_manual_alone) break;
  }
  if (candidates.empty())
    fail(ErrorKind::usage, "--template",
         "expected a template, found none; the task has no manual prompts");
  return candidates;
}

std::vector<Section> make_sections(const ScoreOptions& options) {
  const SplitChoice choice = split_choice(options);
  const TaskData whole = open_task(options.task);
  std::vector<Section> sections;
  if (whole.manual_by_group.empty() || !whole.task.manual.empty()) {
    Section section{"", choose_rows(whole, choice), {}};
    section.candidates = read_candidates(options, whole.task, false);
    sections.push_back(std::move(section));
    return sections;
  }
  // A relation is opened under the folder's name where the task was given by its file.
  const std::filesystem::path path = options.task;
  const std::string base =
      path.filename() == "task.json" ? path.parent_path().string() : options.task;
  for (const auto& [group, prompts] : whole.manual_by_group) {
    const TaskData data = open_task(base + "/" + group);
    Section section{group, choose_rows(data, choice), {}};
    section.candidates = read_candidates(options, data.task, true);
    sections.push_back(std::move(section));
  }
  return sections;
}

ScoringSpec scoring_spec(const ScoreOptions& options, const Task& task) {
  Json json{{"rule", options.rule}, {"norm", options.norm}, {"tail", options.tail}};
  if (options.space) json["space"] = *options.space;
  ScoringSpec defaults;
  defaults.space = task.answer_space;
  return scoring_spec_from_json(JsonReader(json, "score"), defaults);
}

std::string label_words(const Verbalizer& verbalizer) {
  const auto& labels = verbalizer.labels;
  // The objects of facts stand for themselves, and may be many.
  if (std::all_of(labels.begin(), labels.end(), [](const LabelAnswers& label) {
        return label.answers.size() == 1 && label.answers.front().text == label.label;
      }))
    return "its " + std::to_string(labels.size()) + " labels";
  std::vector<std::string> shown;
  for (const auto& label : labels) {
    std::vector<std::string> words;
    for (const auto& answer : label.answers) words.push_back(answer.text);
    shown.push_back(label.label + "=" + join(words, ","));
  }
  return join(shown, ";");
}

std::vector<std::string> table_row(const std::string& group, const PromptScore& score) {
  std::vector<std::string> row;
  if (score.failure)
    row = {"failed", "-", std::to_string(score.rows.size())};
  else
    row = {fixed(score.evaluation.value, 4) + " ± " + fixed(score.evaluation.standard_error, 4),
           fixed(score.evaluation.log_likelihood, 4), std::to_string(score.rows.size())};
  if (!group.empty()) row.push_back(group);
  row.push_back(score.candidate.tmpl.text());
  row.push_back(score.failure ? *score.failure : label_words(score.candidate.verbalizer));
  return row;
}

// Micro and macro figures of prompt `index` of every section; failed ones are left out and counted.
Json group_summary(const std::vector<std::vector<PromptScore>>& scores, std::size_t index) {
  std::vector<PromptScore> good;
  std::size_t num_failed = 0;
  std::int64_t evaluations = 0;
  for (const auto& section : scores) {
    evaluations += section[index].evaluations;
    if (section[index].failure)
      ++num_failed;
    else
      good.push_back(section[index]);
  }
  const GroupedValue value = over_groups(good);
  return {
      {"group", nullptr},
      {"metric",
       {{"name", scores.front()[index].metric}, {"micro", value.micro}, {"macro", value.macro}}},
      {"n", value.num_examples},
      {"groups", value.num_groups},
      {"failed_groups", num_failed},
      {"evaluations", evaluations}};
}

// What a prompt found in the texts of a span task, for the record and as a row of a table.
void add_spans(const Section& section, const PromptScore& score, Json& json,
               std::vector<std::vector<std::string>>& table) {
  const SpanReport report =
      span_report(section.rows.task, score.candidate.verbalizer, section.rows.examples, score.rows);
  json["spans"] = to_json(report.all);
  json["spans_without_overlap"] = to_json(report.kept);
  const SpanCounts& kept = report.kept;
  table.push_back({fixed(kept.f1(), 4), fixed(kept.precision(), 4), fixed(kept.recall(), 4),
                   std::to_string(kept.found), std::to_string(kept.gold),
                   std::to_string(score.evaluations), score.candidate.tmpl.text()});
}

void print_scores(const ScoreOptions& options, const std::vector<Section>& sections,
                  const std::vector<std::vector<PromptScore>>& scores, Console& console) {
  ResultPrinter printer(options.format, console);
  const bool grouped = !sections.front().group.empty();
  std::vector<std::vector<std::string>> table{{sections.front().rows.task.metric, "log-lik.", "n"}};
  if (grouped) table.back().emplace_back("relation");
  table.back().insert(table.back().end(), {"template", "label words"});
  std::vector<std::vector<std::string>> spans{
      {"F1", "precision", "recall", "found", "gold", "forwards", "template"}};
  const auto nothing = [](std::ostream&) {};
  for (std::size_t s = 0; s < sections.size(); ++s) {
    for (const auto& score : scores[s]) {
      Json json = to_json(score);
      if (grouped) json["group"] = sections[s].group;
      if (sections[s].rows.task.kind == TaskKind::span && !score.failure)
        add_spans(sections[s], score, json, spans);
      printer.add(std::move(json), nothing);
      table.push_back(table_row(sections[s].group, score));
    }
  }
  if (!options.format.machine()) {
    print_table(console.out, table);
    if (spans.size() > 1) {
      console.out << "\nof each text, spans that do not overlap (the more probable stays):\n";
      print_table(console.out, spans);
    }
  }
  for (std::size_t p = 0; grouped && p < scores.front().size(); ++p) {
    const Json summary = group_summary(scores, p);
    printer.add(summary, [&](std::ostream& out) {
      const Json& metric = summary.at("metric");
      const auto shown = [&](const char* key) { return fixed(metric.at(key).get<double>(), 4); };
      out << "micro " << shown("micro") << ", macro " << shown("macro") << " over "
          << summary.at("groups") << " relations, " << summary.at("n") << " facts\n";
    });
  }
  printer.finish();
}

}  // namespace

int run_score(std::span<const std::string> arguments, Console& console) {
  ScoreOptions options;
  CommandLine line("score", "--model DIR --task TASK [--template T]... [OPTIONS]",
                   "Scores templates on the rows of a task: metric with standard error, mean "
                   "log-likelihood of the right label\n(normalised over the labels, in nats).");
  declare(line, options);
  if (!line.parse(arguments, console)) return 0;

  ResultPrinter(options.format, console);  // a wrong format is refused before the work
  const auto sections = make_sections(options);
  const auto model = open_model(options.model);
  warn_if_slow_blas(console.err, examine_machine(static_cast<std::size_t>(options.model.threads)));

  const Json name = options.calibration;
  const Calibration calibration = calibration_from_json(JsonReader(name, "--calibration"));
  std::vector<std::vector<PromptScore>> scores;
  std::string outcomes;
  for (const auto& section : sections) {
    const ScoringSpec spec = scoring_spec(options, section.rows.task);
    scores.push_back(score_prompts(model->scorer(), section.rows.task, section.candidates,
                                   section.rows.examples, spec, calibration));
    if (!options.outcomes) continue;
    for (const auto& score : scores.back())
      outcomes += outcome_lines(score, section.rows.task, section.rows.examples, spec);
  }
  if (options.outcomes) write_file(*options.outcomes, outcomes);
  print_scores(options, sections, scores, console);
  return 0;
}

}  // namespace prospect
