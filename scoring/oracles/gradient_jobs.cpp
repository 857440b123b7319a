#include "scoring/oracles/gradient_jobs.h"

#include <utility>

#include "core/error.h"
#include "scoring/oracles/slot_prompts.h"
#include "scoring/pretrained_lm.h"
#include "scoring/scoring_plan.h"

namespace prospect {
namespace {

std::size_t gold_of(const Example& example, std::size_t num_labels) {
  if (example.label < 0 || static_cast<std::size_t>(example.label) >= num_labels)
    fail(ErrorKind::input, "gradient", "example '", example.id, "' has label ", example.label,
         ", expected one of ", num_labels);
  return static_cast<std::size_t>(example.label);
}

// The reads of an answer whose prompts are in the set.
std::vector<GradientRead> reads_of(const AnswerChain& chain, bool fills_in_turn,
                                   PromptSet& prompts) {
  std::vector<GradientRead> reads;
  if (chain.open.empty()) return reads;
  Prompt written = prompts[chain.open.front().prompt];
  for (const auto& slot : chain.open) {
    const std::uint32_t prompt = fills_in_turn ? prompts.add(written) : slot.prompt;
    reads.push_back({prompt, slot.position, slot.needed});
    if (fills_in_turn) written.ids[slot.position] = slot.needed;
  }
  return reads;
}

GradientJob answer_job(const Candidate& candidate, const Row& row, const ScoringPlan& plan,
                       bool fills_in_turn) {
  GradientJob job{.combination = candidate.verbalizer.combination};
  PromptSet prompts;
  std::size_t next = 0;
  for (const auto& label : candidate.verbalizer.labels) {
    auto& answers = job.labels.emplace_back();
    for (std::size_t a = 0; a < label.answers.size(); ++a) {
      const AnswerPieces& pieces = plan.answers(row)[next++];
      const AnswerChain chain = plan.chain(row, pieces.ids, prompts);
      answers.push_back({reads_of(chain, fills_in_turn, prompts), pieces.divisor});
      // Answers of different lengths have different prompts, and their slots may have moved.
      job.slots.resize(prompts.size(), plan.filled(row, pieces.ids.size()).trigger_slots);
    }
    if (answers.empty())
      fail(ErrorKind::input, "gradient", "label '", label.label, "' has no answer");
  }
  job.prompts.assign(prompts.prompts().begin(), prompts.prompts().end());
  return job;
}

// A masked LM: each set trigger masked in turn. Others: the prompt up to its last trigger.
GradientJob fluency_job(const Filled& filled, std::span<const TokenId> triggers,
                        const PretrainedLM& lm, const Vocabulary& vocabulary) {
  GradientJob job{.kind = LossKind::trigger_fluency};
  GradientAnswer answer;
  const bool masked = lm.kind() == ModelKind::masked_lm;
  const Prompt whole{filled.ids, filled.type_ids, {}};
  if (!masked) {
    job.prompts.push_back(whole);
    job.slots.push_back(filled.trigger_slots);
  }
  for (std::size_t s = 0; s < triggers.size(); ++s) {
    const std::uint32_t position = filled.trigger_slots[s];
    if (triggers[s] == kUnsetToken || (!masked && position == 0)) continue;
    if (masked) {
      job.prompts.push_back(whole);
      job.prompts.back().ids[position] = *vocabulary.mask();
      job.slots.push_back(filled.trigger_slots);
      job.slots.back()[s] = GradientJob::kNowhere;
    }
    answer.reads.push_back({static_cast<std::uint32_t>(job.prompts.size() - 1),
                            masked ? position : position - 1, triggers[s]});
  }
  answer.divisor = static_cast<double>(std::max<std::size_t>(answer.reads.size(), 1));
  job.labels = {{std::move(answer)}};
  return job;
}

}  // namespace

ScoringSpec gradient_spec(ScoringSpec spec) {
  if (spec.rule == AnswerRule::most_confident) spec.rule = AnswerRule::parallel;
  spec.space = AnswerSpace::labels;  // the rank of a gold answer is not asked for
  return spec;
}

std::vector<GradientJob> answer_jobs(const Candidate& candidate, std::span<const Example> examples,
                                     const Loss& loss, const PretrainedLM& lm,
                                     const Vocabulary& vocabulary, const WorkPool& pool) {
  std::vector<Row> rows;
  for (std::uint32_t e = 0; e < examples.size(); ++e) rows.push_back({0, e});
  const ScoreRequest request{.candidates = {&candidate, 1},
                             .examples = examples,
                             .answers = {},
                             .rows = rows,
                             .spec = gradient_spec(loss.spec)};
  const ScoringPlan plan(request, lm, vocabulary, pool);
  const bool fills_in_turn =
      lm.kind() == ModelKind::masked_lm && request.spec.rule == AnswerRule::left_to_right;
  std::vector<GradientJob> jobs;
  for (const Row& row : rows) {
    const Example& example = examples[row.example];
    const std::size_t gold = gold_of(example, candidate.verbalizer.labels.size());
    if (const auto failure = plan.failure(row))
      fail(ErrorKind::input, "gradient", "'", candidate.tmpl.text(),
           "' cannot be read for example '", example.id, "': ", failure->reason);
    GradientJob job = answer_job(candidate, row, plan, fills_in_turn);
    job.gold = gold;
    job.kind = loss.kind;
    job.mellowmax = loss.mellowmax;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

std::vector<GradientJob> fluency_jobs(const Candidate& candidate, std::span<const Example> examples,
                                      const PretrainedLM& lm, const Vocabulary& vocabulary) {
  if (lm.kind() == ModelKind::seq2seq_lm)
    fail(ErrorKind::unsupported, "gradient",
         "expected a masked or causal LM for the fluency of triggers, found an encoder-decoder");
  std::vector<GradientJob> jobs;
  for (const auto& example : examples) {
    const Filled filled = vocabulary.fill(candidate.tmpl, example);
    const std::string reason =
        filled.failure ? filled.failure->reason : lm.fault_of(filled.ids, filled.type_ids);
    if (!reason.empty())
      fail(ErrorKind::input, "gradient", "'", candidate.tmpl.text(),
           "' cannot be filled with example '", example.id, "': ", reason);
    jobs.push_back(fluency_job(filled, candidate.tmpl.triggers(), lm, vocabulary));
  }
  return jobs;
}

}  // namespace prospect
