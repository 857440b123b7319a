#include <algorithm>

#include "core/error.h"
#include "scoring/oracles/lm_oracles.h"
#include "scoring/pretrained_lm.h"
#include "scoring/prompt.h"
#include "scoring/slot_reader.h"

namespace prospect {
namespace {

std::string beginning(const std::string& text) {
  constexpr std::size_t kLongest = 40;
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

// Of the word that the token before it belongs to.
bool is_later_piece(const TokenTraits& traits) {
  return !traits.special && !traits.word_start;
}

}  // namespace

std::vector<double> LmLikelihoodOracle::log_p(std::span<const std::string> texts,
                                              PseudoMasking masking) {
  const auto& vocabulary = context_.vocabulary;
  const auto mask = vocabulary.mask();
  const bool causal = context_.lm.kind() == ModelKind::causal_lm;
  if (!causal && !mask) fail(ErrorKind::model, "likelihood", "the tokenizer has no mask token");
  PromptSet prompts;
  std::vector<Read> reads;
  std::vector<std::size_t> ends;  // of each text's reads
  for (const auto& text : texts) {
    Prompt prompt{vocabulary.encode(text, true), {}, {}};
    prompt.type_ids.assign(prompt.ids.size(), 0);
    if (!prompt.ids.empty()) {
      const std::string fault = context_.lm.fault_of(prompt);
      if (!fault.empty())
        fail(ErrorKind::input, "text", "'", beginning(text), "' cannot be scored: ", fault);
    }
    if (causal && prompt.ids.size() > 1) {
      const TokenIds ids = prompt.ids;
      prompt.ids.pop_back();  // nobody's past
      prompt.type_ids.pop_back();
      const std::uint32_t index = prompts.add(std::move(prompt));
      for (std::uint32_t t = 1; t < ids.size(); ++t) reads.push_back({index, t - 1, ids[t]});
    }
    for (std::uint32_t t = 0; !causal && t < prompt.ids.size(); ++t) {
      const TokenId id = prompt.ids[t];
      if (vocabulary.traits(id).special) continue;
      Prompt masked = prompt;
      masked.ids[t] = *mask;
      for (std::size_t u = t + 1; masking == PseudoMasking::rest_of_word && u < prompt.ids.size() &&
                                  is_later_piece(vocabulary.traits(prompt.ids[u]));
           ++u)
        masked.ids[u] = *mask;
      reads.push_back({prompts.add(std::move(masked)), t, id});
    }
    ends.push_back(reads.size());
  }
  const auto values =
      read_slots(context_.lm, context_.pool, prompts.prompts(), reads, ReadSpace::probabilities);
  std::vector<double> sums;
  std::size_t at = 0;
  for (const std::size_t end : ends) {
    double sum = 0;
    for (; at < end; ++at) sum += values[at].value;
    sums.push_back(sum);
  }
  return sums;
}

std::int64_t LmLikelihoodOracle::num_tokens(const std::string& text) const {
  const auto& vocabulary = context_.vocabulary;
  const TokenIds ids = vocabulary.encode(text, true);
  if (context_.lm.kind() == ModelKind::causal_lm)
    return std::max<std::int64_t>(static_cast<std::int64_t>(ids.size()) - 1, 0);
  return std::count_if(ids.begin(), ids.end(),
                       [&](TokenId id) { return !vocabulary.traits(id).special; });
}

std::int64_t LmLikelihoodOracle::cost(const std::string& text) const {
  return context_.lm.kind() == ModelKind::causal_lm ? 1 : num_tokens(text);
}

}  // namespace prospect
