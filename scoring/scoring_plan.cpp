#include "scoring/scoring_plan.h"

#include <set>
#include <utility>

#include "core/error.h"
#include "scoring/pretrained_lm.h"
#include "scoring/prompt.h"
#include "scoring/work_pool.h"

namespace prospect {
namespace {

Template without_triggers(const Template& tmpl) {
  const auto triggers = tmpl.triggers();
  return triggers.empty() ? tmpl
                          : tmpl.with_triggers(std::vector<TokenId>(triggers.size(), kUnsetToken));
}

// What identifies a list of answers; the separator cannot stand in valid UTF-8.
std::string key_of(const std::vector<Answer>& answers) {
  std::string key;
  for (const auto& answer : answers) {
    key += answer.text + '\xff';
    for (const TokenId id : answer.ids) key += std::to_string(id) + ',';
    key += '\xff';
  }
  return key;
}

}  // namespace

ScoringPlan::ScoringPlan(const ScoreRequest& request, const PretrainedLM& lm,
                         const Vocabulary& vocabulary, const WorkPool& pool)
    : request_(request),
      lm_(lm),
      vocabulary_(vocabulary),
      pool_(pool),
      candidates_(request.candidates.size()) {
  std::set<std::uint32_t> used;
  for (const Row& row : request.rows) {
    if (row.candidate >= request.candidates.size() || row.example >= request.examples.size())
      fail(ErrorKind::internal, "Scorer::score", "row (", row.candidate, ", ", row.example,
           ") is outside of ", request.candidates.size(), " candidates and ",
           request.examples.size(), " examples");
    used.insert(row.candidate);
  }
  std::map<std::string, std::uint32_t> shape_index, answer_index;
  for (const std::uint32_t index : used) {
    const Candidate& candidate = request.candidates[index];
    CandidatePlan& plan = candidates_[index];
    plan.triggers = candidate.tmpl.triggers();
    Template shape = without_triggers(candidate.tmpl);
    const std::string text = shape.text();
    const auto [at, added] = shape_index.emplace(text, shapes_.size());
    if (added) shapes_.push_back({std::move(shape), {}});
    plan.shape = at->second;

    const auto answers = request.answers.empty()
                             ? flatten(candidate.verbalizer)
                             : std::vector<Answer>(request.answers.begin(), request.answers.end());
    const auto [list, is_new] =
        answer_index.emplace(std::to_string(plan.shape) + ' ' + key_of(answers), answers_.size());
    if (is_new) {
      auto& encoded = answers_.emplace_back();
      for (const auto& answer : answers)
        encoded.push_back(
            encode_pieces(vocabulary, shapes_[plan.shape].tmpl, answer, request.spec));
    }
    plan.answers = list->second;
  }
  fill_all();
}

void ScoringPlan::fill_all() {
  std::vector<FillKey> keys;
  for (const Row& row : request_.rows) {
    const CandidatePlan& plan = candidates_[row.candidate];
    if (request_.spec.space == AnswerSpace::vocabulary) plan_gold(row);
    for (const auto& pieces : answers(row)) {
      if (pieces.failure) break;
      const FillKey key{plan.shape, row.example, pieces.ids.size()};
      if (fill_index_.emplace(key, keys.size()).second) keys.push_back(key);
    }
  }
  fills_.resize(keys.size());
  pool_.run(keys.size(), [&](std::size_t i) {
    const FillKey& key = keys[i];
    fills_[i] =
        vocabulary_.fill(shapes_[key.shape].tmpl, request_.examples[key.example], key.length);
    Filled& filled = fills_[i];
    if (filled.failure) return;
    if (filled.answer_slots.size() != key.length) {
      filled.failure =
          Failure{"expected " + std::to_string(key.length) + " answer slots in the prompt, found " +
                  std::to_string(filled.answer_slots.size())};
      return;
    }
    const std::string fault = lm_.fault_of(filled.ids, filled.type_ids);
    if (!fault.empty()) filled.failure = Failure{fault};
  });
}

void ScoringPlan::plan_gold(const Row& row) {
  Shape& shape = shapes_[candidates_[row.candidate].shape];
  const std::string& gold = request_.examples[row.example].gold;
  if (gold.empty() || shape.golds.count(gold) != 0) return;
  const auto pieces = encode_pieces(vocabulary_, shape.tmpl, {gold, {}}, request_.spec);
  shape.golds[gold] = !pieces.failure && pieces.ids.size() == 1 ? pieces.ids.front() : kUnsetToken;
}

std::optional<TokenId> ScoringPlan::gold(const Row& row) const {
  const Shape& shape = shapes_[candidates_[row.candidate].shape];
  const auto at = shape.golds.find(request_.examples[row.example].gold);
  if (at == shape.golds.end() || at->second == kUnsetToken) return std::nullopt;
  return at->second;
}

const Filled& ScoringPlan::filled(const Row& row, std::size_t length) const {
  return fills_[fill_index_.at({candidates_[row.candidate].shape, row.example, length})];
}

Prompt ScoringPlan::prompt(const Row& row, std::size_t length) const {
  const Filled& fill = filled(row, length);
  Prompt prompt{fill.ids, fill.type_ids};
  const auto& triggers = candidates_[row.candidate].triggers;
  for (std::size_t i = 0; i < triggers.size(); ++i)
    if (triggers[i] != kUnsetToken) prompt.ids[fill.trigger_slots[i]] = triggers[i];
  return prompt;
}

std::optional<Failure> ScoringPlan::failure(const Row& row) const {
  const auto& list = answers(row);
  if (list.empty()) return Failure{"expected at least one answer, found none"};
  for (const auto& pieces : list)
    if (pieces.failure) return pieces.failure;
  for (const auto& pieces : list) {
    const Filled& fill = filled(row, pieces.ids.size());
    if (fill.failure) return fill.failure;
    if (fill.trigger_slots.size() != candidates_[row.candidate].triggers.size())
      return Failure{"expected " + std::to_string(candidates_[row.candidate].triggers.size()) +
                     " trigger slots in the prompt, found " +
                     std::to_string(fill.trigger_slots.size())};
  }
  for (const TokenId id : candidates_[row.candidate].triggers)
    if (id != kUnsetToken && (id < 0 || id >= lm_.description().vocab_size))
      return Failure{"trigger token " + std::to_string(id) + " is not in the vocabulary"};
  return std::nullopt;
}

}  // namespace prospect
