#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/json.h"

namespace prospect {

/// What a study may spend on all its searches together. Controls and the test set come on top.
struct Budget {
  std::string name;               ///< light, medium or heavy; empty where numbers were given.
  std::int64_t evaluations = 0;   ///< Counted work: a scored (candidate, example) is its forwards,
                                  ///< a gradient row 3.
  std::optional<double> seconds;  ///< Stops a strategy between two asks, never within one.
};

/// A budget that has a name.
struct NamedBudget {
  std::string_view name;
  std::int64_t evaluations;
  std::string_view help;
};
std::span<const NamedBudget> named_budgets();

/// Reads a name, or `{"evaluations", "seconds"}`.
/// @throws Error (input) at the place of the fault.
Budget budget_from_json(const JsonReader& reader);
/// `{"evaluations", "seconds"}`: a name means its numbers.
Json to_json(const Budget& budget);

/// The part that the next of `num_left` equal partners gets of `amount`: what it leaves over is
/// shared by those that follow, and the last one gets all that is left.
std::int64_t next_share(std::int64_t amount, std::size_t num_left);

/// How the budget of a search is divided among its strategies.
enum class Allocation {
  shares,  ///< Equal parts, one strategy after the other; what one leaves flows to the next.
  bandit,  ///< Slice by slice, to the strategy that still improves on what all have found.
};
std::string_view name_of(Allocation allocation);
/// @throws Error (input) for another word.
Allocation allocation_from_json(const JsonReader& reader);

/// Counts the work of one strategy against its room.
class Meter {
 public:
  Meter(std::int64_t room, std::int64_t spent) : room_(room), spent_(spent) {}

  std::int64_t room() const { return room_; }
  std::int64_t spent() const { return spent_; }
  std::int64_t left() const { return room_ - spent_; }

  /// Takes `cost` off the room; false, and nothing is taken, where it does not fit.
  bool charge(std::int64_t cost);

 private:
  std::int64_t room_, spent_;
};

}  // namespace prospect
