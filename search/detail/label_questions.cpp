#include "search/detail/label_questions.h"

#include <map>
#include <vector>

#include "core/error.h"

namespace prospect {

VectorXf mean_over_labels(SlotOracle& oracle, std::span<const Example> examples,
                          std::size_t num_labels, const std::string& where,
                          const std::function<Candidate(std::size_t label)>& question) {
  std::map<std::int32_t, std::vector<Example>> by_label;
  for (const auto& example : examples) by_label[example.label].push_back(example);
  VectorXf sum;
  for (const auto& [label, group] : by_label) {
    if (label < 0 || static_cast<std::size_t>(label) >= num_labels)
      fail(ErrorKind::input, where, "expected examples with a label, found ", label);
    const VectorXf mean = oracle.mean_over(question(static_cast<std::size_t>(label)), group,
                                           SlotOracle::Space::log_probability) *
                          static_cast<float>(group.size());
    if (sum.size() == 0)
      sum = mean;
    else
      sum += mean;
  }
  return sum / static_cast<float>(examples.size());
}

}  // namespace prospect
