#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

#include "scoring/checkpoint/pickle.h"
#include "scoring/checkpoint/pickle_input.h"

namespace prospect {

/// What a pickle, which is a program, works on: a stack of values, marks on it, and a memo. What it
/// may not do throws an `Error` (model).
class PickleStack {
 public:
  using Kind = PickleValue::Kind;
  using Values = std::vector<const PickleValue*>;

  /// @param values  owns what is pushed.
  PickleStack(const PickleInput& input, std::deque<PickleValue>& values)
      : input_(input), values_(values) {}

  /// Makes a value on top of the stack.
  PickleValue* push(Kind kind) {
    bound(values_.size(), kMostValues);
    PickleValue& value = values_.emplace_back();
    value.kind = kind;
    return push(&value);
  }

  PickleValue* push(PickleValue* value) {
    bound(stack_.size(), kMostValues);
    stack_.push_back(value);
    return value;
  }

  PickleValue* push_items(Kind kind, const Values& items) {
    PickleValue* value = push(kind);
    add(*value, items);
    return value;
  }

  void add(PickleValue& value, const Values& items) {
    bound(num_items_ += items.size(), kMostValues);
    if (value.kind == Kind::dict && items.size() % 2 != 0)
      input_.damaged("a key of a dict has no value");
    value.items.insert(value.items.end(), items.begin(), items.end());
  }

  /// The value on top; what lies below the last mark is out of reach.
  PickleValue* top() const {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back()))
      input_.damaged("it takes a value from an empty stack");
    return stack_.back();
  }

  PickleValue* pop() {
    PickleValue* value = top();
    stack_.pop_back();
    return value;
  }

  Values pop_many(std::size_t count) {
    Values items(count);
    while (count-- > 0) items[count] = pop();
    return items;
  }

  void mark() {
    if (marks_.size() >= kDeepest) input_.damaged("it nests more than ", kDeepest, " levels deep");
    marks_.push_back(stack_.size());
  }

  /// Drops the value on top, or the mark where there is none above it.
  void discard() {
    if (!marks_.empty() && stack_.size() == marks_.back())
      marks_.pop_back();
    else
      pop();
  }

  Values pop_to_mark() {
    if (marks_.empty()) input_.damaged("it goes back to a mark that it never set");
    Values items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }

  /// Keeps the value on top under the memo's next number, or under `key`.
  void store() { store(memo_.size()); }
  void store(std::uint64_t key) {
    bound(memo_.size(), kMostValues);
    memo_[key] = top();
  }

  /// Pushes what `store` kept.
  void recall(std::uint64_t key) {
    const auto at = memo_.find(key);
    if (at == memo_.end())
      input_.damaged("it uses value ", key, " of its memo, which it never stored");
    push(at->second);
  }

 private:
  // A state dict takes about 20 values for each tensor. The bounds keep a few bytes of a hostile
  // file from asking for all memory.
  static constexpr std::size_t kMostValues = 2'000'000, kDeepest = 1000;

  void bound(std::size_t count, std::size_t most) const {
    if (count >= most) input_.damaged("it has more than ", most, " values; this is no state dict");
  }

  const PickleInput& input_;
  std::deque<PickleValue>& values_;
  std::size_t num_items_ = 0;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, PickleValue*> memo_;
};

}  // namespace prospect
