#include "experiments/draft_oracle.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/outcome.h"

namespace prospect {
namespace {

// The products of a layer take the square of its width; embeddings are looked up.
double work_of(const ModelCard& card) {
  return static_cast<double>(card.num_layers) * static_cast<double>(card.hidden_size) *
         static_cast<double>(card.hidden_size);
}

}  // namespace

ModelDraft::ModelDraft(Model& draft, const Model& searched, const ScoringSpec& spec)
    : draft_(draft),
      vocabulary_(searched.vocabulary()),
      same_vocabulary_(draft.vocabulary().fingerprint() == searched.vocabulary().fingerprint()),
      spec_(spec),
      share_(work_of(searched.card()) > 0
                 ? std::min(1.0, work_of(draft.card()) / work_of(searched.card()))
                 : 1.0) {}

Candidate ModelDraft::translated(const Candidate& candidate) const {
  if (same_vocabulary_) return candidate;
  Candidate text = candidate;
  text.tmpl = vocabulary_.as_text(candidate.tmpl);
  for (auto& label : text.verbalizer.labels)
    for (auto& answer : label.answers) {
      if (answer.ids.empty()) continue;
      if (answer.text.empty()) answer.text = vocabulary_.decode(answer.ids);
      answer.ids.clear();
    }
  return text;
}

std::vector<double> ModelDraft::log_likelihood(std::span<const Candidate> candidates,
                                               std::span<const Example> examples) {
  std::vector<Candidate> own;
  std::vector<Row> rows;
  for (std::uint32_t c = 0; c < candidates.size(); ++c) {
    own.push_back(translated(candidates[c]));
    for (std::uint32_t e = 0; e < examples.size(); ++e) rows.push_back({c, e});
  }
  const auto outcomes = draft_.scorer().score(
      {.candidates = own, .examples = examples, .answers = {}, .rows = rows, .spec = spec_});
  std::vector<double> means;
  for (std::size_t c = 0; c < own.size(); ++c) {
    const auto mine = std::span(outcomes).subspan(c * examples.size(), examples.size());
    double sum = first_failure(mine) == nullptr && !examples.empty()
                     ? 0
                     : std::numeric_limits<double>::quiet_NaN();
    if (!std::isnan(sum)) {
      const MatrixXd log_p = label_log_probs(own[c].verbalizer, mine);
      for (std::size_t e = 0; e < examples.size(); ++e)
        sum += log_p(static_cast<Eigen::Index>(e), examples[e].label);
    }
    means.push_back(sum / static_cast<double>(examples.size()));
  }
  return means;
}

std::int64_t ModelDraft::cost(std::int64_t num_rows) const {
  return static_cast<std::int64_t>(std::ceil(share_ * static_cast<double>(num_rows)));
}

}  // namespace prospect
