#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace prospect {

/// Runs pieces of work on several threads, each piece on one thread: products and elementwise
/// operations inside a piece never split up further.
class WorkPool {
 public:
  /// @param num_threads  0: all cores.
  explicit WorkPool(std::size_t num_threads);
  ~WorkPool();

  std::size_t num_threads() const { return num_threads_; }

  /// Calls `body(i)` for every i below `count`, in any order, and returns when all are done.
  /// Results go to slot i, so that the order is invisible.
  /// @throws what the first failing piece (by index) threw; LibTorch's own errors as `Error`
  /// (internal). Pieces that had not begun are left out then.
  void run(std::size_t count, const std::function<void(std::size_t)>& body) const;

 private:
  struct Arena;
  std::size_t num_threads_;
  std::unique_ptr<Arena> arena_;
};

/// Makes LibTorch and its BLAS library compute on the calling thread alone.
void use_one_thread_per_product();

/// How many tokens the next work item takes: an equal share of what is left, so that items shrink
/// towards the end and threads finish at about the same time (guided self-scheduling,
/// Polychronopoulos and Kuck 1987).
/// @param left         tokens of all rows that are in no item yet. @param most_tokens  of one item.
std::size_t tokens_of_next_item(std::size_t left, std::size_t num_threads, std::size_t most_tokens);

/// Packs rows into work items that are filled up to whole blocks as nearly as the rows allow: of
/// those left, the longest that still fits is next.
/// @param lengths      tokens of each row.
/// @param num_threads  that share the work: with little work the items are smaller.
/// @param most_tokens  of one item; a row that is longer is an item of its own.
/// @return the rows of each item.
std::vector<std::vector<std::uint32_t>> pack_rows(std::span<const std::size_t> lengths,
                                                  std::size_t num_threads, std::size_t most_tokens);

}  // namespace prospect
