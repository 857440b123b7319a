#include "experiments/continuous_ceiling.h"

#include <cmath>
#include <limits>

#include "experiments/number_text.h"

namespace prospect {
namespace {

// The terms without what keeps free vectors apart.
std::string terms_of_tokens(const LeaderboardRow& row) {
  Json terms = row.terms;
  terms.erase("prompt");
  return dump_json(terms);
}

// The best prompt of tokens, and the manual control, on the split of a row of free vectors.
struct Beside {
  const LeaderboardRow *tokens = nullptr, *manual = nullptr;
};

Beside beside(const Leaderboard& board, const LeaderboardRow& vectors) {
  Beside found;
  const std::string terms = terms_of_tokens(vectors);
  for (const auto& row : board.rows) {
    if (row.comparable != terms || row.model_fingerprint != vectors.model_fingerprint) continue;
    if (row.rank && found.tokens == nullptr) found.tokens = &row;
    if (row.control == Control::manual && row.dev) found.manual = &row;
  }
  return found;
}

}  // namespace

std::vector<CeilingRow> continuous_ceiling(const Leaderboard& board) {
  std::vector<CeilingRow> rows;
  for (const auto& row : board.rows) {
    if (row.rank != 1 || !row.terms.contains("prompt")) continue;
    const auto [tokens, manual] = beside(board, row);
    if (tokens == nullptr || manual == nullptr) continue;
    const bool tested = row.test && tokens->test && manual->test;
    const auto value = [&](const LeaderboardRow& of) {
      return tested ? of.test->value : of.dev->value;
    };
    rows.push_back({row.family, row.split_seed, tested ? "test" : "dev", value(*manual),
                    value(*tokens), value(row)});
  }
  return rows;
}

double share_of_gain(const std::vector<CeilingRow>& rows) {
  double tokens = 0, vectors = 0;
  for (const auto& row : rows) {
    tokens += row.tokens - row.manual;
    vectors += row.vectors - row.manual;
  }
  return vectors > 0 ? tokens / vectors : std::numeric_limits<double>::quiet_NaN();
}

Json to_json(const std::vector<CeilingRow>& rows) {
  Json json{{"share_of_gain", number_or_null(share_of_gain(rows))}, {"splits", Json::array()}};
  for (const auto& row : rows)
    json["splits"].push_back({{"split_seed", row.split_seed},
                              {"pool", row.pool},
                              {"manual", number_or_null(row.manual)},
                              {"tokens", number_or_null(row.tokens)},
                              {"vectors", number_or_null(row.vectors)}});
  return json;
}

std::string ceiling_statement(const Leaderboard& board, const std::string& family) {
  std::vector<CeilingRow> rows;
  for (auto& row : continuous_ceiling(board))
    if (row.family == family) rows.push_back(std::move(row));
  if (rows.empty()) return "";
  std::string text;
  for (const auto& row : rows)
    text += (text.empty() ? "" : "; ") + std::string("split ") + std::to_string(row.split_seed) +
            " (" + row.pool + "): manual " + fixed(row.manual, 3) + ", best prompt of tokens " +
            fixed(row.tokens, 3) + ", best free vectors " + fixed(row.vectors, 3);
  const double share = share_of_gain(rows);
  return "The continuous ceiling, " + text + ". " +
         (std::isfinite(share)
              ? "The discrete search reached " + fixed(100 * share, 0) +
                    "% of the gain of the free vectors over the manual prompt.\n"
              : std::string("The free vectors gained nothing over the manual prompt.\n"));
}

}  // namespace prospect
