#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/template.h"

namespace prospect {

/// The swaps of one token that were made of some prompts, so that the next step makes others.
///
/// A few-shot support set is one batch: then a prompt's gradient is the same at every step, and a
/// search that remembers nothing scores the same swaps until it moves.
class TriedSwaps {
 public:
  /// @param prompt  of a template's trigger tokens; what differs in more than one is not kept.
  void add(const Template& prompt, const std::vector<TokenId>& swap);
  /// The tokens that were tried at a slot of a prompt.
  const std::set<TokenId>& at(const Template& prompt, std::size_t slot) const;
  /// Forgets all prompts but these.
  void keep(const std::vector<std::string>& prompts);

  Json to_json() const { return tried_; }
  void read(const Json& json) { tried_ = json.get<Tried>(); }

 private:
  /// Text of the prompt -> slot -> tokens.
  using Tried = std::map<std::string, std::vector<std::set<TokenId>>>;
  Tried tried_;
};

}  // namespace prospect
