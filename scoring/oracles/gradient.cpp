#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "scoring/answers.h"
#include "scoring/oracles/input_gradients.h"
#include "scoring/oracles/lm_oracles.h"
#include "scoring/oracles/slot_prompts.h"
#include "scoring/pretrained_lm.h"

namespace prospect {
namespace {

// A matrix of ours as a tensor that looks at the same numbers.
at::Tensor view_of(const MatrixXf& matrix) {
  return at::from_blob(const_cast<float*>(matrix.data()), {matrix.rows(), matrix.cols()},
                       at::kFloat);
}

// The token of each answer of each label.
std::vector<TokenIds> label_tokens(const Candidate& candidate, const Vocabulary& vocabulary) {
  std::vector<TokenIds> labels;
  for (const auto& entry : candidate.verbalizer.labels) {
    auto& ids = labels.emplace_back();
    for (const auto& answer : entry.answers) {
      const auto pieces = encode_pieces(vocabulary, candidate.tmpl, answer, ScoringSpec{});
      if (pieces.failure) fail(ErrorKind::input, "gradient", pieces.failure->reason);
      ids.push_back(pieces.ids.front());
    }
    if (ids.empty()) fail(ErrorKind::input, "gradient", "label '", entry.label, "' has no answer");
  }
  return labels;
}

std::size_t gold_of(const Example& example, std::size_t num_labels) {
  if (example.label < 0 || static_cast<std::size_t>(example.label) >= num_labels)
    fail(ErrorKind::input, "gradient", "example '", example.id, "' has label ", example.label,
         ", expected one of ", num_labels);
  return static_cast<std::size_t>(example.label);
}

void check_width(const MatrixXf& matrix, const PretrainedLM& lm) {
  if (matrix.cols() != lm.description().embedding.size)
    fail(ErrorKind::internal, "gradient", "expected vectors of ", lm.description().embedding.size,
         " numbers, found ", matrix.cols());
}

// The `k` best ids by score, the lower id first among equals.
TokenIds best_ids(const TokenMask& allowed, std::size_t size, std::size_t k,
                  const std::function<float(TokenId)>& score) {
  TokenIds ids;
  for (std::size_t id = 0; id < std::min(allowed.size(), size); ++id)
    if (allowed[id] && !std::isnan(score(static_cast<TokenId>(id))))
      ids.push_back(static_cast<TokenId>(id));
  const auto end = ids.begin() + static_cast<std::ptrdiff_t>(std::min(k, ids.size()));
  std::partial_sort(ids.begin(), end, ids.end(), [&](TokenId a, TokenId b) {
    const float left = score(a), right = score(b);
    return left != right ? left > right : a < b;
  });
  ids.erase(end, ids.end());
  return ids;
}

}  // namespace

Gradient LmGradientOracle::at_tokens(const Candidate& candidate, std::span<const Example> examples,
                                     const Loss& loss) {
  return at(candidate, nullptr, examples, loss);
}

Gradient LmGradientOracle::at_vectors(const Candidate& candidate, const MatrixXf& vectors,
                                      std::span<const Example> examples, const Loss& loss) {
  check_width(vectors, context_.lm);
  const auto num_slots = static_cast<std::ptrdiff_t>(candidate.tmpl.triggers().size());
  if (vectors.rows() != num_slots)
    fail(ErrorKind::internal, "gradient", "expected ", num_slots, " vectors, found ",
         vectors.rows());
  return at(candidate, &vectors, examples, loss);
}

Gradient LmGradientOracle::at(const Candidate& candidate, const MatrixXf* vectors,
                              std::span<const Example> examples, const Loss& loss) {
  const auto labels = label_tokens(candidate, context_.vocabulary);
  SlotPrompts filled = fill_slots(candidate, examples, context_.vocabulary, context_.lm);
  std::vector<GradientJob> jobs;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    GradientJob job{.prompt = std::move(filled.prompts[i]),
                    .position = filled.slots[i],
                    .kind = loss.kind,
                    .labels = labels,
                    .gold = gold_of(examples[i], labels.size())};
    if (vectors != nullptr) {
      job.patches = filled.triggers[i];
      job.vectors = vectors;
    }
    jobs.push_back(std::move(job));
  }
  const auto gradients = input_gradients(context_.lm, context_.pool, jobs);

  Gradient result;
  const auto num_slots = static_cast<std::ptrdiff_t>(candidate.tmpl.triggers().size());
  MatrixXd sum = MatrixXd::Zero(num_slots, context_.lm.description().embedding.size);
  for (std::size_t i = 0; i < gradients.size(); ++i) {  // in example order
    result.loss.push_back(gradients[i].loss);
    for (std::ptrdiff_t s = 0; s < num_slots; ++s)
      sum.row(s) += gradients[i]
                        .at_tokens.row(filled.triggers[i][static_cast<std::size_t>(s)])
                        .cast<double>();
  }
  if (!gradients.empty()) sum /= static_cast<double>(gradients.size());
  result.at_slots = sum.cast<float>();
  return result;
}

std::vector<Shortlist> LmGradientOracle::shortlist(const MatrixXf& gradient,
                                                   const TokenMask& allowed, std::size_t k) {
  check_width(gradient, context_.lm);
  const c10::InferenceMode guard;
  std::vector<Shortlist> lists;
  if (gradient.rows() == 0) return lists;
  // One product for all slots. [V, S]
  const at::Tensor products = at::mm(context_.lm.embedding(), view_of(gradient).t()).contiguous();
  const auto table = products.accessor<float, 2>();
  for (std::int64_t s = 0; s < gradient.rows(); ++s) {
    const auto score = [&](TokenId id) { return -table[id][s]; };
    Shortlist list{.ids = best_ids(allowed, static_cast<std::size_t>(products.size(0)), k, score)};
    for (const TokenId id : list.ids) list.scores.push_back(score(id));
    lists.push_back(std::move(list));
  }
  return lists;
}

TokenIds LmGradientOracle::nearest(const MatrixXf& vectors, const TokenMask& allowed,
                                   Similarity similarity) {
  check_width(vectors, context_.lm);
  const c10::InferenceMode guard;
  TokenIds nearest;
  if (vectors.rows() == 0) return nearest;
  const at::Tensor& embedding = context_.lm.embedding();
  const at::Tensor products = at::mm(embedding, view_of(vectors).t()).contiguous();  // [V, S]
  const at::Tensor squares = (embedding * embedding).sum(1);                         // [V]
  const auto table = products.accessor<float, 2>();
  const auto square = squares.accessor<float, 1>();
  for (std::int64_t s = 0; s < vectors.rows(); ++s) {
    // The vector's own length is the same for all tokens and left out.
    const auto score = [&](TokenId id) {
      if (similarity == Similarity::euclidean) return 2 * table[id][s] - square[id];
      return square[id] > 0 ? table[id][s] / std::sqrt(square[id]) : 0.0F;
    };
    const auto best = best_ids(allowed, static_cast<std::size_t>(products.size(0)), 1, score);
    if (best.empty())
      fail(ErrorKind::input, "nearest", "no token is allowed, or the vector holds no numbers");
    nearest.push_back(best.front());
  }
  return nearest;
}

MatrixXf LmGradientOracle::embeddings(std::span<const TokenId> ids) {
  const at::Tensor& embedding = context_.lm.embedding();
  const std::int64_t size = embedding.size(1);
  MatrixXf rows(static_cast<std::ptrdiff_t>(ids.size()), size);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || ids[i] >= embedding.size(0))
      fail(ErrorKind::input, "embeddings", "expected token ids below ", embedding.size(0),
           ", found ", ids[i]);
    rows.row(static_cast<std::ptrdiff_t>(i)) =
        Eigen::Map<const Eigen::RowVectorXf>(embedding.data_ptr<float>() + ids[i] * size, size);
  }
  return rows;
}

}  // namespace prospect
