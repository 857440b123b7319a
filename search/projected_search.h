#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "search/detail/trigger_space.h"
#include "search/gradient/descent.h"
#include "search/strategy.h"

namespace prospect {

/// Options of a search that moves vectors and reads the nearest tokens.
struct ProjectedSearchOptions {
  TriggerSpaceOptions space;
  std::string manual = "compete";
  std::int64_t steps = 3000;
  std::int64_t restarts = 1;
  DescentOptions descent;
  std::string similarity = "cosine";
  bool keep_continuous = true;
  double noise_start = 0;
  double noise_end = 0;
  double fluency = 0;
  std::int64_t fluency_examples = 4;
};

void describe(OptionVisitor& visit, ProjectedSearchOptions& options);

/// The loop under PEZ and FluentPrompt: continuous vectors at the trigger slots, whose nearest
/// tokens are the prompt.
///
/// A step takes the gradient at the nearest tokens' embeddings and moves the vectors by it; each
/// prompt that was not met before is proposed on the dev pool. With `keep_continuous` (PEZ) the
/// vectors themselves go on; without (FluentPrompt) each step starts from the projection, with
/// noise of sqrt(2 learning_rate beta_t), beta_t falling geometrically.
///
/// Cost of a step: 3 for each example's forwards, the same for fluency, and the dev pool for a new
/// prompt. A failed prompt changes nothing: no step depends on a score. Exhausted after `steps` of
/// each restart.
class ProjectedSearch : public Strategy {
 public:
  ProjectedSearch(const ProjectedSearchOptions& options, SearchContext context);

  Ask ask(const Room& room) override;
  void tell(std::span<const Trial> trials) override;
  State save() const override;
  void restore(const State& state) override;

 private:
  Ask ask_starts(const Room& room);
  void begin_restart();
  bool move(std::int64_t& left, std::int64_t dev_cost);
  MatrixXf energy_gradient(std::span<const Example> batch) const;
  std::int64_t step_cost(std::size_t num_examples) const;
  void add_noise(MatrixXf& vectors);

  ProjectedSearchOptions options_;
  SearchContext context_;
  TriggerSpace space_;
  Optimiser optimiser_;

  Rng rng_;
  bool started_ = false;
  std::int64_t restart_ = 0, step_ = 0;
  Candidate present_;           // the projection of `vectors_`
  MatrixXf vectors_;            // [S, D]
  std::set<std::string> seen_;  // templates that were proposed or filtered out
};

}  // namespace prospect
