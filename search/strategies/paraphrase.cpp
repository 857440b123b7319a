// Says prompts in other words: by a thesaurus, by the frozen LM's infilling of words and spans, or
// by translation there and back. Every paraphrase keeps all slots.
//
// Source: Jiang et al. 2020 (LPAQA, sec. 3.2: round trip, ranked by P(there) x P(back), the seed
// first, 40 a seed); Yuan et al. 2021 (thesaurus). Cost: one evaluation of the dev pool for each
// prompt; infilling takes `infill_examples` forwards a word, a round trip `beam` x `beam`. Oracles:
// slot for `infill`, paraphrase for `round_trip`. Failed and NaN trials change nothing. Exhausted
// when all paraphrases are scored. Infilling ends where half the room is used; seeds come in order,
// so the best are paraphrased first.

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "search/detail/infill.h"
#include "search/detail/ranked_list.h"
#include "search/detail/rng_state.h"
#include "search/detail/slot_words.h"
#include "search/detail/text_starts.h"
#include "search/registry.h"

namespace prospect {
namespace {

struct ParaphraseOptions {
  std::string provider = "infill";
  std::vector<std::string> initial;
  std::int64_t per_seed = 40;
  std::int64_t synonyms = 10;
  std::int64_t beam = 7;
  InfillOptions infill;
  std::int64_t spans = 8;
  RankingOptions ranking;
};

void describe(OptionVisitor& visit, ParaphraseOptions& options) {
  visit("provider", options.provider,
        "Where other words come from: a thesaurus, the frozen language model, or a pair of "
        "translators (models/translate of the experiment).",
        {"thesaurus", "infill", "round_trip"});
  visit("initial", options.initial,
        "Templates to paraphrase, beside the seeds; without either the task's manual prompts.");
  visit("per_seed", options.per_seed, "Paraphrases of each seed at the most, the seed not counted.",
        between<std::int64_t>(1, 100'000));
  visit("synonyms", options.synonyms, "Synonyms that the thesaurus gives for a word at the most.",
        between<std::int64_t>(1, 10'000));
  visit("beam", options.beam, "Translations there, and of each back again.",
        between<std::int64_t>(1, 200));
  describe(visit, options.infill);
  visit("spans", options.spans,
        "Spans of up to three words that the language model fills anew, drawn at random.",
        at_least<std::int64_t>(0));
  describe(visit, options.ranking);
}

// A rewritten template with what it was ranked by and where it came from.
struct Rewritten {
  Template tmpl;
  std::string note;
};

Template with_text(std::vector<PromptUnit> units, std::size_t index, const std::string& text) {
  units[index].text = text;
  return join_units(units);
}

// A word without the punctuation around it, which stays.
struct BareWord {
  std::string before, word, after;
};

BareWord bare(const std::string& text) {
  const auto is_letter = [](unsigned char c) { return std::isalnum(c) != 0 || c >= 0x80; };
  const auto first = std::find_if(text.begin(), text.end(), is_letter);
  const auto last = std::find_if(text.rbegin(), text.rend(), is_letter).base();
  return {{text.begin(), first}, first < last ? std::string(first, last) : "", {last, text.end()}};
}

// Each word's first alternative, then each one's second, and so on: no word crowds out the others.
std::vector<Rewritten> in_turn(const std::vector<std::vector<Rewritten>>& by_word) {
  std::vector<Rewritten> result;
  std::size_t longest = 0;
  for (const auto& list : by_word) longest = std::max(longest, list.size());
  for (std::size_t rank = 0; rank < longest; ++rank)
    for (const auto& list : by_word)
      if (rank < list.size()) result.push_back(list[rank]);
  return result;
}

class ParaphraseStrategy : public Strategy {
 public:
  ParaphraseStrategy(const ParaphraseOptions& options, SearchContext context)
      : options_(options),
        context_(std::move(context)),
        infiller_(options.infill, context_),
        seeds_(text_starts(context_, options.initial)),
        list_(options.ranking, context_),
        rng_(context_.rng) {
    if (options_.provider == "infill" && !infiller_.is_available())
      fail(ErrorKind::unsupported, "option 'provider'",
           "expected a model that gives slot scores, and labelled examples; ask for 'thesaurus' or "
           "'round_trip'");
    if (options_.provider == "thesaurus" && context_.providers.thesaurus == nullptr)
      fail(ErrorKind::unsupported, "option 'provider'",
           "expected a thesaurus, found none here; ask for 'infill' or 'round_trip'");
    if (options_.provider == "round_trip" && context_.oracles.paraphrase() == nullptr)
      fail(ErrorKind::unsupported, "option 'provider'",
           "expected two translators, found none; name them in the experiment, \"models\": "
           "{\"translate\": [there, back]}, or ask for 'thesaurus' or 'infill'");
  }

  Ask ask(const Room& room) override {
    std::int64_t left = room.cost;
    if (!is_written_) write(left);
    return list_.ask({left});
  }

  void tell(std::span<const Trial> trials) override { list_.tell(trials); }

  State save() const override {
    return {{{"list", list_.save()}, {"rng", rng_to_json(rng_)}, {"written", is_written_}}, {}};
  }
  void restore(const State& state) override {
    const bool is_written = state.values.at("written").get<bool>();
    const Rng rng = rng_from_json(state.values.at("rng"));
    list_.restore(state.values.at("list"));
    is_written_ = is_written;
    rng_ = rng;
  }

 private:
  // All seeds' paraphrases; oracles may take half of the room. What costs nothing is always made.
  void write(std::int64_t& left) {
    if (options_.provider != "thesaurus" && left < 2 * least_cost()) return;
    is_written_ = true;
    std::int64_t spendable = left / 2;
    const std::int64_t before = spendable;
    for (std::size_t i = 0; i < seeds_.size(); ++i) {
      const std::vector<TrialId> parents = parents_of(i);
      list_.add(seeds_[i], "seed", parents);
      std::int64_t count = 0;
      for (auto& rewritten : rewrite(seeds_[i], spendable)) {
        if (count == options_.per_seed) break;
        Candidate candidate = seeds_[i];
        candidate.tmpl = std::move(rewritten.tmpl);
        if (list_.add(std::move(candidate), std::move(rewritten.note), parents)) ++count;
      }
    }
    left -= before - spendable;
  }

  std::int64_t least_cost() const {
    return options_.provider == "infill" ? infiller_.cost() : options_.beam * options_.beam;
  }

  std::vector<TrialId> parents_of(std::size_t index) const {
    for (const auto& seed : context_.seeds) {
      const auto* candidate = std::get_if<Candidate>(&seed.entry);
      if (candidate != nullptr &&
          context_.vocabulary.as_text(candidate->tmpl) == seeds_[index].tmpl)
        return {seed.id};
    }
    return {};
  }

  std::vector<Rewritten> rewrite(const Candidate& seed, std::int64_t& spendable) {
    if (options_.provider == "thesaurus") return by_thesaurus(seed);
    if (options_.provider == "infill") return by_infilling(seed, spendable);
    return by_round_trip(seed, spendable);
  }

  std::vector<Rewritten> by_thesaurus(const Candidate& seed) const {
    const auto units = split_units(seed.tmpl, Granularity::word);
    std::vector<std::vector<Rewritten>> by_word;
    for (const std::size_t index : phrase_indices(units)) {
      const BareWord word = bare(units[index].text);
      auto& list = by_word.emplace_back();
      for (const auto& synonym : context_.providers.thesaurus->synonyms(word.word)) {
        if (std::ssize(list) == options_.synonyms) break;
        list.push_back({with_text(units, index, word.before + synonym + word.after),
                        "thesaurus: " + word.word + " -> " + synonym});
      }
    }
    return in_turn(by_word);
  }

  std::vector<Rewritten> by_infilling(const Candidate& seed, std::int64_t& spendable) {
    const auto units = split_units(seed.tmpl, Granularity::word);
    std::vector<std::vector<Rewritten>> by_word;
    for (const std::size_t index : phrase_indices(units)) {
      if (spendable < infiller_.cost()) break;
      spendable -= infiller_.cost();
      const BareWord word = bare(units[index].text);
      const std::vector<std::string> except{word.word};
      auto& list = by_word.emplace_back();
      const auto [before, after] = around(units, index, word);
      for (const auto& other : infiller_.words(before, after, seed.verbalizer, except))
        list.push_back({with_text(units, index, word.before + other + word.after),
                        "infill: " + word.word + " -> " + other});
    }
    std::vector<Rewritten> result = in_turn(by_word);
    for (auto& span : by_spans(seed, spendable)) result.push_back(std::move(span));
    return result;
  }

  std::vector<Rewritten> by_spans(const Candidate& seed, std::int64_t& spendable) {
    const auto phrases = split_units(seed.tmpl, Granularity::phrase);
    const auto indices = phrase_indices(phrases);
    std::vector<Rewritten> result;
    for (std::int64_t i = 0; !indices.empty() && i < options_.spans; ++i) {
      const std::size_t index = indices[rng_.below(indices.size())];
      const std::int64_t cost = infiller_.refill_cost(phrases[index].text);
      if (cost > spendable) break;
      spendable -= cost;
      if (const auto text = infiller_.refill(phrases, index, seed.verbalizer, rng_))
        result.push_back(
            {with_text(phrases, index, *text), "infill: " + phrases[index].text + " -> " + *text});
    }
    return result;
  }

  // What stands before and after the place of a word, its own punctuation included.
  static std::pair<std::vector<Piece>, std::vector<Piece>> around(
      const std::vector<PromptUnit>& units, std::size_t index, const BareWord& word) {
    std::vector<Piece> before, after{Literal{word.after}};
    for (std::size_t i = 0; i < units.size(); ++i) {
      auto& side = i < index ? before : after;
      if (i == index) {
        before.emplace_back(Literal{units[i].space + word.before});
        continue;
      }
      side.emplace_back(Literal{units[i].space});
      side.push_back(units[i].slot ? *units[i].slot : Piece(Literal{units[i].text}));
    }
    return {std::move(before), std::move(after)};
  }

  // Of equal texts the likeliest way there and back; the likeliest text first.
  std::vector<Rewritten> by_round_trip(const Candidate& seed, std::int64_t& spendable) const {
    const auto sentence = as_sentence(seed.tmpl);
    const std::int64_t cost = options_.beam * options_.beam;
    if (!sentence || cost > spendable) return {};
    spendable -= cost;
    struct Ranked {
      Rewritten rewritten;
      double score = 0;
    };
    std::vector<Ranked> ranked;
    std::map<std::string, std::size_t> known;  // by canonical text
    for (const auto& paraphrase : context_.oracles.paraphrase()->paraphrase(
             sentence->text, static_cast<std::size_t>(options_.beam))) {
      auto tmpl = from_sentence(paraphrase.text, *sentence);
      if (!tmpl) continue;
      const double score = paraphrase.forward_log_p + paraphrase.backward_log_p;
      std::string note = "round trip: " + dump_json(Json(score));
      const auto [at, is_new] = known.emplace(tmpl->text(), ranked.size());
      if (is_new)
        ranked.push_back({{std::move(*tmpl), std::move(note)}, score});
      else if (score > ranked[at->second].score)
        ranked[at->second] = {{std::move(*tmpl), std::move(note)}, score};
    }
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const Ranked& a, const Ranked& b) { return a.score > b.score; });
    std::vector<Rewritten> result;
    for (auto& item : ranked) result.push_back(std::move(item.rewritten));
    return result;
  }

  ParaphraseOptions options_;
  SearchContext context_;
  Infiller infiller_;
  std::vector<Candidate> seeds_;
  RankedList list_;
  Rng rng_;
  bool is_written_ = false;
};

const Registration<ParaphraseStrategy, ParaphraseOptions> kParaphrase{
    "paraphrase", "Says prompts in other words: thesaurus, infilling or translation and back."};

}  // namespace
}  // namespace prospect
