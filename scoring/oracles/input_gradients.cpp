#include "scoring/oracles/input_gradients.h"

#include <algorithm>
#include <cstring>

#include "scoring/run_prompts.h"

namespace prospect {
namespace {

// The graph of a backward pass keeps the activations of every layer: this much memory per thread
// bounds it.
constexpr std::size_t kGraphBytes = std::size_t{256} << 20, kMostTokens = 2048, kLeastTokens = 128;

// About as many numbers per token and layer are kept as sixteen times the hidden size.
std::size_t most_tokens(const Description& description) {
  const auto per_token = static_cast<std::size_t>(16 * description.stack.num_layers() *
                                                  description.stack.hidden_size) *
                         sizeof(float);
  return std::clamp<std::size_t>(kGraphBytes / per_token, kLeastTokens, kMostTokens);
}

// Log-probability of each label: that of any of its tokens. `log_p` is flat, [W x V]; the tokens
// are picked all at once, since picking one by one would make a gradient of full size for each.
std::vector<std::vector<at::Tensor>> label_log_probs(const at::Tensor& log_p, std::int64_t size,
                                                     std::span<const GradientJob* const> jobs) {
  std::vector<std::int64_t> indices, counts;
  for (std::size_t w = 0; w < jobs.size(); ++w)
    for (const auto& ids : jobs[w]->labels) {
      for (const TokenId id : ids) indices.push_back(static_cast<std::int64_t>(w) * size + id);
      counts.push_back(static_cast<std::int64_t>(ids.size()));
    }
  const auto total = static_cast<std::int64_t>(indices.size());
  const at::Tensor index = at::from_blob(indices.data(), {total}, at::kLong).clone();
  const auto picked = log_p.index_select(0, index).split_with_sizes(counts);

  std::vector<std::vector<at::Tensor>> labels;
  std::size_t next = 0;
  for (const auto* job : jobs) {
    auto& list = labels.emplace_back();
    for (std::size_t k = 0; k < job->labels.size(); ++k)
      list.push_back(at::logsumexp(picked[next++], 0));
  }
  return labels;
}

at::Tensor loss_of(const GradientJob& job, const std::vector<at::Tensor>& labels) {
  const at::Tensor& gold = labels[job.gold];
  if (job.kind == LossKind::label_likelihood || labels.size() < 2) return -gold;
  std::size_t best = job.gold == 0 ? 1 : 0;  // the first of equal ones
  for (std::size_t k = 0; k < labels.size(); ++k)
    if (k != job.gold && labels[k].item<float>() > labels[best].item<float>()) best = k;
  return labels[best] - gold;
}

// The embedding rows of a batch, with the jobs' own vectors put in.
at::Tensor leaf_rows(const PretrainedLM& lm, const TokenBatch& batch,
                     std::span<const GradientJob* const> jobs) {
  at::Tensor rows = lm.input_rows(batch);  // [N, D]
  const std::int64_t size = rows.size(1);
  for (std::size_t r = 0; r < jobs.size(); ++r)
    for (std::size_t s = 0; s < jobs[r]->patches.size(); ++s)
      std::memcpy(rows.data_ptr<float>() + (batch.offsets[r] + jobs[r]->patches[s]) * size,
                  jobs[r]->vectors->data() + static_cast<std::int64_t>(s) * size,
                  static_cast<std::size_t>(size) * sizeof(float));
  return rows.requires_grad_(true);
}

void run_item(const PretrainedLM& lm, const TokenBatch& batch,
              std::span<const GradientJob* const> jobs, std::span<InputGradient* const> results) {
  const at::AutoGradMode enable_gradients(true);
  const at::Tensor rows = leaf_rows(lm, batch, jobs);
  const at::Tensor logits = lm.logits(lm.output_vectors(batch, rows));  // [W, V]
  const at::Tensor log_p = at::log_softmax(logits, -1).view(-1);
  const auto labels = label_log_probs(log_p, logits.size(1), jobs);
  std::vector<at::Tensor> losses;
  for (std::size_t r = 0; r < jobs.size(); ++r) losses.push_back(loss_of(*jobs[r], labels[r]));
  const at::Tensor loss = at::stack(losses);  // [R]
  // Rows do not see each other: the gradient of the sum holds each row's own.
  const at::Tensor gradient = torch::autograd::grad({loss}, {rows}, {at::ones_like(loss)})[0];

  const at::Tensor rows_first = gradient.contiguous();  // it may lie column by column
  const float* numbers = rows_first.data_ptr<float>();
  for (std::size_t r = 0; r < jobs.size(); ++r) {
    const std::int64_t size = rows.size(1), begin = batch.offsets[r];
    results[r]->loss = static_cast<double>(loss[static_cast<std::int64_t>(r)].item<float>());
    results[r]->at_tokens =
        Eigen::Map<const MatrixXf>(numbers + begin * size, batch.offsets[r + 1] - begin, size);
  }
}

}  // namespace

std::vector<InputGradient> input_gradients(const PretrainedLM& lm, const WorkPool& pool,
                                           std::span<const GradientJob> jobs) {
  std::vector<std::size_t> lengths;
  for (const auto& job : jobs) lengths.push_back(job.prompt.ids.size());
  // As if for one thread: where LibTorch computes, a row's last bits may depend on its company.
  const auto items = pack_rows(lengths, 1, most_tokens(lm.description()));
  std::vector<InputGradient> results(jobs.size());
  pool.run(items.size(), [&](std::size_t i) {
    TokenBatch batch;
    std::vector<const GradientJob*> item;
    std::vector<InputGradient*> slots;
    for (const std::uint32_t index : items[i]) {
      const GradientJob& job = jobs[index];
      const std::span<const std::uint32_t> wanted(&job.position, 1);
      if (lm.kind() == ModelKind::seq2seq_lm)
        batch.add_target(batch.add_row(job.prompt.ids, job.prompt.type_ids, {}),
                         job.prompt.target_ids, wanted);
      else
        batch.add_row(job.prompt.ids, job.prompt.type_ids, wanted);
      item.push_back(&job);
      slots.push_back(&results[index]);
    }
    run_item(lm, batch, item, slots);
  });
  return results;
}

}  // namespace prospect
