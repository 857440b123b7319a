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
  /// Of the examples at `indices`, which may repeat (bootstrap). NaN where it is undefined, always
  /// so without examples.
  std::function<double(const Judgement&, std::span<const std::size_t> indices)> value;
  /// A mean over examples, whose standard error has a closed form.
  bool is_mean = false;
};

/// The metric of a name.
///
/// A top that several labels share is no answer (`Judgement::predicted` is -1): it is wrong
/// wherever being right counts, and no label's false positive.
///
/// - `accuracy`: the share of right answers.
/// - `balanced_accuracy`: the mean, over the labels that are gold somewhere, of the share of right
///   answers; scikit-learn's, not adjusted for chance.
/// - `f1`: 2 TP / (2 TP + FP + FN) of the last label; 0 where the denominator is.
/// - `span_f1`: micro-averaged F1 over all labels but the last, which says that a span is nothing.
/// - `macro_f1`: the mean of that over the labels that are gold or predicted somewhere, each
/// weighing
///   the same. It is scikit-learn's default, so that published tables compare: a label that is
///   predicted but never gold counts 0, and one that is neither does not count.
/// - `matthews`: Gorodkin's correlation for any number of labels, where no answer is a label of its
///   own; 0 where the gold labels or the answers are all the same.
/// - `pearson`: the correlation of `expected` with `gold_value`; NaN where one of them is constant.
/// - `p@K`, for K from 1: the share of examples whose rank is at most K. `p@1` is `accuracy`.
/// - `mrr`: the mean of 1 / rank.
///
/// After `accuracy`, `p@K` and `mrr` may follow `:macro_class`, `:macro_object` or
/// `:macro_relation`: the mean over the groups that occur (gold labels, gold texts,
/// `Example::group`) of the metric within the group.
/// @throws Error (input) for an unknown name, with the nearest known one.
Metric find_metric(const std::string& name);

/// A metric's name and one line of help, as `prospect list metrics` shows them.
struct MetricRow {
  std::string name, help;
};
std::vector<MetricRow> list_metrics();

/// A metric and how far it may be from what endlessly many examples would give.
struct MetricValue {
  double value = 0, standard_error = 0;
};

/// The metric over all examples with its standard error: for a mean over examples the sample
/// deviation (n - 1) over the root of n, else the deviation over 200 bootstrap samples from a fixed
/// stream, those that are NaN left out. Fewer than two examples have the error NaN.
MetricValue measure(const Metric& metric, const Judgement& judgement);

}  // namespace prospect
