// Scores prompts that people wrote: the task's own, and those of a file.
//
// Cost: one evaluation of the dev pool for each prompt. No oracle. A prompt that fails is recorded
// and skipped. Exhausted after one pass.

#include <algorithm>
#include <utility>

#include "search/detail/room.h"
#include "search/detail/written_prompts.h"
#include "search/registry.h"

namespace prospect {
namespace {

struct ManualOptions {
  std::string file;
  bool task_prompts = true;
  std::string label_words = "own";
};

void describe(OptionVisitor& visit, ManualOptions& options) {
  visit("file", options.file,
        "Further templates, one a line, or JSON Lines with \"template\" and \"verbalizer\".");
  visit("task_prompts", options.task_prompts, "Score the prompts that come with the task.");
  visit("label_words", options.label_words,
        "Each template with its own label words, or with those of every prompt of the task (all).",
        {"own", "all"});
}

class ManualStrategy : public Strategy {
 public:
  ManualStrategy(const ManualOptions& options, SearchContext context)
      : context_(std::move(context)) {
    std::vector<Written> templates;
    if (options.task_prompts) templates = task_prompts(context_);
    if (!options.file.empty()) {
      for (auto& read : read_prompts(options.file, context_)) templates.push_back(std::move(read));
    }
    for (auto& written : templates) {
      if (options.label_words == "all")
        for (const auto& prompt : context_.task.manual) {
          Written crossed = written;
          crossed.candidate.verbalizer = prompt.candidate.verbalizer;
          add(std::move(crossed));
        }
      else
        add(std::move(written));
    }
  }

  Ask ask(const Room& room) override {
    Ask ask;
    std::int64_t left = room.cost;
    for (std::size_t i = next_; i < prompts_.size(); ++i) {
      Proposal proposal{prompts_[i].candidate, Pool::dev, {}, {{}, prompts_[i].source}};
      const std::int64_t cost = proposal_cost(proposal, context_);
      if (cost > left) break;
      left -= cost;
      ask.proposals.push_back(std::move(proposal));
    }
    return ask;
  }

  void tell(std::span<const Trial> trials) override { next_ += trials.size(); }

  State save() const override { return {{{"next", next_}}, {}}; }
  void restore(const State& state) override { next_ = state.values.at("next").get<std::size_t>(); }

 private:
  void add(Written written) {
    const auto same = std::find_if(prompts_.begin(), prompts_.end(), [&](const Written& other) {
      return other.candidate == written.candidate;
    });
    if (same == prompts_.end()) prompts_.push_back(std::move(written));
  }

  SearchContext context_;
  std::vector<Written> prompts_;
  std::size_t next_ = 0;
};

const Registration<ManualStrategy, ManualOptions> kManual{
    "manual", "Scores the prompts that people wrote for the task."};

}  // namespace
}  // namespace prospect
