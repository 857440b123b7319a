#include "scoring/oracles/input_gradients.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "scoring/run_prompts.h"

namespace prospect {
namespace {

// The graph of a backward pass keeps the activations of every layer: this much memory per thread
// bounds it.
constexpr std::size_t kGraphBytes = std::size_t{256} << 20, kMostTokens = 2048, kLeastTokens = 128;
constexpr std::size_t kShares = 4;

// About as many numbers per token and layer are kept as sixteen times the hidden size.
std::size_t most_tokens(const Description& description) {
  const auto per_token = static_cast<std::size_t>(16 * description.stack.num_layers() *
                                                  description.stack.hidden_size) *
                         sizeof(float);
  return std::clamp<std::size_t>(kGraphBytes / per_token, kLeastTokens, kMostTokens);
}

// The rows of an item as the model reads them, and where each read's output stands among those that
// are wanted.
struct Item {
  TokenBatch batch;
  std::vector<const GradientJob*> jobs;
  std::vector<JobGradient*> results;
  std::vector<std::int64_t> outputs;  // of each read, job by job, label by label
};

std::vector<std::uint32_t> wanted_of(const GradientJob& job, std::uint32_t prompt) {
  std::set<std::uint32_t> positions;
  for (const auto& label : job.labels)
    for (const auto& answer : label)
      for (const auto& read : answer.reads)
        if (read.prompt == prompt) positions.insert(read.position);
  return {positions.begin(), positions.end()};
}

void add_job(const PretrainedLM& lm, const GradientJob& job, Item& item) {
  std::vector<std::vector<std::uint32_t>> wanted;
  std::vector<std::int64_t> begins;  // of each prompt's outputs
  auto next = static_cast<std::int64_t>(item.batch.wanted.size());
  for (std::uint32_t p = 0; p < job.prompts.size(); ++p) {
    const Prompt& prompt = job.prompts[p];
    wanted.push_back(wanted_of(job, p));
    begins.push_back(next);
    next += static_cast<std::int64_t>(wanted.back().size());
    if (lm.kind() == ModelKind::seq2seq_lm)
      item.batch.add_target(item.batch.add_row(prompt.ids, prompt.type_ids, {}), prompt.target_ids,
                            wanted.back());
    else
      item.batch.add_row(prompt.ids, prompt.type_ids, wanted.back());
  }
  for (const auto& label : job.labels)
    for (const auto& answer : label)
      for (const auto& read : answer.reads) {
        const auto& list = wanted[read.prompt];
        const auto at = std::lower_bound(list.begin(), list.end(), read.position) - list.begin();
        item.outputs.push_back(begins[read.prompt] + at);
      }
}

// Log-probabilities of all reads of an item. They are picked all at once, since picking one by one
// would make a gradient of full size for each. `log_p` is flat, [W x V].
at::Tensor pick_reads(const at::Tensor& log_p, std::int64_t vocab_size, const Item& item) {
  std::vector<std::int64_t> indices;
  std::size_t next = 0;
  for (const auto* job : item.jobs)
    for (const auto& label : job->labels)
      for (const auto& answer : label)
        for (const auto& read : answer.reads)
          indices.push_back(item.outputs[next++] * vocab_size + read.token);
  const auto total = static_cast<std::int64_t>(indices.size());
  const at::Tensor index = at::from_blob(indices.data(), {total}, at::kLong).clone();
  return log_p.index_select(0, index);
}

// Of an answer, from its reads' log-probabilities.
at::Tensor answer_log_p(const GradientJob& job, const GradientAnswer& answer,
                        const at::Tensor& reads) {
  if (job.mellowmax > 0) {
    const double a = job.mellowmax;
    return (std::log(static_cast<double>(answer.reads.size())) - at::logsumexp(-a * reads, 0)) / a;
  }
  return reads.sum(0) / answer.divisor;
}

at::Tensor combine(const GradientJob& job, const std::vector<at::Tensor>& answers) {
  if (answers.size() == 1) return answers.front();
  const at::Tensor all = at::stack(answers);
  if (job.combination == AnswerCombination::mean) return all.mean(0);
  if (job.combination == AnswerCombination::max) return all.max();
  return at::logsumexp(all, 0);
}

at::Tensor loss_of(const GradientJob& job, const std::vector<at::Tensor>& labels) {
  const at::Tensor& gold = labels[job.gold];
  if (job.kind == LossKind::label_contrast) return at::logsumexp(at::stack(labels), 0) - gold;
  if (job.kind != LossKind::label_margin || labels.size() < 2) return -gold;
  std::size_t best = job.gold == 0 ? 1 : 0;  // the first of equal ones
  for (std::size_t k = 0; k < labels.size(); ++k)
    if (k != job.gold && labels[k].item<float>() > labels[best].item<float>()) best = k;
  return labels[best] - gold;
}

// The loss of each job. `picked` holds the reads in the item's order.
std::vector<at::Tensor> losses_of(const Item& item, const at::Tensor& picked) {
  std::vector<at::Tensor> losses;
  std::int64_t next = 0;
  for (const auto* job : item.jobs) {
    std::vector<at::Tensor> labels;
    for (const auto& label : job->labels) {
      std::vector<at::Tensor> answers;
      for (const auto& answer : label) {
        const auto count = static_cast<std::int64_t>(answer.reads.size());
        answers.push_back(answer_log_p(*job, answer, picked.narrow(0, next, count)));
        next += count;
      }
      labels.push_back(combine(*job, answers));
    }
    losses.push_back(loss_of(*job, labels));
  }
  return losses;
}

// The embedding rows of a batch, with the jobs' own vectors put in.
at::Tensor leaf_rows(const PretrainedLM& lm, const Item& item) {
  at::Tensor rows = lm.input_rows(item.batch);  // [N, D]
  const std::int64_t size = rows.size(1);
  std::size_t row = 0;
  for (const auto* job : item.jobs)
    for (std::size_t p = 0; p < job->prompts.size(); ++p, ++row) {
      if (job->vectors == nullptr) continue;
      for (std::size_t s = 0; s < job->slots[p].size(); ++s) {
        if (job->slots[p][s] == GradientJob::kNowhere) continue;
        std::memcpy(rows.data_ptr<float>() + (item.batch.offsets[row] + job->slots[p][s]) * size,
                    job->vectors->data() + static_cast<std::int64_t>(s) * size,
                    static_cast<std::size_t>(size) * sizeof(float));
      }
    }
  return rows.requires_grad_(true);
}

void run_item(const PretrainedLM& lm, const Item& item) {
  const at::AutoGradMode enable_gradients(true);
  const at::Tensor rows = leaf_rows(lm, item);
  const at::Tensor logits = lm.logits(lm.output_vectors(item.batch, rows));  // [W, V]
  const at::Tensor log_p = at::log_softmax(logits, -1).view(-1);
  const at::Tensor loss = at::stack(losses_of(item, pick_reads(log_p, logits.size(1), item)));
  // Rows do not see each other: the gradient of the sum holds each job's own.
  const at::Tensor gradient = torch::autograd::grad({loss}, {rows}, {at::ones_like(loss)})[0];

  const at::Tensor rows_first = gradient.contiguous();  // it may lie column by column
  const float* numbers = rows_first.data_ptr<float>();
  const std::int64_t size = rows.size(1);
  std::size_t row = 0;
  for (std::size_t j = 0; j < item.jobs.size(); ++j) {
    item.results[j]->loss = static_cast<double>(loss[static_cast<std::int64_t>(j)].item<float>());
    for (std::size_t p = 0; p < item.jobs[j]->prompts.size(); ++p, ++row) {
      const std::int64_t begin = item.batch.offsets[row], end = item.batch.offsets[row + 1];
      item.results[j]->at_tokens.push_back(
          Eigen::Map<const MatrixXf>(numbers + begin * size, end - begin, size));
    }
  }
}

}  // namespace

std::vector<JobGradient> input_gradients(const PretrainedLM& lm, const WorkPool& pool,
                                         std::span<const GradientJob> jobs) {
  std::vector<std::size_t> lengths;
  for (const auto& job : jobs) {
    std::size_t length = 0;
    for (const auto& prompt : job.prompts) length += prompt.ids.size();
    lengths.push_back(length);
  }
  // As if for so many threads, however many there are: where LibTorch computes, a row's last bits
  // may depend on its company.
  const auto items = pack_rows(lengths, kShares, most_tokens(lm.description()));
  std::vector<JobGradient> results(jobs.size());
  pool.run(items.size(), [&](std::size_t i) {
    Item item;
    for (const std::uint32_t index : items[i]) {
      add_job(lm, jobs[index], item);
      item.jobs.push_back(&jobs[index]);
      item.results.push_back(&results[index]);
    }
    run_item(lm, item);
  });
  return results;
}

}  // namespace prospect
