#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/log_space.h"
#include "scoring/answers.h"
#include "scoring/oracles/best_ids.h"
#include "scoring/oracles/gradient_jobs.h"
#include "scoring/oracles/lm_oracles.h"
#include "scoring/pretrained_lm.h"

namespace prospect {
namespace {

// A matrix of ours as a tensor that looks at the same numbers.
at::Tensor view_of(const MatrixXf& matrix) {
  return at::from_blob(const_cast<float*>(matrix.data()), {matrix.rows(), matrix.cols()},
                       at::kFloat);
}

// What each example counts for: the same, or, under mellowmax, more the worse it is.
std::vector<double> example_weights(const std::vector<double>& loss, double mellowmax) {
  std::vector<double> weights(loss.size(), 1);
  if (mellowmax > 0)
    for (std::size_t i = 0; i < loss.size(); ++i) weights[i] = mellowmax * loss[i];
  else
    return std::vector<double>(loss.size(), 1 / static_cast<double>(loss.size()));
  log_normalise(weights);
  for (auto& weight : weights) weight = std::exp(weight);
  return weights;
}

void check_width(const MatrixXf& matrix, const PretrainedLM& lm) {
  if (matrix.cols() != lm.description().embedding.size)
    fail(ErrorKind::internal, "gradient", "expected vectors of ", lm.description().embedding.size,
         " numbers, found ", matrix.cols());
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
  const auto& [lm, vocabulary, pool] = context_;
  auto jobs = loss.kind == LossKind::trigger_fluency
                  ? fluency_jobs(candidate, examples, lm, vocabulary)
                  : answer_jobs(candidate, examples, loss, lm, vocabulary, pool);
  for (auto& job : jobs) job.vectors = vectors;
  const auto gradients = input_gradients(lm, pool, jobs);

  Gradient result;
  for (const auto& gradient : gradients) result.loss.push_back(gradient.loss);
  const auto weights = example_weights(result.loss, loss.mellowmax);
  const auto num_slots = static_cast<std::ptrdiff_t>(candidate.tmpl.triggers().size());
  MatrixXd sum = MatrixXd::Zero(num_slots, lm.description().embedding.size);
  for (std::size_t i = 0; i < jobs.size(); ++i)  // in example order
    for (std::size_t p = 0; p < jobs[i].prompts.size(); ++p)
      for (std::ptrdiff_t s = 0; s < num_slots; ++s) {
        const std::uint32_t at = jobs[i].slots[p][static_cast<std::size_t>(s)];
        if (at != GradientJob::kNowhere && at < gradients[i].at_tokens[p].rows())
          sum.row(s) += weights[i] * gradients[i].at_tokens[p].row(at).cast<double>();
      }
  result.at_slots = sum.cast<float>();
  return result;
}

std::int64_t LmGradientOracle::num_forwards(const Candidate& candidate, const Loss& loss) const {
  const auto& [lm, vocabulary, pool] = context_;
  if (loss.kind == LossKind::trigger_fluency) {
    const TokenIds ids = candidate.tmpl.triggers();
    const auto num_set = std::count_if(ids.begin(), ids.end(), [](TokenId id) { return id >= 0; });
    return lm.kind() == ModelKind::masked_lm ? std::max<std::int64_t>(num_set, 1) : 1;
  }
  const ScoringSpec spec = gradient_spec(loss.spec);
  std::vector<AnswerPieces> answers;
  for (const auto& answer : flatten(candidate.verbalizer))
    answers.push_back(encode_pieces(vocabulary, candidate.tmpl, answer, spec));
  return prospect::num_forwards(answers, spec, lm.kind(), has_tail(candidate.tmpl), vocabulary);
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
