#include "experiments/pareto.h"

#include <cmath>
#include <limits>

#include "core/ensemble.h"
#include "core/text.h"
#include "experiments/inspection.h"
#include "experiments/leaderboard_text.h"
#include "experiments/number_text.h"

namespace prospect {
namespace {

double or_worst(double value) {
  return std::isnan(value) ? -std::numeric_limits<double>::infinity() : value;
}

bool beats(const std::vector<double>& a, const std::vector<double>& b) {
  bool better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (or_worst(a[i]) < or_worst(b[i])) return false;
    better = better || or_worst(a[i]) > or_worst(b[i]);
  }
  return better;
}

}  // namespace

std::vector<std::size_t> pareto_front(std::span<const std::vector<double>> points) {
  std::vector<std::size_t> front;
  for (std::size_t i = 0; i < points.size(); ++i) {
    bool beaten = false;
    for (std::size_t j = 0; j < points.size() && !beaten; ++j) beaten = beats(points[j], points[i]);
    if (!beaten) front.push_back(i);
  }
  return front;
}

std::string prompt_text(const Template& as_text) {
  std::string text;
  for (const auto& piece : as_text.pieces())
    if (const auto* literal = std::get_if<Literal>(&piece)) text += literal->text;
  return std::string(trim(text));
}

Fluency fluency_by(Model& model) {
  return [&model](const LeaderboardRow& row) -> std::optional<double> {
    if (std::holds_alternative<SoftPrompt>(row.entry)) return std::nullopt;  // no text
    double log_likelihood = 0, tokens = 0;
    for (const auto& part : parts_of(row.entry)) {
      const std::string text = prompt_text(model.vocabulary().as_text(part.tmpl));
      if (text.empty()) continue;
      const TextLikelihood likelihood = text_likelihood(model, text);
      log_likelihood += likelihood.log_likelihood;
      tokens += static_cast<double>(likelihood.tokens);
    }
    if (tokens == 0) return std::nullopt;
    return log_likelihood / tokens;
  };
}

std::vector<ParetoRow> pareto_rows(const Leaderboard& board, const Fluency& fluency) {
  std::vector<ParetoRow> result;
  const auto& rows = board.rows;
  for (std::size_t begin = 0; begin < rows.size();) {
    std::vector<ParetoRow> group;
    std::vector<std::vector<double>> points;
    std::size_t end = begin;
    for (; end < rows.size() && rows[end].comparable == rows[begin].comparable; ++end) {
      if (!rows[end].rank || !rows[end].dev) continue;
      ParetoRow row{&rows[end], std::nullopt};
      if (fluency) row.fluency = fluency(rows[end]);
      points.push_back({rows[end].dev->value, -static_cast<double>(rows[end].shown.num_tokens),
                        -static_cast<double>(rows[end].cost)});
      if (fluency)
        points.back().push_back(row.fluency.value_or(std::numeric_limits<double>::quiet_NaN()));
      group.push_back(row);
    }
    for (const std::size_t i : pareto_front(points)) result.push_back(group[i]);
    begin = end;
  }
  return result;
}

Json to_json(const ParetoRow& row) {
  Json json = to_json(*row.row);
  json["pareto"] = {{"tokens", row.row->shown.num_tokens},
                    {"fluency", row.fluency ? Json(*row.fluency) : Json()}};
  return json;
}

std::string write_markdown(std::span<const ParetoRow> rows) {
  std::string text =
      "Entries that no other one beats in dev metric, fluency, length and cost at once. Fluency is "
      "the mean log-probability of a token of the prompt's own text, in nats; cost the counted "
      "work by which it was found.\n";
  const LeaderboardRow* before = nullptr;
  for (const auto& [row, fluency] : rows) {
    if (before == nullptr || before->comparable != row->comparable)
      text += "\n## " + row->task + ", " + group_heading(*row) +
              "\n\n| rank | template | strategy | dev | fluency | tokens | cost |\n"
              "|---|---|---|---|---|---|---|\n";
    before = row;
    text += "| " + std::to_string(*row->rank) + " | " + code_cell(row->shown.tmpl) + " | " +
            table_cell(row->strategy) + " | " + fixed(row->dev->value, 3) + " | " +
            (fluency ? fixed(*fluency, 3) : "-") + " | " + std::to_string(row->shown.num_tokens) +
            " | " + std::to_string(row->cost) + " |\n";
  }
  return text;
}

}  // namespace prospect
