#include "experiments/budget.h"

#include <vector>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

constexpr std::int64_t kMostEvaluations = 1'000'000'000'000;
constexpr double kMostSeconds = 1e9;

constexpr NamedBudget kBudgets[] = {
    {"light", 4'000, "A first look: a few hundred templates on a few-shot dev set."},
    {"medium", 40'000, "An ordinary search."},
    {"heavy", 400'000, "What a paper's comparison spends."},
};

}  // namespace

std::span<const NamedBudget> named_budgets() {
  return kBudgets;
}

Budget budget_from_json(const JsonReader& reader) {
  Budget budget;
  if (reader.value().is_string()) {
    std::vector<std::string> known;
    for (const auto& row : kBudgets) {
      known.emplace_back(row.name);
      if (row.name != reader.string()) continue;
      budget.name = row.name;
      budget.evaluations = row.evaluations;
      return budget;
    }
    fail(ErrorKind::input, reader.where(), "unknown budget '", reader.string(), "'",
         suggestion(reader.string(), known));
  }
  if (!reader.value().is_object())
    reader.fail_expected(R"("light", "medium", "heavy" or {"evaluations": N, "seconds": S})");
  reader.allow_only({"evaluations", "seconds"});
  budget.evaluations = reader.at("evaluations").integer(1, kMostEvaluations);
  if (reader.has("seconds") && !reader.at("seconds").value().is_null()) {
    const JsonReader seconds = reader.at("seconds");
    budget.seconds = seconds.number();
    if (!(*budget.seconds > 0) || *budget.seconds > kMostSeconds)
      seconds.fail_expected("a number of seconds above 0");
  }
  return budget;
}

Json to_json(const Budget& budget) {
  Json json = {{"evaluations", budget.evaluations}, {"seconds", nullptr}};
  if (budget.seconds) json["seconds"] = *budget.seconds;
  return json;
}

std::int64_t next_share(std::int64_t amount, std::size_t num_left) {
  return amount / static_cast<std::int64_t>(num_left);
}

std::string_view name_of(Allocation allocation) {
  return allocation == Allocation::shares ? "shares" : "bandit";
}

Allocation allocation_from_json(const JsonReader& reader) {
  return reader.choice({"shares", "bandit"}) == "shares" ? Allocation::shares : Allocation::bandit;
}

bool Meter::charge(std::int64_t cost) {
  if (cost > left()) return false;
  spent_ += cost;
  return true;
}

}  // namespace prospect
