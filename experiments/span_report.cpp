#include "experiments/span_report.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "core/error.h"

namespace prospect {
namespace {

struct FoundSpan {
  std::size_t begin = 0, end = 0;
  double log_p = 0;
  bool right = false;
};

// `text-7:12-20` -> 12, 20.
FoundSpan offsets_of(const Example& example) {
  FoundSpan span;
  const std::size_t colon = example.id.rfind(':');
  const std::size_t dash = example.id.rfind('-');
  const auto read = [&](std::size_t from, std::size_t to, std::size_t& number) {
    const char* end = example.id.data() + to;
    const auto [stop, code] = std::from_chars(example.id.data() + from, end, number);
    return code == std::errc{} && stop == end;
  };
  if (colon == std::string::npos || dash == std::string::npos || dash < colon ||
      !read(colon + 1, dash, span.begin) || !read(dash + 1, example.id.size(), span.end))
    fail(ErrorKind::input, "span_report", "expected examples of a span task, found '", example.id,
         "'");
  return span;
}

}  // namespace

double SpanCounts::precision() const {
  return found > 0 ? static_cast<double>(right) / static_cast<double>(found) : 0;
}

double SpanCounts::recall() const {
  return gold > 0 ? static_cast<double>(right) / static_cast<double>(gold) : 0;
}

double SpanCounts::f1() const {
  return gold + found > 0 ? 2 * static_cast<double>(right) / static_cast<double>(gold + found) : 0;
}

SpanReport span_report(const Task& task, const Verbalizer& verbalizer,
                       std::span<const Example> examples, std::span<const RowOutcome> rows) {
  const MatrixXd log_p = label_log_probs(verbalizer, rows);
  const Judgement judgement = judge(task.labels, log_p, examples);
  const auto none = static_cast<std::int32_t>(task.labels.size() - 1);
  SpanReport report;
  std::map<std::string, std::vector<FoundSpan>> by_text;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (judgement.gold[i] != none) ++report.all.gold;
    const std::int32_t label = judgement.predicted[i];
    if (label < 0 || label == none) continue;
    FoundSpan span = offsets_of(examples[i]);
    span.log_p = log_p(static_cast<Eigen::Index>(i), label);
    span.right = label == judgement.gold[i];
    ++report.all.found;
    report.all.right += span.right ? 1 : 0;
    by_text[examples[i].group].push_back(span);
  }
  report.kept.gold = report.all.gold;
  for (auto& [text, spans] : by_text) {
    std::stable_sort(spans.begin(), spans.end(),
                     [](const FoundSpan& a, const FoundSpan& b) { return a.log_p > b.log_p; });
    std::vector<FoundSpan> kept;
    for (const auto& span : spans) {
      const bool overlaps = std::any_of(kept.begin(), kept.end(), [&](const FoundSpan& other) {
        return span.begin < other.end && other.begin < span.end;
      });
      if (overlaps) continue;
      kept.push_back(span);
      ++report.kept.found;
      report.kept.right += span.right ? 1 : 0;
    }
  }
  return report;
}

Json to_json(const SpanCounts& counts) {
  return {{"precision", counts.precision()},
          {"recall", counts.recall()},
          {"f1", counts.f1()},
          {"found", counts.found},
          {"gold", counts.gold}};
}

}  // namespace prospect
