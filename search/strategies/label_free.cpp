// Chooses among written prompts without reading a label: a ranking by what they answer on
// unlabelled inputs, or by how likely they are as texts; the best few are then scored on dev.
//
// Source: Yang et al. 2024 (the family of criteria), Sorensen et al. 2022 (mi), Gonen et al. 2022
// (ppl), Davison et al. 2019 (coherency). Cost: prompts x inputs for the ranking (and three rows or
// one a prompt for a content-free calibration), or the texts' forwards; then one evaluation of the
// dev pool for each kept prompt. Oracles: likelihood for `ppl` and `coherency`. A prompt that fails
// on an input ranks last. Exhausted when the kept ones are scored. The criteria of each input
// (`mdl`, `mi_l`, `mi_gl`) rank by their mean: a row of the leaderboard is one template for all.

#include <utility>

#include "core/error.h"
#include "search/detail/ranked_list.h"
#include "search/detail/written_prompts.h"
#include "search/registry.h"

namespace prospect {
namespace {

struct LabelFreeOptions {
  std::string file;
  bool task_prompts = true;
  RankingOptions ranking{.criterion = "mi", .keep = 1};
};

void describe(OptionVisitor& visit, LabelFreeOptions& options) {
  visit("file", options.file,
        "Further templates, one a line, or JSON Lines with \"template\" and \"verbalizer\".");
  visit("task_prompts", options.task_prompts, "Rank the prompts that come with the task, too.");
  describe(visit, options.ranking);
}

class LabelFreeStrategy : public Strategy {
 public:
  LabelFreeStrategy(const LabelFreeOptions& options, SearchContext context)
      : context_(std::move(context)), list_(options.ranking, context_) {
    if (options.task_prompts)
      for (auto& prompt : task_prompts(context_))
        list_.add(std::move(prompt.candidate), std::move(prompt.source));
    if (!options.file.empty())
      for (auto& prompt : read_prompts(options.file, context_))
        list_.add(std::move(prompt.candidate), std::move(prompt.source));
    for (const auto& seed : context_.seeds)
      if (const auto* candidate = std::get_if<Candidate>(&seed.entry))
        list_.add(*candidate, "seed", {seed.id});
    if (list_.size() == 0)
      fail(ErrorKind::input, "option 'file'",
           "expected prompts to rank, found none: the task has no manual prompt; give a file, or "
           "\"init\"");
  }

  Ask ask(const Room& room) override { return list_.ask(room); }
  void tell(std::span<const Trial> trials) override { list_.tell(trials); }
  State save() const override { return {{{"list", list_.save()}}, {}}; }
  void restore(const State& state) override { list_.restore(state.values.at("list")); }

 private:
  SearchContext context_;
  RankedList list_;
};

const Registration<LabelFreeStrategy, LabelFreeOptions> kLabelFree{
    "label_free", "Chooses among written prompts without reading a label."};

}  // namespace
}  // namespace prospect
