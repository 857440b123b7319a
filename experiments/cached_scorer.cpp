#include "experiments/cached_scorer.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/error.h"

namespace prospect {
namespace {

// Beyond this many, filled prompts are forgotten: filling one again costs time, never a result.
constexpr std::size_t kMostFills = 200'000;

ContentKey key_of_fields(const Example& example) {
  ContentHash hash;
  for (const auto& [name, text] : example.fields) hash.add(name).add(text);
  return hash.key();
}

ContentHash& add(ContentHash& hash, const ContentKey& key) {
  return hash.add(static_cast<std::int64_t>(key[0])).add(static_cast<std::int64_t>(key[1]));
}

ContentHash& add(ContentHash& hash, const ScoringSpec& spec) {
  return hash.add(name_of(spec.rule))
      .add(name_of(spec.norm))
      .add(name_of(spec.space))
      .add(name_of(spec.precision))
      .add(name_of(spec.tail));
}

}  // namespace

CachedScorer::CachedScorer(Scorer& scorer, const Vocabulary& vocabulary, const std::string& model,
                           OutcomeCache* cache)
    : scorer_(scorer),
      vocabulary_(vocabulary),
      model_(ContentHash().add(model).add(vocabulary.fingerprint()).key()),
      cache_(cache) {}

std::vector<RowOutcome> CachedScorer::score(const ScoreRequest& request) {
  std::vector<std::int64_t> tokens(request.rows.size());
  const auto keys = keys_of(request, tokens);

  // The first row of each content stands for all of them.
  std::unordered_map<ContentKey, std::size_t, KeyHash> first;
  std::vector<std::size_t> own, same_as(request.rows.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    same_as[i] = keys[i] ? first.emplace(*keys[i], i).first->second : i;
    if (same_as[i] == i) own.push_back(i);
  }
  std::vector<RowOutcome> outcomes(request.rows.size());
  const std::vector<std::size_t> missing = look_up(own, keys, outcomes);
  score_missing(request, missing, keys, outcomes);
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (same_as[i] != i) outcomes[i] = outcomes[same_as[i]];

  for (const std::size_t i : missing)
    if (!outcomes[i].failure) work_.tokens += tokens[i];
  work_.requested += static_cast<std::int64_t>(request.rows.size());
  work_.known += static_cast<std::int64_t>(own.size() - missing.size());
  work_.equal += static_cast<std::int64_t>(request.rows.size() - own.size());
  work_.computed += static_cast<std::int64_t>(missing.size());
  return outcomes;
}

CachedScorer::Keys CachedScorer::keys_of(const ScoreRequest& request,
                                         std::span<std::int64_t> tokens) {
  std::vector<std::optional<Shape>> shapes(request.candidates.size());
  std::vector<std::optional<ContentKey>> examples(request.examples.size());
  Keys keys(request.rows.size());
  for (std::size_t i = 0; i < request.rows.size(); ++i) {
    const Row& row = request.rows[i];
    if (row.candidate >= shapes.size() || row.example >= examples.size())
      continue;  // the other scorer refuses it
    auto& shape = shapes[row.candidate];
    if (!shape) shape = shape_of(request.candidates[row.candidate], request);
    auto& example = examples[row.example];
    if (!example) example = key_of_fields(request.examples[row.example]);
    keys[i] = key_of(*shape, request.examples[row.example], *example, request.spec, tokens[i]);
  }
  return keys;
}

// Reads what is known of these rows; the others are returned.
std::vector<std::size_t> CachedScorer::look_up(std::span<const std::size_t> rows, const Keys& keys,
                                               std::vector<RowOutcome>& outcomes) {
  if (cache_ == nullptr) return {rows.begin(), rows.end()};
  std::vector<ContentKey> wanted;
  for (const std::size_t i : rows)
    if (keys[i]) wanted.push_back(*keys[i]);
  auto found = cache_->find(wanted);

  std::vector<std::size_t> missing;
  std::size_t next = 0;
  for (const std::size_t i : rows) {
    std::optional<RowOutcome> known;
    if (keys[i]) known = std::move(found[next++]);
    if (known)
      outcomes[i] = std::move(*known);
    else
      missing.push_back(i);
  }
  return missing;
}

void CachedScorer::score_missing(const ScoreRequest& request, std::span<const std::size_t> missing,
                                 const Keys& keys, std::vector<RowOutcome>& outcomes) {
  if (missing.empty()) return;
  std::vector<Row> rows;
  for (const std::size_t i : missing) rows.push_back(request.rows[i]);
  auto scored =
      scorer_.score({request.candidates, request.examples, request.answers, rows, request.spec});
  if (scored.size() != rows.size())
    fail(ErrorKind::internal, "Scorer::score", "expected ", rows.size(), " outcomes, found ",
         scored.size());
  std::vector<ContentKey> new_keys;
  std::vector<RowOutcome> new_outcomes;
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (cache_ != nullptr && keys[missing[i]] && !scored[i].failure) {
      new_keys.push_back(*keys[missing[i]]);
      new_outcomes.push_back(scored[i]);
    }
    outcomes[missing[i]] = std::move(scored[i]);
  }
  if (!new_keys.empty()) cache_->put(new_keys, new_outcomes);
}

CachedScorer::Shape CachedScorer::shape_of(const Candidate& candidate,
                                           const ScoreRequest& request) const {
  Shape shape;
  shape.triggers = candidate.tmpl.triggers();
  shape.tmpl =
      candidate.tmpl.with_triggers(std::vector<TokenId>(shape.triggers.size(), kUnsetToken));
  shape.key = ContentHash().add(shape.tmpl.text()).key();
  const std::vector<Answer> own = flatten(candidate.verbalizer);
  const auto answers = request.answers.empty() ? std::span<const Answer>(own) : request.answers;
  const bool by_text =
      request.spec.norm == LengthNorm::characters || request.spec.norm == LengthNorm::bytes;
  std::set<std::size_t> lengths;
  ContentHash hash;
  hash.add(static_cast<std::int64_t>(answers.size())).add(has_tail(shape.tmpl) ? 1 : 0);
  shape.scorable = !answers.empty();
  for (const auto& answer : answers) {
    const auto ids = vocabulary_.encode_answer(shape.tmpl, answer);
    shape.scorable = shape.scorable && !ids.empty();
    lengths.insert(ids.size());
    hash.add(std::span(ids));
    if (by_text) hash.add(answer.text);
  }
  shape.lengths.assign(lengths.begin(), lengths.end());
  shape.answers = hash.key();
  return shape;
}

const Filled& CachedScorer::filled(const Shape& shape, const Example& example,
                                   const ContentKey& example_key, std::size_t length) {
  ContentHash hash;
  add(add(hash, shape.key), example_key).add(static_cast<std::int64_t>(length));
  const auto [at, is_new] = fills_.try_emplace(hash.key());
  if (is_new) at->second = vocabulary_.fill(shape.tmpl, example, length);
  return at->second;
}

// Nothing for a row that will fail.
std::optional<ContentKey> CachedScorer::key_of(const Shape& shape, const Example& example,
                                               const ContentKey& example_key,
                                               const ScoringSpec& spec, std::int64_t& tokens) {
  if (!shape.scorable) return std::nullopt;
  if (fills_.size() > kMostFills) fills_.clear();
  ContentHash hash;
  add(add(add(hash, model_), spec), shape.answers);
  for (const std::size_t length : shape.lengths) {
    const Filled& fill = filled(shape, example, example_key, length);
    if (fill.failure || fill.trigger_slots.size() != shape.triggers.size()) return std::nullopt;
    std::vector<TokenId> ids = fill.ids;
    for (std::size_t i = 0; i < shape.triggers.size(); ++i)
      if (shape.triggers[i] != kUnsetToken) ids[fill.trigger_slots[i]] = shape.triggers[i];
    tokens += static_cast<std::int64_t>(ids.size());
    hash.add(std::span(ids)).add(std::span(fill.type_ids)).add(std::span(fill.answer_slots));
    hash.add(fill.truncated_tokens);
  }
  if (spec.space == AnswerSpace::vocabulary) {  // the gold answer's rank
    hash.add(example.gold);
    std::vector<TokenId> ids;
    if (!example.gold.empty()) ids = vocabulary_.encode_answer(shape.tmpl, {example.gold, {}});
    hash.add(std::span<const TokenId>(ids));
  }
  return hash.key();
}

}  // namespace prospect
