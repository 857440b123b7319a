#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/json.h"
#include "core/task.h"
#include "core/vocabulary.h"

namespace prospect {

/// What a study may spend on all its searches together. Controls and the test set come on top.
struct Budget {
  std::string name;               ///< light, medium or heavy; empty where numbers were given.
  std::int64_t evaluations = 0;   ///< Counted work: a scored (candidate, example) is its forwards,
                                  ///< a gradient row 3.
  std::optional<double> seconds;  ///< Stops a strategy between two asks, never within one.
  /// In the prompts of the counted work, a gradient row thrice.
  std::optional<std::int64_t> tokens;
  std::optional<std::int64_t> trials;  ///< Proposals that the study dealt with.

  // These are not shared: they hold for each strategy of each search.
  std::optional<std::int64_t> patience;  ///< It ends after so much counted work without a better
                                         ///< entry.
  std::optional<double> target;          ///< It ends when an entry's dev metric is at least this.
};

/// A budget that has a name.
struct NamedBudget {
  std::string_view name;
  std::int64_t evaluations;
  std::string_view help;
};
std::span<const NamedBudget> named_budgets();

/// Reads a name, or `{"evaluations", "seconds", "tokens", "trials", "patience", "target"}`, all but
/// the first optional: whichever is met first ends a search.
/// @throws Error (input) at the place of the fault.
Budget budget_from_json(const JsonReader& reader);
/// What `budget_from_json` reads, without the limits that are not set: a name means its numbers.
Json to_json(const Budget& budget);

/// An amount of each thing that is shared; of what has no limit there is none.
struct Rooms {
  std::int64_t evaluations = 0;
  std::optional<double> seconds;
  std::optional<std::int64_t> tokens, trials;
};
Rooms rooms_of(const Budget& budget);

/// What has no limit in `rooms` has none in the result.
Rooms operator+(Rooms rooms, const Rooms& more);
Rooms operator-(Rooms rooms, const Rooms& spent);

/// The part that the next of `num_left` equal partners gets: what it leaves over is shared by those
/// that follow, and the last one gets all that is left.
std::int64_t next_share(std::int64_t amount, std::size_t num_left);
Rooms next_share(const Rooms& rooms, std::size_t num_left);

/// How the budget of a search is divided among its strategies.
enum class Allocation {
  shares,  ///< Equal parts, one strategy after the other; what one leaves flows to the next.
  bandit,  ///< Slice by slice, to the strategy that still improves on what all have found.
};
std::string_view name_of(Allocation allocation);
/// @throws Error (input) for another word.
Allocation allocation_from_json(const JsonReader& reader);

/// Counts the work of one strategy against its room, and its tokens where they are limited.
class Meter {
 public:
  Meter(std::int64_t room, std::int64_t spent) : room_(room), spent_(spent) {}

  /// From now on tokens count too. @param spent  by the strategy so far.
  void limit_tokens(const Vocabulary& vocabulary, std::int64_t room, std::int64_t spent);
  /// Tokens of the filled prompts, and of a text; 0 where tokens are not limited: counting them
  /// takes time that is only spent then.
  std::int64_t tokens_of(const Template& tmpl, std::span<const Example> examples) const;
  std::int64_t tokens_of(const std::string& text) const;

  std::int64_t room() const { return room_; }
  std::int64_t spent() const { return spent_; }
  std::int64_t left() const { return room_ - spent_; }
  std::int64_t tokens() const { return tokens_; }

  /// Takes `cost` off the room, and `tokens` off theirs; false, and nothing is taken, where one of
  /// them does not fit.
  bool charge(std::int64_t cost, std::int64_t tokens = 0);
  /// Why something did not fit: `tokens` where a charge was refused for them alone, else `budget`.
  std::string_view refusal() const { return out_of_tokens_ ? "tokens" : "budget"; }

 private:
  std::int64_t room_, spent_;
  const Vocabulary* vocabulary_ = nullptr;  // null: tokens are not limited
  std::int64_t token_room_ = 0;
  std::int64_t tokens_ = 0;
  bool out_of_tokens_ = false;
};

}  // namespace prospect
