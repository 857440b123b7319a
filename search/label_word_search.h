#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/options.h"
#include "search/answers/readings.h"
#include "search/answers/word_choice.h"
#include "search/strategy.h"

namespace prospect {

/// What every search of label words is told.
struct LabelWordOptions {
  std::int64_t prompts = 1;
  std::int64_t examples = 512;
  bool own_words = true;
};

/// All but `examples`, for a method that reads none.
void describe_prompts(OptionVisitor& visit, LabelWordOptions& options);
void describe(OptionVisitor& visit, LabelWordOptions& options);

/// A prompt whose label words are searched, and what may be read of it.
struct WordQuestion {
  const SearchContext& context;
  const Candidate& prompt;                 ///< Its verbalizer holds the words that it came with.
  const SlotReadings* readings = nullptr;  ///< Of the pool that the search reads; null for none.
};

/// How one method finds label words.
struct WordMethod {
  /// Whose slots are read: the labelled support examples, any texts (the unlabelled pool, else the
  /// support examples without their labels), or nobody's.
  enum class Reads { labelled, texts, nothing };
  Reads reads = Reads::labelled;
  /// What `find` asks the oracles for beyond the reading, in counted work.
  std::function<std::int64_t(const WordQuestion&)> cost = nullptr;
  /// The verbalizers that are worth dev scores, best first.
  std::function<std::vector<FoundWords>(const WordQuestion&)> find;
};

/// Searches label words for fixed templates: the seeds', else the task's manual prompts'.
///
/// For each prompt in turn the answer slot is read once for each example, the method makes
/// verbalizers of what was read, and all of them are proposed for dev in one ask: as they share
/// the prompt, one pass over dev answers them all. Cost of a prompt: the examples read, and the dev
/// pool once. A prompt that cannot be read is proposed as it is, so that its failure is on record.
class LabelWordSearch : public Strategy {
 public:
  /// @throws Error (input) where the method reads labelled support examples and there are none.
  LabelWordSearch(const LabelWordOptions& options, SearchContext context, WordMethod method);

  Ask ask(const Room& room) override;
  void tell(std::span<const Trial> trials) override;
  State save() const override;
  void restore(const State& state) override;

 private:
  struct Pending {
    Candidate candidate;
    std::string note;
  };
  Candidate plain_prompt() const;
  bool read_next(std::int64_t& left);
  void add_pending(const Verbalizer& verbalizer, const std::string& note);

  LabelWordOptions options_;
  SearchContext context_;
  WordMethod method_;
  std::vector<Candidate> prompts_;
  std::vector<Example> examples_;
  std::size_t next_ = 0;          // the prompt whose words are pending or read next
  bool is_read_ = false;          // whether that one was read
  std::vector<Pending> pending_;  // its candidates that were not told yet
};

}  // namespace prospect
