#include "experiments/recalibration.h"

#include "core/ensemble.h"
#include "core/error.h"
#include "experiments/chunked_scorer.h"
#include "experiments/run_data.h"

namespace prospect {

std::optional<std::vector<RowOutcome>> Recalibration::of_candidate(const Candidate& candidate,
                                                                   std::vector<RowOutcome> rows,
                                                                   std::uint64_t split_seed) const {
  std::vector<RowOutcome> content_free;
  if (calibration_ == Calibration::contextual || calibration_ == Calibration::domain_pmi) {
    content_free = content_free_(candidate, split_seed);
    if (first_fault(content_free)) return std::nullopt;
  }
  return calibrated(calibration_, candidate.verbalizer, std::move(rows), content_free);
}

std::optional<std::vector<RowOutcome>> Recalibration::rows(
    const Entry& entry, std::vector<RowOutcome> rows, std::uint64_t split_seed, RunStore* store,
    const std::vector<TrialId>& parents) const {
  if (calibration_ == Calibration::none) return rows;
  if (const auto* candidate = std::get_if<Candidate>(&entry))
    return of_candidate(*candidate, std::move(rows), split_seed);
  if (std::holds_alternative<SoftPrompt>(entry)) {
    if (calibration_ != Calibration::batch) return std::nullopt;
    return calibrated(calibration_, outcome_verbalizer(entry), std::move(rows), {});
  }
  const auto& ensemble = std::get<Ensemble>(entry);
  if (store == nullptr || parents.size() != ensemble.members.size()) return std::nullopt;
  std::vector<std::vector<RowOutcome>> members;
  for (std::size_t m = 0; m < parents.size(); ++m) {
    const TrialRecord parent = store->trial(parents[m]);
    if (!parent.stands || parent.entry != Entry(ensemble.members[m])) return std::nullopt;
    auto member = of_candidate(ensemble.members[m], rows_in_order(parent.outcome), split_seed);
    if (!member) return std::nullopt;
    members.push_back(std::move(*member));
  }
  return mixed_rows(ensemble, members);
}

void check_not_calibrated(RunStore& store) {
  const std::string stored = store.identity().spec.at("scoring").value("calibration", "none");
  if (stored != name_of(Calibration::none))
    fail(ErrorKind::input, store.folder().string(),
         "expected a run without calibration, found one with '", stored,
         "'; what is calibrated cannot be calibrated again: run the search with \"calibration\": "
         "\"none\"");
}

}  // namespace prospect
