#pragma once

#include "core/outcome.h"

namespace prospect {

/// GrIPS's objective: 100 x balanced accuracy (to two decimals) + `entropy_weight` x the entropy of
/// the predicted labels' frequencies, in nats. The entropy rewards a prompt that does not always
/// give the same label. A tie between labels is wrong, and no label's prediction. NaN without
/// examples.
/// Source: Prasad et al. 2023, sec. 3.2.
double balanced_entropy(const Judgement& judgement, double entropy_weight);

}  // namespace prospect
