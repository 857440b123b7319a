#include "experiments/budget.h"

#include <algorithm>
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
  reader.allow_only({"evaluations", "seconds", "tokens", "trials", "patience", "target"});
  const auto is_set = [&](const char* key) {
    return reader.has(key) && !reader.at(key).value().is_null();
  };
  const auto count = [&](const char* key) -> std::optional<std::int64_t> {
    if (!is_set(key)) return std::nullopt;
    return reader.at(key).integer(1, kMostEvaluations);
  };
  budget.evaluations = reader.at("evaluations").integer(1, kMostEvaluations);
  budget.tokens = count("tokens");
  budget.trials = count("trials");
  budget.patience = count("patience");
  if (is_set("target")) budget.target = reader.at("target").number();
  if (is_set("seconds")) {
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
  if (budget.tokens) json["tokens"] = *budget.tokens;
  if (budget.trials) json["trials"] = *budget.trials;
  if (budget.patience) json["patience"] = *budget.patience;
  if (budget.target) json["target"] = *budget.target;
  return json;
}

Rooms rooms_of(const Budget& budget) {
  return {budget.evaluations, budget.seconds, budget.tokens, budget.trials};
}

Rooms operator+(Rooms rooms, const Rooms& more) {
  rooms.evaluations += more.evaluations;
  if (rooms.seconds) *rooms.seconds += more.seconds.value_or(0);
  if (rooms.tokens) *rooms.tokens += more.tokens.value_or(0);
  if (rooms.trials) *rooms.trials += more.trials.value_or(0);
  return rooms;
}

Rooms operator-(Rooms rooms, const Rooms& spent) {
  rooms.evaluations -= spent.evaluations;
  if (rooms.seconds) *rooms.seconds -= spent.seconds.value_or(0);
  if (rooms.tokens) *rooms.tokens -= spent.tokens.value_or(0);
  if (rooms.trials) *rooms.trials -= spent.trials.value_or(0);
  return rooms;
}

std::int64_t next_share(std::int64_t amount, std::size_t num_left) {
  return amount / static_cast<std::int64_t>(num_left);
}

Rooms next_share(const Rooms& rooms, std::size_t num_left) {
  Rooms share{.evaluations = next_share(rooms.evaluations, num_left)};
  if (rooms.seconds)  // an ask may have taken longer than its strategy's part
    share.seconds = std::max(0.0, *rooms.seconds) / static_cast<double>(num_left);
  if (rooms.tokens) share.tokens = next_share(*rooms.tokens, num_left);
  if (rooms.trials) share.trials = next_share(*rooms.trials, num_left);
  return share;
}

std::string_view name_of(Allocation allocation) {
  return allocation == Allocation::shares ? "shares" : "bandit";
}

Allocation allocation_from_json(const JsonReader& reader) {
  return reader.choice({"shares", "bandit"}) == "shares" ? Allocation::shares : Allocation::bandit;
}

void Meter::limit_tokens(const Vocabulary& vocabulary, std::int64_t room, std::int64_t spent) {
  vocabulary_ = &vocabulary;
  token_room_ = room;
  tokens_ = spent;
}

std::int64_t Meter::tokens_of(const Template& tmpl, std::span<const Example> examples) const {
  std::int64_t tokens = 0;
  if (vocabulary_ == nullptr) return tokens;
  for (const auto& example : examples)
    tokens += static_cast<std::int64_t>(vocabulary_->fill(tmpl, example).ids.size());
  return tokens;
}

std::int64_t Meter::tokens_of(const std::string& text) const {
  if (vocabulary_ == nullptr) return 0;
  return static_cast<std::int64_t>(vocabulary_->encode(text, true).size());
}

bool Meter::charge(std::int64_t cost, std::int64_t tokens) {
  if (cost > left()) return false;
  if (vocabulary_ != nullptr && tokens > token_room_ - tokens_) {
    out_of_tokens_ = true;
    return false;
  }
  spent_ += cost;
  tokens_ += tokens;
  return true;
}

}  // namespace prospect
