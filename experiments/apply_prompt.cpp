#include "experiments/apply_prompt.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/outcome.h"
#include "experiments/chunked_scorer.h"
#include "experiments/commands/text_input.h"

namespace prospect {

namespace {

std::vector<RowOutcome> rows_of(Scorer& scorer, const Candidate& candidate, const ScoringSpec& spec,
                                std::span<const Example> texts) {
  std::vector<Row> rows;
  for (std::uint32_t i = 0; i < texts.size(); ++i) rows.push_back({0, i});
  const Candidate candidates[] = {candidate};
  return scorer.score({candidates, texts, {}, rows, spec});
}

std::vector<RowOutcome> content_free_rows(Scorer& scorer, const Candidate& candidate,
                                          const ScoringSpec& spec, Calibration calibration) {
  const auto texts = content_free_examples(calibration, candidate.tmpl.fields());
  if (texts.empty()) return {};
  auto rows = rows_of(scorer, candidate, spec, texts);
  if (const auto fault = first_fault(rows))
    fail(ErrorKind::input, "apply", "expected content-free inputs that can be scored for the ",
         "calibration '", name_of(calibration), "', found: ", *fault);
  return rows;
}

}  // namespace

std::vector<Labelled> apply_prompt(Scorer& scorer, const Candidate& candidate,
                                   const ScoringSpec& spec, std::span<const Example> texts,
                                   Calibration calibration) {
  const auto outcomes = rows_of(scorer, candidate, spec, texts);
  std::vector<RowOutcome> good;
  for (const auto& outcome : outcomes)
    if (!fault_of(outcome)) good.push_back(outcome);
  good = calibrated(calibration, candidate.verbalizer, std::move(good),
                    content_free_rows(scorer, candidate, spec, calibration));

  std::vector<Labelled> results;
  auto next = good.begin();
  for (const auto& outcome : outcomes) {
    Labelled& result = results.emplace_back();
    if (auto fault = fault_of(outcome)) {
      result.failure = std::move(*fault);
      continue;
    }
    const MatrixXd log_p = label_log_probs(candidate.verbalizer, std::span(&*next++, 1));  // [1, K]
    result.log_p.assign(log_p.data(), log_p.data() + log_p.size());
    result.truncated_tokens = outcome.truncated_tokens;
    const auto best = std::max_element(result.log_p.begin(), result.log_p.end());
    if (std::count(result.log_p.begin(), result.log_p.end(), *best) == 1)
      result.label =
          candidate.verbalizer.labels.at(static_cast<std::size_t>(best - result.log_p.begin()))
              .label;
  }
  return results;
}

std::size_t for_each_batch(std::istream& in, const std::string& name, bool json_lines,
                           const std::vector<std::string>& fields, std::size_t batch_size,
                           const std::function<void(std::span<const Example>)>& use) {
  if (!json_lines && fields.size() != 1)
    fail(ErrorKind::usage, name, "expected JSON Lines, since the prompt has ", fields.size(),
         " fields, found plain text; name a file that ends with .jsonl");
  std::vector<Example> batch;
  std::size_t count = 0;
  const auto add = [&](Example example) {
    example.id = std::to_string(++count);
    batch.push_back(std::move(example));
    if (batch.size() < batch_size) return;
    use(batch);
    batch.clear();
  };
  if (json_lines) {
    for_each_json_line(in, name, [&](const JsonReader& line) {
      Example example;
      for (const auto& field : fields) example.fields[field] = line.at(field).string();
      add(std::move(example));
    });
  } else {
    for_each_text_line(in, name, [&](const std::string& line, const std::string&) {
      Example example;
      example.fields[fields.front()] = line;
      add(std::move(example));
    });
  }
  if (!batch.empty()) use(batch);
  if (count == 0) fail(ErrorKind::input, name, "expected texts, found none");
  return count;
}

Json to_json(const Labelled& labelled, const Example& text, const Verbalizer& verbalizer) {
  Json json{{"id", text.id},
            {"fields", text.fields},
            {"label", labelled.label ? Json(*labelled.label) : Json()},
            {"log_probs", Json()},
            {"truncated", labelled.truncated_tokens},
            {"failure", labelled.failure.empty() ? Json() : Json(labelled.failure)}};
  for (std::size_t k = 0; k < labelled.log_p.size(); ++k)
    json["log_probs"][verbalizer.labels[k].label] = labelled.log_p[k];
  return json;
}

}  // namespace prospect
