// The part of TrialScorer that scores cells (candidate, example) which nobody has scored before.

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/error.h"
#include "experiments/trial_scorer.h"

namespace prospect {
namespace {

constexpr Pool kPools[] = {Pool::support, Pool::dev, Pool::unlabelled};

std::uint64_t cell_key(Pool pool, ExampleIndex example, Pass pass) {
  return static_cast<std::uint64_t>(pass) << 40 | static_cast<std::uint64_t>(pool) << 32 | example;
}

// Content-free inputs are a pool of their own.
std::uint64_t content_free_key(std::size_t example, Pass pass) {
  return cell_key(static_cast<Pool>(std::size(kPools)), static_cast<ExampleIndex>(example), pass);
}

}  // namespace

void TrialScorer::score_blocks(std::vector<Runner*>& alive, Pass pass) {
  const auto has_failed = [](const Runner* runner) {
    return runner->result.status == Status::failed;
  };
  std::erase_if(alive, has_failed);
  for (const Pass each : {Pass::screen, Pass::exact}) {
    std::vector<Runner*> group;
    std::copy_if(alive.begin(), alive.end(), std::back_inserter(group),
                 [&](const Runner* runner) { return pass_of(*runner, pass) == each; });
    if (group.empty()) continue;
    for (const Pool pool : kPools) score_cells(group, pool, each);
    if (!content_free_.empty()) score_content_free(group, each);
  }
  for (Runner* runner : alive) {
    take_rows(*runner, pass);
    for (const std::size_t at : runner->block) runner->seen[at] = true;
    if (pass == Pass::screen) runner->num_seen += runner->block.size();
  }
  std::erase_if(alive, has_failed);
}

// What is no candidate is not screened.
Pass TrialScorer::pass_of(const Runner& runner, Pass pass) const {
  return runner.is_candidate() || !scorer_.screens() ? pass : Pass::exact;
}

// Copies the cells of the block into the parts; a fault among them fails the runner.
void TrialScorer::take_rows(Runner& runner, Pass pass) {
  const Pass own = pass_of(runner, pass);
  for (auto& part : runner.parts) {
    const auto& cells = cells_.at(part.identity);
    for (const std::size_t at : runner.block)
      part.rows[at] = cells.at(cell_key(runner.proposal->pool, runner.examples[at], own));
    part.content_free_rows.clear();
    for (std::size_t i = 0; i < content_free_.size(); ++i)
      part.content_free_rows.push_back(cells.at(content_free_key(i, own)));
    auto fault = first_fault(part.rows);
    if (!fault && (fault = first_fault(part.content_free_rows)))
      *fault = "on a content-free input: " + *fault;
    if (!fault) continue;
    runner.result.status = Status::failed;
    runner.result.reason = std::move(*fault);
  }
}

// Cells that are not known yet, as one request.
struct TrialScorer::NewCells {
  std::vector<Candidate> candidates;
  std::vector<const MatrixXf*> vectors;  // of each; null: those of its tokens
  std::vector<Row> rows;
  std::vector<RowOutcome*> targets;

  void add_candidate(Candidate candidate, const MatrixXf& own_vectors) {
    candidates.push_back(std::move(candidate));
    vectors.push_back(own_vectors.size() > 0 ? &own_vectors : nullptr);
  }
  // Of the candidate that was added last.
  void add(std::size_t example, RowOutcome* target) {
    rows.push_back(
        {static_cast<std::uint32_t>(candidates.size() - 1), static_cast<ExampleIndex>(example)});
    targets.push_back(target);
  }
};

// One request for all cells of a pool that are not known yet. No example is scored with itself
// among the demonstrations: it would find its own answer there.
void TrialScorer::score_cells(std::span<Runner* const> alive, Pool pool, Pass pass) {
  NewCells found;
  for (const Runner* runner : alive) {
    for (const auto& part : runner->parts) {
      auto& cells = cells_[part.identity];
      if (runner->proposal->pool != pool) continue;
      const auto& shown = part.candidate.demonstrations.example_ids;
      std::vector<std::pair<ExampleIndex, RowOutcome*>> own;  // cells of its own demonstrations
      bool is_added = false;
      for (const std::size_t at : runner->block) {
        const ExampleIndex example = runner->examples[at];
        const auto [cell, is_new] = cells.try_emplace(cell_key(pool, example, pass));
        if (!is_new) continue;
        if (std::find(shown.begin(), shown.end(), task_.pool(pool)[example].id) != shown.end()) {
          own.emplace_back(example, &cell->second);
          continue;
        }
        if (!is_added) found.add_candidate(part.expanded, runner->proposal->vectors);
        is_added = true;
        found.add(example, &cell->second);
      }
      for (const auto& [example, target] : own) {
        Candidate rest = part.candidate;
        std::erase(rest.demonstrations.example_ids, task_.pool(pool)[example].id);
        found.add_candidate(with_demonstrations(rest, task_), runner->proposal->vectors);
        found.add(example, target);
      }
    }
  }
  score_new(found, task_.pool(pool), pass);
}

// The rows that priors are made of, as far as they are not known yet.
void TrialScorer::score_content_free(std::span<Runner* const> alive, Pass pass) {
  NewCells found;
  for (const Runner* runner : alive) {
    for (const auto& part : runner->parts) {
      bool is_added = false;
      for (std::size_t i = 0; i < content_free_.size(); ++i) {
        const auto [cell, is_new] = cells_[part.identity].try_emplace(content_free_key(i, pass));
        if (!is_new) continue;
        if (!is_added) found.add_candidate(part.expanded, runner->proposal->vectors);
        is_added = true;
        found.add(i, &cell->second);
      }
    }
  }
  score_new(found, content_free_, pass);
}

// Candidates of tokens in one call; each with free vectors in its own.
void TrialScorer::score_new(const NewCells& found, std::span<const Example> examples, Pass pass) {
  std::vector<Row> rows;
  std::vector<RowOutcome*> targets;
  std::vector<std::vector<Example>> of_vectors(found.candidates.size());
  std::vector<std::vector<RowOutcome*>> vector_targets(found.candidates.size());
  for (std::size_t i = 0; i < found.rows.size(); ++i) {
    const Row& row = found.rows[i];
    if (found.vectors[row.candidate] == nullptr) {
      rows.push_back(row);
      targets.push_back(found.targets[i]);
    } else {
      of_vectors[row.candidate].push_back(examples[row.example]);
      vector_targets[row.candidate].push_back(found.targets[i]);
    }
  }
  const auto put = [&](std::vector<RowOutcome> outcomes, std::span<RowOutcome* const> places) {
    for (std::size_t i = 0; i < places.size(); ++i) *places[i] = std::move(outcomes[i]);
    num_cells_ += places.size();
  };
  try {
    if (!rows.empty()) put(scorer_.score(found.candidates, examples, rows, pass), targets);
    for (std::size_t c = 0; c < of_vectors.size(); ++c)
      if (!of_vectors[c].empty())
        put(scorer_.score(found.candidates[c], *found.vectors[c], of_vectors[c]),
            vector_targets[c]);
  } catch (...) {
    cells_.clear();  // those just entered hold nothing
    num_cells_ = 0;
    throw;
  }
}

}  // namespace prospect
