#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_set>
#include <vector>

#include "scoring/model.h"

namespace prospect {

/// Prompts without repetition: rows of equal content are computed once.
class PromptSet {
 public:
  PromptSet();
  PromptSet(const PromptSet&) = delete;
  PromptSet& operator=(const PromptSet&) = delete;

  /// The index of a prompt equal to this one, which is added where there is none.
  std::uint32_t add(Prompt prompt);

  const Prompt& operator[](std::uint32_t index) const { return prompts_[index]; }
  std::span<const Prompt> prompts() const { return prompts_; }
  std::size_t size() const { return prompts_.size(); }

 private:
  // The set holds indices and compares what they stand for, so that no prompt is kept twice.
  struct Hash {
    const std::vector<Prompt>* prompts;
    std::size_t operator()(std::uint32_t index) const;
  };
  struct Equal {
    const std::vector<Prompt>* prompts;
    bool operator()(std::uint32_t a, std::uint32_t b) const {
      return (*prompts)[a] == (*prompts)[b];
    }
  };

  std::vector<Prompt> prompts_;
  std::unordered_set<std::uint32_t, Hash, Equal> indices_;
};

}  // namespace prospect
