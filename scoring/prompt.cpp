#include "scoring/prompt.h"

#include <utility>

namespace prospect {

PromptSet::PromptSet() : indices_(64, Hash{&prompts_}, Equal{&prompts_}) {}

std::uint32_t PromptSet::add(Prompt prompt) {
  const auto index = static_cast<std::uint32_t>(prompts_.size());
  prompts_.push_back(std::move(prompt));
  const auto [at, added] = indices_.insert(index);
  if (!added) prompts_.pop_back();
  return *at;
}

std::size_t PromptSet::Hash::operator()(std::uint32_t index) const {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const Prompt& prompt = (*prompts)[index];
  for (const auto* ids : {&prompt.ids, &prompt.target_ids})
    for (const TokenId id : *ids) hash = (hash ^ static_cast<std::uint32_t>(id)) * 0x100000001b3U;
  return static_cast<std::size_t>(hash ^ (hash >> 32));
}

}  // namespace prospect
