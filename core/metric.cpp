#include "core/metric.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include "core/error.h"
#include "core/rng.h"
#include "core/text.h"

namespace prospect {
namespace {

using Indices = std::span<const std::size_t>;
using Value = std::function<double(const Judgement&, Indices)>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr int kNumResamples = 200;

// The mean over examples of what `of_example` says of one.
template <class OfExample>
Value mean_of(OfExample of_example) {
  return [of_example](const Judgement& judgement, Indices indices) {
    if (indices.empty()) return kNaN;
    double sum = 0;
    for (const std::size_t i : indices) sum += of_example(judgement, i);
    return sum / static_cast<double>(indices.size());
  };
}

double is_right(const Judgement& judgement, std::size_t i) {
  return judgement.predicted[i] == judgement.gold[i] ? 1.0 : 0.0;
}

// How often each label is right (gold), answered (predicted), and both. [K] each
struct Counts {
  std::vector<double> gold, predicted, both;
  double unanswered = 0;  ///< Examples whose top labels tie.
};

Counts count(const Judgement& judgement, Indices indices) {
  const std::size_t num_labels = judgement.num_labels;
  Counts counts{std::vector<double>(num_labels), std::vector<double>(num_labels),
                std::vector<double>(num_labels)};
  for (const std::size_t i : indices) {
    const auto gold = static_cast<std::size_t>(judgement.gold[i]);
    counts.gold[gold] += 1;
    if (judgement.predicted[i] < 0) {
      counts.unanswered += 1;
      continue;
    }
    counts.predicted[static_cast<std::size_t>(judgement.predicted[i])] += 1;
    counts.both[gold] += is_right(judgement, i);
  }
  return counts;
}

// 2 TP / (2 TP + FP + FN); 0 for a label that is neither gold nor predicted, as scikit-learn has
// it.
double f1_of(const Counts& counts, std::size_t label) {
  const double all = counts.gold[label] + counts.predicted[label];
  return all > 0 ? 2 * counts.both[label] / all : 0.0;
}

double f1(const Judgement& judgement, Indices indices) {
  if (indices.empty()) return kNaN;
  return f1_of(count(judgement, indices), judgement.num_labels - 1);
}

// Over all labels but the last, which stands for no entity.
double span_f1(const Judgement& judgement, Indices indices) {
  if (indices.empty()) return kNaN;
  const Counts counts = count(judgement, indices);
  double both = 0, all = 0;
  for (std::size_t k = 0; k + 1 < judgement.num_labels; ++k) {
    both += counts.both[k];
    all += counts.gold[k] + counts.predicted[k];
  }
  return all > 0 ? 2 * both / all : 0.0;
}

double macro_f1(const Judgement& judgement, Indices indices) {
  const Counts counts = count(judgement, indices);
  double sum = 0, num_labels = 0;
  for (std::size_t k = 0; k < judgement.num_labels; ++k) {
    if (counts.gold[k] + counts.predicted[k] == 0) continue;
    sum += f1_of(counts, k);
    num_labels += 1;
  }
  return num_labels > 0 ? sum / num_labels : kNaN;
}

double balanced_accuracy(const Judgement& judgement, Indices indices) {
  const Counts counts = count(judgement, indices);
  double sum = 0, num_labels = 0;
  for (std::size_t k = 0; k < judgement.num_labels; ++k) {
    if (counts.gold[k] == 0) continue;
    sum += counts.both[k] / counts.gold[k];
    num_labels += 1;
  }
  return num_labels > 0 ? sum / num_labels : kNaN;
}

// [gorodkin2004, eq. 8], in the counts' form: (c s - p.t) / sqrt((s^2 - p.p) (s^2 - t.t)).
double matthews(const Judgement& judgement, Indices indices) {
  if (indices.empty()) return kNaN;
  const Counts counts = count(judgement, indices);
  const auto total = static_cast<double>(indices.size());
  double right = 0, agreement = 0, predicted = counts.unanswered * counts.unanswered, gold = 0;
  for (std::size_t k = 0; k < judgement.num_labels; ++k) {
    right += counts.both[k];
    agreement += counts.predicted[k] * counts.gold[k];
    predicted += counts.predicted[k] * counts.predicted[k];
    gold += counts.gold[k] * counts.gold[k];
  }
  const double spread = (total * total - predicted) * (total * total - gold);
  return spread > 0 ? (right * total - agreement) / std::sqrt(spread) : 0.0;
}

double pearson(const Judgement& judgement, Indices indices) {
  if (indices.empty()) return kNaN;
  // Taking the first value out keeps a constant column exactly at zero.
  const double x0 = judgement.expected[indices[0]], y0 = judgement.gold_value[indices[0]];
  double mean_x = 0, mean_y = 0;
  for (const std::size_t i : indices) {
    mean_x += judgement.expected[i] - x0;
    mean_y += judgement.gold_value[i] - y0;
  }
  mean_x /= static_cast<double>(indices.size());
  mean_y /= static_cast<double>(indices.size());
  double xx = 0, xy = 0, yy = 0;
  for (const std::size_t i : indices) {
    const double x = judgement.expected[i] - x0 - mean_x, y = judgement.gold_value[i] - y0 - mean_y;
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx) / std::sqrt(yy) : kNaN;
}

Value precision_at(std::int32_t most) {
  return mean_of([most](const Judgement& judgement, std::size_t i) {
    return judgement.rank[i] <= most ? 1.0 : 0.0;
  });
}

// The K of `p@K`, written without leading zeros, so that a metric has one name.
std::optional<std::int32_t> read_most(std::string_view name) {
  if (!name.starts_with("p@")) return std::nullopt;
  std::int32_t most = 0;
  const char *begin = name.data() + 2, *end = name.data() + name.size();
  const auto [stop, code] = std::from_chars(begin, end, most);
  if (code != std::errc{} || stop != end || most < 1 || *begin == '0') return std::nullopt;
  return most;
}

struct Known {
  std::string_view name, help;
  bool is_mean = false;
  Value value;
};

std::vector<Known> known_metrics() {
  return {
      {"accuracy", "Share of examples whose only most probable label is the right one.", true,
       mean_of(is_right)},
      {"balanced_accuracy", "Mean over the labels that occur of the accuracy on their examples.",
       false, balanced_accuracy},
      {"macro_f1", "Mean F1 over the labels that are gold or predicted, as scikit-learn has it.",
       false, macro_f1},
      {"f1", "F1 of the task's last label as the positive class.", false, f1},
      {"span_f1", "F1 of all labels but the last together: spans found and rightly named.", false,
       span_f1},
      {"matthews", "Matthews correlation, for any number of labels (Gorodkin 2004).", false,
       matthews},
      {"pearson", "Correlation between the expected and the gold label's numeric value.", false,
       pearson},
      {"p@1", "Share of examples whose right label is among the K most probable, for any K.", true,
       precision_at(1)},
      {"mrr", "Mean of one over the right label's rank.", true,
       mean_of([](const Judgement& judgement, std::size_t i) { return 1.0 / judgement.rank[i]; })},
  };
}

struct Grouping {
  std::string_view name;
  std::vector<std::int32_t> Judgement::*column;
};
constexpr Grouping kGroupings[] = {{"macro_class", &Judgement::gold},
                                   {"macro_object", &Judgement::object},
                                   {"macro_relation", &Judgement::group}};

Metric plain_metric(const std::string& name) {
  if (const auto most = read_most(name)) return {name, precision_at(*most), true};
  std::vector<std::string> names;
  for (auto& known : known_metrics()) {
    if (known.name == name) return {name, std::move(known.value), known.is_mean};
    names.emplace_back(known.name);
  }
  if (name.starts_with("p@"))
    fail(ErrorKind::input, "metric", "expected p@K with a whole number K from 1, found '", name,
         "'");
  fail(ErrorKind::input, "metric", "unknown metric '", name, "'", suggestion(name, names));
}

// The mean over groups, in ascending order of their number, of the metric within the group.
Value grouped(Value within, std::vector<std::int32_t> Judgement::*column) {
  return [within = std::move(within), column](const Judgement& judgement, Indices indices) {
    std::map<std::int32_t, std::vector<std::size_t>> groups;
    for (const std::size_t i : indices) groups[(judgement.*column)[i]].push_back(i);
    double sum = 0;
    for (const auto& [group, members] : groups) sum += within(judgement, members);
    return groups.empty() ? kNaN : sum / static_cast<double>(groups.size());
  };
}

// The deviation of a sample, with n - 1 in the denominator; NaN for fewer than two numbers.
double deviation(std::span<const double> sample) {
  if (sample.size() < 2) return kNaN;
  const auto count = static_cast<double>(sample.size());
  double mean = 0, squares = 0;
  for (const double x : sample) mean += x - sample[0];
  mean /= count;
  for (const double x : sample) squares += (x - sample[0] - mean) * (x - sample[0] - mean);
  return std::sqrt(squares / (count - 1));
}

double bootstrap_error(const Metric& metric, const Judgement& judgement) {
  Rng rng(0, "metric/bootstrap");
  std::vector<std::size_t> indices(judgement.size());
  std::vector<double> sample;
  for (int resample = 0; resample < kNumResamples; ++resample) {
    for (auto& index : indices) index = static_cast<std::size_t>(rng.below(judgement.size()));
    const double value = metric.value(judgement, indices);
    if (!std::isnan(value)) sample.push_back(value);
  }
  return deviation(sample);
}

}  // namespace

Metric find_metric(const std::string& name) {
  const std::size_t colon = name.find(':');
  Metric metric = plain_metric(name.substr(0, colon));
  if (colon == std::string::npos) return metric;
  if (!metric.is_mean)
    fail(ErrorKind::input, "metric", "expected accuracy, p@K or mrr before ':', found '", name,
         "'; only a mean over examples can be one over groups");
  const std::string found = name.substr(colon + 1);
  std::vector<std::string> names;
  for (const auto& grouping : kGroupings) {
    if (grouping.name == found) return {name, grouped(metric.value, grouping.column), false};
    names.emplace_back(grouping.name);
  }
  fail(ErrorKind::input, "metric", "unknown grouping '", found, "' in '", name, "'",
       suggestion(found, names));
}

std::vector<MetricRow> list_metrics() {
  std::vector<MetricRow> rows;
  for (const auto& known : known_metrics())
    rows.push_back(
        {known.name == "p@1" ? "p@K" : std::string(known.name), std::string(known.help)});
  for (const auto& [suffix, groups] : {std::pair{"macro_class", "gold labels"},
                                       {"macro_object", "gold answers"},
                                       {"macro_relation", "relations"}})
    rows.push_back({std::string("accuracy:") + suffix,
                    std::string("Mean over ") + groups +
                        " of the accuracy within each; so too after p@K and mrr."});
  return rows;
}

MetricValue measure(const Metric& metric, const Judgement& judgement) {
  std::vector<std::size_t> all(judgement.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  MetricValue result{metric.value(judgement, all), kNaN};
  if (judgement.size() < 2) return result;
  if (!metric.is_mean) {
    result.standard_error = bootstrap_error(metric, judgement);
    return result;
  }
  std::vector<double> sample;
  for (const std::size_t i : all) sample.push_back(metric.value(judgement, Indices(&i, 1)));
  result.standard_error = deviation(sample) / std::sqrt(static_cast<double>(sample.size()));
  return result;
}

}  // namespace prospect
