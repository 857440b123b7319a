#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/outcome.h"

namespace prospect {

/// A number made of judged examples; higher is better.
struct Metric {
  std::string name;
  /// Of the examples at `indices`, which may repeat (bootstrap). NaN where it is undefined.
  std::function<double(const Judgement&, std::span<const std::size_t> indices)> value;
  /// A mean over examples, whose standard error has a closed form.
  bool is_mean = false;
};

/// The metric of a name: `accuracy`, `balanced_accuracy`, `macro_f1`, `f1` (of the last label),
/// `matthews`, `pearson`, `p@K` for any K, `mrr`. After `accuracy`, `p@K` and `mrr` may follow
/// `:macro_class`, `:macro_object` or `:macro_relation`: the mean over groups instead of examples.
/// @throws Error (input) for an unknown name, with the nearest known one.
Metric find_metric(const std::string& name);

/// A metric's name and one line of help, as `prospect list metrics` shows them.
struct MetricRow {
  std::string name, help;
};
std::vector<MetricRow> list_metrics();

/// The metric over all examples, and its standard error: closed form for a mean over examples, else
/// the deviation over 200 bootstrap samples drawn from a fixed stream.
struct MetricValue {
  double value = 0, standard_error = 0;
};
MetricValue measure(const Metric& metric, const Judgement& judgement);

}  // namespace prospect
