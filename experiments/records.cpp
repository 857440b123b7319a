#include "experiments/records.h"

namespace prospect {

Trial as_trial(const TrialRecord& record) {
  Trial trial;
  trial.id = record.id;
  trial.status = record.status;
  trial.entry = record.entry;
  trial.reason = record.reason;
  if (record.status == Status::scored) {
    trial.outcome = record.outcome;
    trial.evaluation = record.evaluation;
  }
  return trial;
}

std::string_view name_of(Control control) {
  switch (control) {
    case Control::majority:
      return "majority";
    case Control::empty:
      return "empty";
    case Control::manual:
      return "manual";
    case Control::random_lm:
      return "random_lm";
  }
  return "";
}

}  // namespace prospect
