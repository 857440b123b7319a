#include "scoring/scoring_plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/error.h"
#include "scoring/oracles/slot_prompts.h"
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
    plan.has_tail = prospect::has_tail(candidate.tmpl);
    plan.num_forwards = prospect::num_forwards(answers_[plan.answers], request.spec, lm.kind(),
                                               plan.has_tail, vocabulary);
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
      const FillKey key{plan.shape, row.example, fill_length(row, pieces.ids.size())};
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
    const std::size_t num_slots = lm_.kind() == ModelKind::masked_lm ? key.length : 1;
    std::string fault;
    if (filled.answer_slots.size() != num_slots)
      fault = "expected " + std::to_string(num_slots) + " answer slots in the prompt, found " +
              std::to_string(filled.answer_slots.size());
    else if (fault = slot_fault(filled, lm_); fault.empty())
      fault = lm_.fault_of(filled.ids, filled.type_ids);
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

// A masked LM's prompts differ by the number of masks; others have one prompt for all answers, cut
// so that the longest fits.
std::size_t ScoringPlan::fill_length(const Row& row, std::size_t length) const {
  if (lm_.kind() == ModelKind::masked_lm) return length;
  for (const auto& pieces : answers(row)) length = std::max(length, pieces.ids.size());
  return length;
}

const Filled& ScoringPlan::filled(const Row& row, std::size_t length) const {
  return fills_[fill_index_.at(
      {candidates_[row.candidate].shape, row.example, fill_length(row, length)})];
}

Prompt ScoringPlan::prompt(const Row& row, std::size_t length) const {
  const Filled& fill = filled(row, length);
  Prompt prompt{fill.ids, fill.type_ids, {}};
  const auto& triggers = candidates_[row.candidate].triggers;
  for (std::size_t i = 0; i < triggers.size(); ++i)
    if (triggers[i] != kUnsetToken) prompt.ids[fill.trigger_slots[i]] = triggers[i];
  return prompt;
}

// The text behind a causal LM's answer, without the special tokens that close the row.
std::vector<TokenId> ScoringPlan::tail(std::span<const TokenId> ids, std::size_t slot) const {
  if (request_.spec.tail == Tail::drop) return {};
  const auto behind = ids.subspan(slot);
  std::vector<TokenId> tail(behind.begin(), behind.end());
  while (!tail.empty() && vocabulary_.traits(tail.back()).special) tail.pop_back();
  return tail;
}

AnswerChain ScoringPlan::chain(const Row& row, std::span<const TokenId> answer,
                               PromptSet& prompts) const {
  const Filled& fill = filled(row, answer.size());
  const Prompt base = prompt(row, answer.size());
  AnswerChain chain;
  if (lm_.kind() == ModelKind::masked_lm) {
    for (const auto& form : masked_forms(answer, request_.spec.rule, vocabulary_)) {
      Prompt written = base;
      for (std::size_t i = 0; i < answer.size(); ++i)
        if (form.ids[i] != kMasked) written.ids[fill.answer_slots[i]] = form.ids[i];
      const std::uint32_t index = prompts.add(std::move(written));
      for (const std::size_t i : form.reads)
        chain.open.push_back({index, fill.answer_slots[i], answer[i]});
    }
    return chain;
  }
  // What is predicted, and from where: an output tells of the token behind it. The last token is
  // nobody's past and is left out.
  std::vector<TokenId> predicted(answer.begin(), answer.end());
  Prompt written = base;
  std::uint32_t first = 0;
  if (lm_.kind() == ModelKind::causal_lm) {
    const auto behind = tail(base.ids, fill.answer_slots.front());
    predicted.insert(predicted.end(), behind.begin(), behind.end());
    first = fill.answer_slots.front() - 1;
    written.ids.resize(first + 1);
    written.ids.insert(written.ids.end(), predicted.begin(), predicted.end() - 1);
    written.type_ids.assign(written.ids.size(), 0);
  } else {
    written.target_ids = target_start(lm_, vocabulary_);
    first = static_cast<std::uint32_t>(written.target_ids.size() - 1);
    written.target_ids.insert(written.target_ids.end(), predicted.begin(), predicted.end() - 1);
  }
  const std::uint32_t index = prompts.add(std::move(written));
  for (std::size_t i = 0; i < predicted.size(); ++i)
    chain.open.push_back({index, first + static_cast<std::uint32_t>(i), predicted[i]});
  return chain;
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
