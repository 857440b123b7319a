#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "search/detail/trigger_space.h"
#include "search/gradient/descent.h"
#include "search/strategy.h"

namespace prospect {

/// Options of a search that trains vectors and keeps them.
struct SoftSearchOptions {
  std::int64_t vectors = 5;
  std::int64_t inner_vectors = 0;
  std::string frame = "manual";
  std::string tmpl;
  std::string initial = "random";
  std::int64_t steps = 200;
  std::int64_t evaluate_every = 10;
  DescentOptions descent{.loss = "contrast", .learning_rate = 0.03, .weight_decay = 0};
};

void describe(OptionVisitor& visit, SoftSearchOptions& options);

/// The loop under `prefix` and `hybrid`: vectors at the trigger slots of a frame, trained through
/// the frozen language model by gradient steps on batches of support examples.
///
/// The vectors start as embeddings of random tokens, or of the words or the seed's triggers that
/// stand in the slots. After every so many steps they are proposed as a soft prompt on the dev
/// pool, which so says when to stop. What comes out is no prompt that can be written down: it is
/// the ceiling that searches over tokens are measured against, and a place for them to start from.
///
/// Cost: 3 for each forward of a step's examples, the dev pool for a proposal. A failed proposal
/// changes nothing. Exhausted after `steps`.
class SoftSearch : public Strategy {
 public:
  SoftSearch(const SoftSearchOptions& options, SearchContext context);

  Ask ask(const Room& room) override;
  void tell(std::span<const Trial> trials) override;
  State save() const override;
  void restore(const State& state) override;

 private:
  void step(std::span<const Example> batch);
  Proposal proposal() const;

  SoftSearchOptions options_;
  SearchContext context_;
  Candidate frame_;
  Optimiser optimiser_;

  Rng rng_;
  MatrixXf vectors_;  // [S, D]
  std::int64_t step_ = 0;
  bool is_asked_ = false;  // the vectors as they are now were proposed
  double loss_ = 0;        // of the last step's batch
};

/// The frame of a soft prompt: a best seed's, or the layout that the options name.
///
/// `manual`: the best seed's prompt, else the task's first manual one, with `vectors` before it and
/// `inner_vectors` just before its answer slot. `fields`, and where there is no prompt: the
/// vectors, all fields, the answer slot.
/// @throws Error (input) where no vector stands in it.
Candidate soft_frame(const SoftSearchOptions& options, const SearchContext& context);

}  // namespace prospect
