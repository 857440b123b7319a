#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/options.h"
#include "core/rng.h"
#include "search/strategy.h"

namespace prospect {

/// Which trigger prompts a search over tokens may visit: where the slots stand, and what may stand
/// in them.
struct TriggerSpaceOptions {
  std::int64_t triggers = 3;
  std::string position = "after";
  std::string tmpl;
  std::string initial = "mask";
  bool exclude_untypable = true;
  bool exclude_non_ascii = false;
  bool exclude_label_words = true;
  bool exclude_capitalised = false;
  bool exclude_pieces = false;
  std::string retokenise = "strict";
};

void describe(OptionVisitor& visit, TriggerSpaceOptions& options);

/// Whether a trigger slot holds no token yet.
bool has_unset_triggers(const Template& tmpl);

/// The space of one task: the starting prompts, the allowed tokens, and the text filter.
class TriggerSpace {
 public:
  /// @throws Error (input) when the template holds no trigger, or the initial words are not as many
  /// tokens as there are slots.
  TriggerSpace(const TriggerSpaceOptions& options, const SearchContext& context);

  /// The prompts to start from, at least one: the layout with its initial triggers, or, where the
  /// search is seeded, the seeds with every literal token turned into a trigger; of soft prompts
  /// the frames with the allowed tokens that are nearest to their vectors.
  const std::vector<Candidate>& starts() const { return starts_; }

  /// The tokens that may stand at a trigger slot. [V]
  const TokenMask& allowed() const { return allowed_; }
  /// How many tokens are allowed.
  std::size_t num_allowed() const { return allowed_ids_.size(); }
  /// The allowed tokens in order of their ids.
  const TokenIds& allowed_ids() const { return allowed_ids_; }
  /// How many tokens each rule took out, for the record.
  const std::string& filter_note() const { return filter_note_; }

  /// Whether the candidate's text gives the same prompt again, as `retokenise` asks.
  bool acceptable(const Candidate& candidate) const;

  /// The candidate with random allowed tokens at all its trigger slots.
  Candidate randomise(const Candidate& candidate, Rng& rng) const;

 private:
  void find_allowed(const TriggerSpaceOptions& options, const SearchContext& context);

  const Vocabulary& vocabulary_;
  std::string retokenise_;
  std::vector<Example> seam_examples_;
  std::vector<Candidate> starts_;
  TokenMask allowed_;
  TokenIds allowed_ids_;
  std::string filter_note_;
};

/// A found or written prompt as one to start from: its literal tokens become triggers. Without
/// literal tokens there are no triggers.
Candidate as_triggers(const Candidate& seed, const Vocabulary& vocabulary);

/// The label words that a search starts from: the best seed's, else those of the task's first
/// manual prompt, else the label names themselves.
Verbalizer default_verbalizer(const SearchContext& context);

}  // namespace prospect
