#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/options.h"
#include "search/strategy.h"

namespace prospect {

struct RankingOptions {
  std::string criterion = "none";
  std::string calibration = "none";
  std::string masking = "token";
  std::int64_t inputs = 32;
  std::int64_t keep = 10;
};

void describe(OptionVisitor& visit, RankingOptions& options);

/// A list of prompts that is scored on dev in its order, or ranked first without reading a label:
/// then only the best `keep` cost labelled examples.
///
/// A ranking by the criteria of `core/label_free_selection.h` asks for all prompts on the same
/// inputs, of the unlabelled pool, or where there is none of the support pool, whose labels are not
/// read; content-free inputs are prompts whose fields hold them as text. `ppl` (perplexity, low
/// first) and `coherency` ask the likelihood oracle; `coherency` alone writes the right answers of
/// support examples into the prompts. Where the room is too small for all inputs, fewer are taken.
/// Source: Yang et al. 2024; Gonen et al. 2022; Davison et al. 2019.
class RankedList {
 public:
  /// @param context  outlives it.
  /// @throws Error (unsupported) where the criterion needs an oracle, or examples, that are not
  /// there.
  RankedList(const RankingOptions& options, const SearchContext& context);

  /// Adds a prompt. @return false where it is there.
  bool add(Candidate candidate, std::string note, std::vector<TrialId> parents = {});
  std::size_t size() const { return items_.size(); }
  Ask ask(const Room& room);
  void tell(std::span<const Trial> trials);
  Json save() const;
  void restore(const Json& json);

 private:
  struct Item {
    Candidate candidate;
    std::string note;
    std::vector<TrialId> parents;
  };

  bool is_ranking() const { return options_.criterion != "none" && order_.empty(); }
  std::size_t num_kept() const;
  std::int64_t dev_cost(const Item& item) const;
  std::int64_t reserve() const;
  void ask_inputs(std::int64_t room, Ask& ask);
  void ask_likelihood(std::int64_t& room);
  void ask_dev(std::int64_t room, Ask& ask);
  void tell_inputs(std::span<const Trial> trials);
  void set_order(std::vector<double> scores);

  RankingOptions options_;
  const SearchContext& context_;
  std::vector<Item> items_;
  std::set<std::string> keys_;
  std::vector<std::size_t> order_;  // of the items, best first; empty until they are ranked
  std::vector<double> scores_;      // of the items, by the criterion
  std::int64_t num_inputs_ = 0;     // that the ranking read
  std::size_t next_ = 0;            // place in the order
  // Of an ask that is not told yet: for each item the places of its proposals, the content-free
  // ones last; two items may share one.
  std::vector<std::vector<std::size_t>> places_;
};

}  // namespace prospect
