#pragma once

#include <string>
#include <string_view>

#include "experiments/leaderboard.h"

// Words that the leaderboard's Markdown and HTML share.

namespace prospect {

/// Text inside a table cell of Markdown: no line breaks, no cell ends.
std::string table_cell(std::string_view text);
/// A template verbatim in a table cell of Markdown, whatever back ticks it holds.
std::string code_cell(const std::string& text);
/// `neg: terrible; pos: great, good`, shortened where there are many labels.
std::string label_words(const Verbalizer& verbalizer);
/// Those of an entry's candidates, each once.
std::string label_words(const Entry& entry);
/// The name of the dev value: the metric's, or of what takes its place without labels.
inline const std::string& dev_metric_of(const LeaderboardRow& row) {
  return row.dev_metric.empty() ? row.metric : row.dev_metric;
}
/// What the row is ranked by: the metric it is expected to reach; nothing for a control.
std::string expected_in_words(const LeaderboardRow& row);
/// The ranks that a row is tied with, or how many they are.
std::string ties_in_words(const LeaderboardRow& row);
/// `topics on models/pocket-mlm`, with all models of the family.
std::string family_heading(const Leaderboard& board, const LeaderboardRow& row);
/// Why a group stands apart from the one before it: a sentence, or empty for the first group.
std::string apart_in_words(const Leaderboard& board, std::size_t first_row);
/// How the rows of a family were scored, and what their numbers are.
std::string family_terms(const LeaderboardRow& row);
/// `Split 13: 64 dev examples`.
std::string group_heading(const LeaderboardRow& row);
/// Of several searches: `0.812 (0.031)`.
std::string mean_in_words(double mean, double sd);
inline constexpr const char* kSummaryHeading =
    "Over splits and seeds: mean (standard deviation) of each strategy's best row";

}  // namespace prospect
