#include "scoring/product_replay.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "core/error.h"
#include "scoring/run_prompts.h"

namespace prospect {
namespace {

constexpr int kRepetitions = 5;
constexpr std::int64_t kSquare = 1024;

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double best_seconds(const std::function<void()>& work) {
  work();  // the first touches memory
  double best = seconds_of(work);
  for (int i = 1; i < kRepetitions; ++i) best = std::min(best, seconds_of(work));
  return best;
}

struct Product {
  Product(std::int64_t in, std::int64_t out, bool of_wanted, Precision precision, HugePages& pages)
      : size_in(in),
        size_out(out),
        wanted(of_wanted),
        packed(at::full({out, in}, 0.01), {}, {}, precision, pages) {}
  std::int64_t size_in, size_out;
  bool wanted;  // of the asked tokens alone
  PackedProduct packed;
};

// What one thread's products read and write: made in the pass that is not timed.
class Operands {
 public:
  // @param which  0: read, 1: written.
  at::Tensor rows(std::int64_t count, std::int64_t width, int which) {
    at::Tensor& all = known_[{width, which}];
    if (!all.defined() || all.size(0) < count) all = at::full({count, width}, 0.01);
    return all.narrow(0, 0, count);
  }

 private:
  std::map<std::pair<std::int64_t, int>, at::Tensor> known_;
};

// The products of a stack and of the head before the output rows.
std::deque<Product> products_of(const Description& description, Precision precision,
                                HugePages& pages) {
  const StackDescription& stack = description.stack;
  std::deque<Product> products;
  const std::int64_t queries = stack.num_heads * stack.head_size,
                     keys = stack.num_kv_heads * stack.head_size;
  for (std::int64_t i = 0; i < stack.num_layers(); ++i) {
    const bool last = i + 1 == stack.num_layers();
    products.emplace_back(stack.hidden_size, queries, last, precision, pages);
    products.emplace_back(stack.hidden_size, keys, false, precision, pages);
    products.emplace_back(stack.hidden_size, keys, false, precision, pages);
    products.emplace_back(queries, stack.hidden_size, last, precision, pages);
    for (int j = 0; j < (stack.gated ? 2 : 1); ++j)
      products.emplace_back(stack.hidden_size, stack.inner_size, last, precision, pages);
    products.emplace_back(stack.inner_size, stack.hidden_size, last, precision, pages);
  }
  if (description.head.transform)
    products.emplace_back(stack.hidden_size, stack.hidden_size, true, precision, pages);
  return products;
}

// How many whole blocks each item computes, so that all of them together hold the useful rows and
// no others.
std::vector<std::int64_t> blocks_of(const std::vector<std::int64_t>& counts) {
  std::vector<std::int64_t> blocks;
  std::int64_t sum = 0;
  for (const std::int64_t count : counts) {
    blocks.push_back((sum + count) / kBlockRows - sum / kBlockRows);
    sum += count;
  }
  return blocks;
}

}  // namespace

ProductReplay replay_products(const PretrainedLM& lm, const WorkPool& pool,
                              std::span<const std::size_t> lengths, Precision precision) {
  const Description& description = lm.description();
  if (description.decoder)
    fail(ErrorKind::unsupported, "bench", "expected a masked or causal model, found a ",
         name_of(lm.kind()));
  HugePages pages;
  const auto products = products_of(description, precision, pages);
  const auto items = pack_rows(lengths, pool.num_threads(), kTokensPerItem);
  std::vector<std::int64_t> tokens, asked;
  ProductReplay replay;
  for (const auto& item : items) {
    std::int64_t count = 0;
    for (const std::uint32_t row : item) count += static_cast<std::int64_t>(lengths[row]);
    tokens.push_back(count);
    asked.push_back(static_cast<std::int64_t>(item.size()));
    for (const auto& product : products)
      replay.gflop += 2e-9 * static_cast<double>(product.size_in * product.size_out *
                                                 (product.wanted ? asked.back() : count));
  }
  const auto token_blocks = blocks_of(tokens), asked_blocks = blocks_of(asked);
  tbb::enumerable_thread_specific<Operands> operands;
  const auto run = [&](const Product& product, std::int64_t blocks) {
    if (blocks == 0) return;
    Operands& own = operands.local();
    product.packed(own.rows(blocks * kBlockRows, product.size_in, 0), {},
                   own.rows(blocks * kBlockRows, product.size_out, 1));
  };
  replay.seconds = best_seconds([&] {
    pool.run(items.size(), [&](std::size_t i) {
      const c10::InferenceMode guard;
      for (const auto& product : products)
        run(product, product.wanted ? asked_blocks[i] : token_blocks[i]);
    });
  });

  const Product square(kSquare, kSquare, false, precision, pages);
  const double seconds = best_seconds([&] {
    pool.run(pool.num_threads(), [&](std::size_t) {
      const c10::InferenceMode guard;
      run(square, 4 * kSquare / kBlockRows);
    });
  });
  replay.square_gflops =
      2e-9 * 4 * kSquare * kSquare * kSquare * static_cast<double>(pool.num_threads()) / seconds;
  return replay;
}

}  // namespace prospect
