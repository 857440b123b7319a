#include <cmath>
#include <filesystem>

#include "core/ensemble.h"
#include "core/files.h"
#include "experiments/continuous_ceiling.h"
#include "experiments/leaderboard.h"
#include "experiments/leaderboard_text.h"
#include "experiments/number_text.h"

// What machines read of a leaderboard: JSON, JSON Lines, CSV, the summary.

namespace prospect {
namespace {

template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json interval_json(const std::optional<Interval>& interval) {
  return interval ? Json{interval->low, interval->high} : Json(nullptr);
}

Json score_json(const std::string& metric, const std::optional<Evaluation>& evaluation,
                const std::optional<Interval>& interval) {
  if (!evaluation) return nullptr;
  return {{metric, evaluation->value},
          {"se", evaluation->standard_error},
          {"ci", interval_json(interval)},
          {"corrected", nullptr},
          {"log_likelihood", rounded(evaluation->log_likelihood)},
          {"n", evaluation->num_examples}};
}

Json dev_json(const LeaderboardRow& row) {
  Json json = score_json(dev_metric_of(row), row.dev, row.dev_interval);
  if (json.is_null()) return json;
  json["corrected"] = or_null(row.corrected);
  json["expected"] = row.control ? Json(nullptr) : Json(row.merit.expected);
  return json;
}

Json comparisons_json(const LeaderboardRow& row) {
  Json list = Json::array();
  for (const auto& comparison : row.comparisons)
    list.push_back({{"against", comparison.against},
                    {"pool", comparison.pool},
                    {"test", comparison.test},
                    {"p", comparison.p},
                    {"p_holm", comparison.adjusted},
                    {"family", comparison.family}});
  return list;
}

struct Column {
  const char* name;
  Json (*value)(const LeaderboardRow&);
};

// The only candidate of the entry; none of an ensemble.
const Candidate* candidate_of(const LeaderboardRow& row) {
  if (const auto* soft = std::get_if<SoftPrompt>(&row.entry)) return &soft->frame;
  return std::get_if<Candidate>(&row.entry);
}

Json kind_of(const LeaderboardRow& row) {
  return to_json(row.entry).at("kind");
}

Json ids_of(const LeaderboardRow& row) {
  const Candidate* candidate = candidate_of(row);
  if (row.shown.text_safe || candidate == nullptr) return nullptr;
  return candidate->tmpl.triggers();
}

Json demonstrations_of(const LeaderboardRow& row) {
  const Candidate* candidate = candidate_of(row);
  if (candidate == nullptr || candidate->demonstrations.example_ids.empty()) return nullptr;
  return candidate->demonstrations.example_ids;
}

// Of an ensemble, with how they are mixed.
Json members_of(const LeaderboardRow& row) {
  const auto* ensemble = std::get_if<Ensemble>(&row.entry);
  if (ensemble == nullptr) return nullptr;
  Json members = Json::array();
  for (std::size_t i = 0; i < ensemble->members.size(); ++i) {
    const Candidate& member = ensemble->members[i];
    members.push_back({{"template", member.tmpl.text()},
                       {"verbalizer", to_json(member.verbalizer)},
                       {"demonstrations", member.demonstrations.example_ids},
                       {"weight", ensemble->weights[i]},
                       {"combiner", name_of(ensemble->combiner)}});
  }
  return members;
}

// Leaderboard columns are rows of one table; JSON and CSV are written from it.
// clang-format off
constexpr Column kColumns[] = {
    {"rank",           [](const LeaderboardRow& row) { return or_null(row.rank); }},
    {"kind",           kind_of},
    {"template",       [](const LeaderboardRow& row) { return Json(row.shown.tmpl); }},
    {"ids",            ids_of},
    {"text_safe",      [](const LeaderboardRow& row) { return Json(row.shown.text_safe); }},
    {"verbalizer",     [](const LeaderboardRow& row) { return to_json(outcome_verbalizer(row.entry)); }},
    {"demonstrations", demonstrations_of},
    {"members",        members_of},
    {"strategy",       [](const LeaderboardRow& row) { return Json(row.strategy); }},
    {"trial",          [](const LeaderboardRow& row) { return or_null(row.trial); }},
    {"parents",        [](const LeaderboardRow& row) { return Json(row.parents); }},
    {"model",          [](const LeaderboardRow& row) { return Json(row.model); }},
    {"model_fingerprint",
                       [](const LeaderboardRow& row) { return Json(row.model_fingerprint); }},
    {"data_fingerprint",
                       [](const LeaderboardRow& row) { return row.terms.value("data", Json()); }},
    {"task",           [](const LeaderboardRow& row) { return Json(row.task); }},
    {"protocol",       [](const LeaderboardRow& row) { return Json(row.protocol); }},
    {"setting",        [](const LeaderboardRow& row) { return Json(row.setting); }},
    {"shots",          [](const LeaderboardRow& row) { return Json(row.shots); }},
    {"scoring",        [](const LeaderboardRow& row) { return row.scoring; }},
    {"split_seed",     [](const LeaderboardRow& row) { return Json(row.split_seed); }},
    {"seed",           [](const LeaderboardRow& row) { return or_null(row.seed); }},
    {"metric",         [](const LeaderboardRow& row) { return Json(row.metric); }},
    {"dev",            dev_json},
    {"test",           [](const LeaderboardRow& row) { return score_json(row.metric, row.test, row.test_interval); }},
    {"cost",           [](const LeaderboardRow& row) { return Json(row.cost); }},
    {"evaluations",    [](const LeaderboardRow& row) { return Json(row.evaluations); }},
    {"tied_with",      [](const LeaderboardRow& row) { return Json(row.tied_with); }},
    {"ties",           [](const LeaderboardRow& row) { return Json(row.num_ties); }},
    {"one_label",      [](const LeaderboardRow& row) { return Json(row.merit.one_label); }},
    {"comparisons",    comparisons_json},
    {"control",        [](const LeaderboardRow& row) {
                         return row.control ? Json(name_of(*row.control)) : Json(false); }},
    {"failure",        [](const LeaderboardRow& row) {
                         return row.failure.empty() ? Json(nullptr) : Json(row.failure); }},
};
// clang-format on

bool is_score(const std::string& column) {
  return column == "dev" || column == "test";
}

constexpr const char* kScoreParts[] = {"se", "ci_low", "ci_high", "log_likelihood", "n"};

std::string csv_cell(const Json& value) {
  if (value.is_null()) return "";
  std::string text = value.is_string() ? value.get<std::string>() : dump_json(value);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

std::string csv_score(const std::string& metric, const Json& score) {
  if (score.is_null()) return ",,,,,";
  const Json& ci = score.at("ci");
  const Json none;
  std::string cells = csv_cell(score.at(metric));
  for (const Json* part :
       {&score.at("se"), ci.is_null() ? &none : &ci.at(0), ci.is_null() ? &none : &ci.at(1),
        &score.at("log_likelihood"), &score.at("n")})
    cells += "," + csv_cell(*part);
  return cells;
}

}  // namespace

Json to_json(const LeaderboardRow& row) {
  Json json = Json::object();
  for (const auto& column : kColumns) json[column.name] = column.value(row);
  return json;
}

std::string write_jsonl(const Leaderboard& board) {
  std::string lines;
  for (const auto& row : board.rows) lines += dump_json(to_json(row)) + "\n";
  return lines;
}

std::string write_csv(const Leaderboard& board) {
  std::string text;
  for (const auto& column : kColumns) {
    text += (text.empty() ? "" : ",") + std::string(column.name);
    if (!is_score(column.name)) continue;
    for (const char* part : kScoreParts) text += "," + std::string(column.name) + "_" + part;
  }
  text += "\r\n";
  for (const auto& row : board.rows) {
    std::string line;
    for (const auto& column : kColumns) {
      const Json value = column.value(row);
      if (&column != &kColumns[0]) line += ",";
      line +=
          is_score(column.name)
              ? csv_score(column.name == std::string_view("dev") ? dev_metric_of(row) : row.metric,
                          value)
              : csv_cell(value);
    }
    text += line + "\r\n";
  }
  return text;
}

void write_leaderboard(const Leaderboard& board, const std::filesystem::path& folder) {
  write_file(folder / "leaderboard.md", write_markdown(board));
  write_file(folder / "leaderboard.csv", write_csv(board));
  write_file(folder / "leaderboard.jsonl", write_jsonl(board));
}

std::string shown_path(const std::filesystem::path& folder) {
  std::error_code code;
  const auto near = std::filesystem::proximate(folder, code);
  if (code || near.empty() || *near.begin() == "..")
    return std::filesystem::absolute(folder).lexically_normal().string();
  return near.string();
}

Json final_line(RunStore& store, const Leaderboard& board) {
  const LeaderboardRow* best = best_row(board);
  const RealWork work = store.real_work();
  return {{"run", shown_path(store.folder())},
          {"best", best == nullptr ? Json(nullptr) : to_json(*best)},
          {"evaluations", store.spent()},
          {"forwards_run", work.forwards},
          {"tokens_run", work.tokens},
          {"rows_cached", work.cached},
          {"rows_screened", work.screened},
          {"rows_rescored", work.rescored},
          {"seconds", std::round(store.seconds() * 1000) / 1000},
          {"status", store.finished() ? "finished" : "interrupted"}};
}

Json summary_of(RunStore& store, const Leaderboard& board) {
  Json summary = final_line(store, board);
  summary["spec"] = store.identity().spec;
  summary["strategies"] = Json::array();
  for (const auto& row : board.summaries)
    summary["strategies"].push_back({{"strategy", row.strategy},
                                     {"control", row.control},
                                     {"searches", row.num_searches},
                                     {"dev_mean", number_or_null(row.dev_mean)},
                                     {"dev_sd", number_or_null(row.dev_sd)},
                                     {"test_mean", number_or_null(row.test_mean)},
                                     {"test_sd", number_or_null(row.test_sd)},
                                     {"dev_corrected_mean", number_or_null(row.corrected_mean)},
                                     {"test_ci", interval_json(row.test_interval)},
                                     {"tried", row.num_tried},
                                     {"evaluations", row.cost}});
  summary["continuous_ceiling"] = to_json(continuous_ceiling(board));
  summary["units"] = Json::array();
  for (const auto& unit : store.units())
    summary["units"].push_back({{"split_seed", unit.split_seed},
                                {"seed", unit.seed},
                                {"strategy", unit.strategy},
                                {"room", unit.room},
                                {"evaluations", unit.spent},
                                {"asks", unit.num_asks},
                                {"seconds", std::round(unit.seconds * 1000) / 1000},
                                {"stop", unit.stop.empty() ? Json(nullptr) : Json(unit.stop)}});
  summary["trials"] = Json::object();
  for (const Status status : {Status::scored, Status::dropped, Status::failed})
    summary["trials"][std::string(name_of(status))] = store.num_trials(status);
  return summary;
}

}  // namespace prospect
