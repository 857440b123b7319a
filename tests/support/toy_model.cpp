#include "tests/support/toy_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/rng.h"
#include "core/text.h"

namespace prospect::test {
namespace {

constexpr Eigen::Index kDimensions = 16;
constexpr std::string_view kPunctuation = ".,!?";

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto flush = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (const char c : text) {
    if (c == ' ') {
      flush();
    } else if (kPunctuation.find(c) != std::string_view::npos) {
      flush();
      words.emplace_back(1, c);
    } else {
      word += c;
    }
  }
  flush();
  return words;
}

// A number in [-1, 1) that depends on all of its arguments.
double noise(const std::string& prompt, const std::string& example) {
  return 2 * Rng(1, prompt + "/" + example).uniform() - 1;
}

// The tokens that a prompt owns, in order of standing, up to the answer slot or to the end.
TokenIds own_tokens(const Template& tmpl, const ToyVocabulary& vocabulary, bool to_answer) {
  TokenIds ids;
  for (const auto& piece : tmpl.pieces()) {
    if (to_answer && std::holds_alternative<AnswerSlot>(piece)) break;
    if (const auto* slots = std::get_if<TriggerSlots>(&piece)) {
      ids.insert(ids.end(), slots->ids.begin(), slots->ids.end());
    } else if (const auto* literal = std::get_if<Literal>(&piece)) {
      const TokenIds words = vocabulary.encode(literal->text, false);
      ids.insert(ids.end(), words.begin(), words.end());
    }
  }
  return ids;
}

}  // namespace

ToyVocabulary::ToyVocabulary() : words_{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"} {
  for (const char c : kPunctuation) words_.emplace_back(1, c);
  words_.insert(words_.end(), {"bad", "good"});
  for (int i = 0; words_.size() < 66; ++i)
    words_.push_back(std::string("w") + static_cast<char>('0' + i / 10) +
                     static_cast<char>('0' + i % 10));
}

TokenId ToyVocabulary::id(std::string_view word) const {
  const auto found = std::find(words_.begin(), words_.end(), word);
  return found == words_.end() ? 1 : static_cast<TokenId>(found - words_.begin());
}

std::vector<TokenId> ToyVocabulary::encode(std::string_view text, bool special) const {
  std::vector<TokenId> ids;
  if (special) ids.push_back(2);
  for (const auto& word : split_words(text)) ids.push_back(id(word));
  if (special) ids.push_back(3);
  return ids;
}

std::string ToyVocabulary::decode(std::span<const TokenId> ids) const {
  std::vector<std::string> words;
  for (const TokenId token_id : ids) words.push_back(token(token_id));
  return join(words, " ");
}

TokenTraits ToyVocabulary::traits(TokenId token_id) const {
  return {.special = token_id<5, .word_start = token_id> 8, .typable = token_id >= 5};
}

std::vector<TokenId> ToyVocabulary::encode_answer(const Template&, const Answer& answer) const {
  return answer.ids.empty() ? encode(answer.text, false) : answer.ids;
}

Filled ToyVocabulary::fill(const Template& tmpl, const Example& example,
                           std::size_t num_masks) const {
  Filled filled;
  filled.ids.push_back(2);
  std::string run;
  const auto flush = [&] {
    for (const TokenId token_id : encode(std::exchange(run, {}), false))
      filled.ids.push_back(token_id);
  };
  for (const auto& piece : tmpl.pieces()) {
    if (const auto* literal = std::get_if<Literal>(&piece)) {
      run += literal->text;
    } else if (const auto* field = std::get_if<Field>(&piece)) {
      run += apply_operators(field->operators, example.fields.at(field->name));
    } else if (std::holds_alternative<AnswerSlot>(piece)) {
      flush();
      for (std::size_t i = 0; i < num_masks; ++i) {
        filled.answer_slots.push_back(static_cast<std::uint32_t>(filled.ids.size()));
        filled.ids.push_back(4);
      }
    } else if (const auto* slots = std::get_if<TriggerSlots>(&piece)) {
      flush();
      for (const TokenId slot : slots->ids) {
        filled.trigger_slots.push_back(static_cast<std::uint32_t>(filled.ids.size()));
        filled.ids.push_back(slot == kUnsetToken ? 4 : slot);
      }
    }
  }
  flush();
  filled.ids.push_back(3);
  if (filled.ids.size() > max_length)
    filled.failure = Failure{"prompt of " + std::to_string(filled.ids.size()) +
                             " tokens, at most " + std::to_string(max_length) + " fit"};
  filled.type_ids.assign(filled.ids.size(), 0);
  return filled;
}

Template ToyVocabulary::as_text(const Template& tmpl) const {
  std::vector<Piece> pieces;
  for (const auto& piece : tmpl.pieces()) {
    const auto* slots = std::get_if<TriggerSlots>(&piece);
    if (slots == nullptr ||
        std::find(slots->ids.begin(), slots->ids.end(), kUnsetToken) != slots->ids.end())
      pieces.push_back(piece);
    else
      pieces.emplace_back(Literal{decode(slots->ids)});
  }
  return Template(std::move(pieces));
}

bool ToyVocabulary::survives_text(const Template& tmpl, std::span<const Example> examples) const {
  return std::all_of(examples.begin(), examples.end(), [&](const Example& example) {
    return fill(as_text(tmpl), example, 1).ids == fill(tmpl, example, 1).ids;
  });
}

ToyScorer::ToyScorer(const ToyVocabulary& vocabulary)
    : planted{vocabulary.id("w10"), vocabulary.id("w20"), vocabulary.id("w30")},
      vocabulary_(vocabulary) {}

std::int64_t ToyScorer::cost(const Candidate&, const ScoringSpec&) const {
  return 1;
}

std::vector<RowOutcome> ToyScorer::score(const ScoreRequest& request) {
  if (++num_calls == throw_at_call) fail(ErrorKind::internal, "ToyScorer", "injected");
  std::vector<RowOutcome> outcomes;
  for (const Row& row : request.rows) {
    ++num_rows;
    const Candidate& candidate = request.candidates[row.candidate];
    const Example& example = request.examples[row.example];
    RowOutcome& outcome = outcomes.emplace_back();
    const Filled filled = vocabulary_.fill(candidate.tmpl, example, 1);
    if (filled.failure ||
        vocabulary_.as_text(candidate.tmpl).text().find(failing) != std::string::npos) {
      outcome.failure = filled.failure ? filled.failure : Failure{"the word " + failing + " fails"};
      continue;
    }
    const TokenIds triggers = own_tokens(candidate.tmpl, vocabulary_, false);
    int hits = 0;
    for (std::size_t i = 0; i < std::min(planted.size(), triggers.size()); ++i)
      hits += triggers[i] == planted[i] ? 1 : 0;
    const double gold = 0.9 * hits - 1.2 + 1.5 * noise(candidate.tmpl.text(), example.id);
    for (const auto& label : candidate.verbalizer.labels)
      for (std::size_t a = 0; a < label.answers.size(); ++a) {
        const bool is_gold = label.label == example.gold;
        outcome.log_p.push_back(-std::log1p(std::exp(is_gold ? -gold : gold)));
      }
  }
  return outcomes;
}

ToyOracles::ToyOracles(const ToyVocabulary& vocabulary, const std::vector<TokenId>& planted)
    : vocabulary_(vocabulary),
      embeddings_(static_cast<Eigen::Index>(vocabulary.size()), kDimensions),
      planted_(planted) {
  Rng rng(7, "toy embeddings");
  for (Eigen::Index i = 0; i < embeddings_.rows(); ++i) {
    for (Eigen::Index j = 0; j < kDimensions; ++j)
      embeddings_(i, j) = static_cast<float>(rng.uniform() - 0.5);
    embeddings_.row(i).normalize();
  }
}

Gradient ToyOracles::at_tokens(const Candidate& candidate, std::span<const Example> examples,
                               const Loss&) {
  num_gradient_rows += static_cast<std::int64_t>(examples.size());
  const std::size_t num_slots = candidate.tmpl.triggers().size();
  Gradient gradient{MatrixXf::Zero(static_cast<Eigen::Index>(num_slots), kDimensions),
                    std::vector<double>(examples.size(), 1.0)};
  for (std::size_t i = 0; i < std::min(num_slots, planted_.size()); ++i)
    gradient.at_slots.row(static_cast<Eigen::Index>(i)) = -embeddings_.row(planted_[i]);
  return gradient;
}

Gradient ToyOracles::at_vectors(const Candidate& candidate, const MatrixXf& vectors,
                                std::span<const Example> examples, const Loss& loss) {
  Gradient gradient = at_tokens(candidate, examples, loss);
  const Candidate read = projected(candidate, vectors);
  std::vector<Row> rows;
  for (std::uint32_t i = 0; i < examples.size(); ++i) rows.push_back({0, i});
  const auto outcomes = ToyScorer(vocabulary_).score({{&read, 1}, examples, {}, rows, {}});
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    if (!outcomes[i].failure)
      gradient.loss[i] = -outcomes[i].log_p.at(static_cast<std::size_t>(examples[i].label));
  return gradient;
}

Candidate ToyOracles::projected(const Candidate& candidate, const MatrixXf& vectors) {
  Candidate read = candidate;
  read.tmpl = candidate.tmpl.with_triggers(
      nearest(vectors, TokenMask(vocabulary_.size(), true), Similarity::cosine));
  return read;
}

std::vector<Shortlist> ToyOracles::shortlist(const MatrixXf& gradient, const TokenMask& allowed,
                                             std::size_t k) {
  std::vector<Shortlist> lists;
  for (Eigen::Index slot = 0; slot < gradient.rows(); ++slot) {
    const VectorXf scores = -(embeddings_ * gradient.row(slot).transpose());
    TokenIds ids;
    for (std::size_t i = 0; i < allowed.size(); ++i)
      if (allowed[i]) ids.push_back(static_cast<TokenId>(i));
    std::stable_sort(ids.begin(), ids.end(),
                     [&](TokenId a, TokenId b) { return scores(a) > scores(b); });
    ids.resize(std::min(k, ids.size()));
    Shortlist& list = lists.emplace_back();
    for (const TokenId id : ids) list.scores.push_back(scores(id));
    list.ids = std::move(ids);
  }
  return lists;
}

TokenIds ToyOracles::nearest(const MatrixXf& vectors, const TokenMask& allowed, Similarity) {
  TokenIds nearest;
  for (const auto& list : shortlist(-vectors, allowed, 1)) nearest.push_back(list.ids.front());
  return nearest;
}

MatrixXf ToyOracles::embeddings(std::span<const TokenId> ids) {
  MatrixXf rows(static_cast<Eigen::Index>(ids.size()), kDimensions);
  for (std::size_t i = 0; i < ids.size(); ++i)
    rows.row(static_cast<Eigen::Index>(i)) = embeddings_.row(ids[i]);
  return rows;
}

// Noise, with the planted token of the place among the likeliest.
VectorXf ToyOracles::mean_over(const Candidate& candidate, std::span<const Example> examples,
                               Space) {
  num_slot_rows += static_cast<std::int64_t>(examples.size());
  const std::size_t place = own_tokens(candidate.tmpl, vocabulary_, true).size();
  VectorXf scores(static_cast<Eigen::Index>(vocabulary_.size()));
  for (Eigen::Index i = 0; i < scores.size(); ++i)
    scores(i) = static_cast<float>(noise(candidate.tmpl.text(), std::to_string(i))) - 4;
  if (place < planted_.size()) scores(planted_[place]) += 1.5F;
  return scores;
}

// As for a slot: noise, with the planted token of the place among the likeliest.
std::vector<Continuation> ToyOracles::next(std::span<const GenerationContext> contexts,
                                           std::span<const Infill> infills, Mean, std::size_t top) {
  num_generation_rows += static_cast<std::int64_t>(contexts.size() * infills.size());
  std::vector<Continuation> result;
  for (const auto& infill : infills) {
    TokenIds written = infill.before;
    written.insert(written.end(), infill.after.begin(), infill.after.end());
    const std::string text = contexts.front().before + "/" + vocabulary_.decode(written);
    TokenIds ids;
    for (std::size_t i = 5; i < vocabulary_.size(); ++i) ids.push_back(static_cast<TokenId>(i));
    const auto score = [&](TokenId id) {
      const bool is_planted = written.size() < planted_.size() && planted_[written.size()] == id;
      return static_cast<float>(noise(text, std::to_string(id))) - (is_planted ? 2.5F : 4.0F);
    };
    std::stable_sort(ids.begin(), ids.end(),
                     [&](TokenId a, TokenId b) { return score(a) > score(b); });
    ids.resize(std::min(top, ids.size()));
    Continuation& continuation = result.emplace_back();
    for (const TokenId id : ids) continuation.tokens.scores.push_back(score(id));
    continuation.tokens.ids = std::move(ids);
    continuation.end_log_p = -3;
  }
  return result;
}

std::vector<double> ToyOracles::log_p(std::span<const std::string> texts, PseudoMasking) {
  std::vector<double> values;
  for (const auto& text : texts) {
    num_likelihood_rows += cost(text);
    values.push_back(-2.0 * static_cast<double>(num_tokens(text)));
  }
  return values;
}

std::int64_t ToyOracles::num_tokens(const std::string& text) const {
  return static_cast<std::int64_t>(vocabulary_.encode(text, false).size());
}

// Near the row of "w40" where the label is 0, of "w41" where it is 1.
MatrixXf ToyOracles::hidden(const Candidate&, std::span<const Example> examples) {
  num_slot_rows += static_cast<std::int64_t>(examples.size());
  MatrixXf vectors(static_cast<Eigen::Index>(examples.size()), kDimensions);
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    const TokenId word = vocabulary_.id(examples[i].label == 1 ? "w41" : "w40");
    for (Eigen::Index d = 0; d < kDimensions; ++d)
      vectors(row, d) = 4 * embeddings_(word, d) +
                        static_cast<float>(0.3 * noise(examples[i].id, std::to_string(d)));
  }
  return vectors;
}

std::int64_t ToyOracles::vector_size() const {
  return kDimensions;
}

MatrixXf ToyOracles::vectors(std::span<const Template> texts) {
  num_head_rows += static_cast<std::int64_t>(texts.size());
  MatrixXf vectors = MatrixXf::Constant(static_cast<Eigen::Index>(texts.size()), kDimensions, 0.1F);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::size_t place = 0;
    for (const auto& piece : texts[i].pieces())
      if (const auto* fixed = std::get_if<FixedTokens>(&piece)) place += fixed->ids.size();
    vectors(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(place % kDimensions)) = 2;
  }
  return vectors;
}

MatrixXf ToyOracles::logits(const MatrixXf& vectors) {
  return vectors * embeddings_.transpose();
}

MatrixXf ToyOracles::pull_back(const MatrixXf&, const MatrixXf& at_logits) {
  return at_logits * embeddings_;
}

ToyModel::ToyModel() : toy_scorer(vocabulary_), toy_oracles(vocabulary_, toy_scorer.planted) {
  card_.path = "toy";
  card_.family = "toy";
  card_.fingerprint = "toy";
  card_.num_positions = 64;
}

MatrixXf ToyModel::logits(const Prompt& input, std::span<const std::uint32_t> positions) {
  MatrixXf logits(static_cast<Eigen::Index>(positions.size()),
                  static_cast<Eigen::Index>(vocabulary_.size()));
  for (Eigen::Index p = 0; p < logits.rows(); ++p)
    for (Eigen::Index v = 0; v < logits.cols(); ++v)
      logits(p, v) = static_cast<float>(
          noise(std::to_string(input.ids.size()) + "/" + std::to_string(p), std::to_string(v)));
  return logits;
}

InputGradient ToyModel::input_gradient(const Prompt& input, std::span<const TargetToken>) {
  return {1.0, -toy_oracles.embeddings(input.ids)};
}

SlotPrompt ToyModel::slot_prompt(const Template& tmpl, const Example& example) {
  Filled filled = vocabulary_.fill(tmpl, example, 1);
  return {{filled.ids, filled.type_ids}, filled.answer_slots, filled.failure};
}

std::vector<Generation> ToyModel::generate(std::span<const TokenId>, const GenerationOptions&) {
  fail(ErrorKind::unsupported, "toy", "the toy model writes no text");
}

Task toy_task(std::size_t size) {
  Task task;
  task.name = "toy";
  task.fields = {"text"};
  task.labels = {"bad", "good"};
  task.fingerprint = "toy-" + std::to_string(size);
  const auto fill = [&](std::vector<Example>& pool, const std::string& prefix) {
    for (std::size_t i = 0; i < size; ++i) {
      Example& example = pool.emplace_back();
      example.id = prefix + std::to_string(i);
      example.fields["text"] = "w0" + std::to_string(i % 10) + " w1" + std::to_string(i / 10 % 5);
      example.label = static_cast<std::int32_t>(i % 2);
      example.gold = task.labels[i % 2];
    }
  };
  fill(task.support, "support-");
  fill(task.dev, "dev-");
  for (const char* text : {"{text} w01 {mask}.", "{text} w02 w03 {mask}!"}) {
    ManualPrompt& prompt = task.manual.emplace_back();
    prompt.candidate.tmpl = Template::parse(text);
    prompt.candidate.verbalizer.labels = {{"bad", {{"bad", {}}}}, {"good", {{"good", {}}}}};
    prompt.source = "toy";
  }
  return task;
}

}  // namespace prospect::test
