#include "search/detail/trigger_space.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

// A prompt's text is checked on this many examples while searching; the leaderboard checks them
// all.
constexpr std::size_t kSeamExamples = 4;
// A random prompt is drawn again when its text does not survive, but not for ever.
constexpr int kMostDraws = 64;

// AutoPrompt's layouts: the answer behind one text, or between two [shin2020, sec. 4 and 5].
std::string layout(const TriggerSpaceOptions& options, const Task& task) {
  if (!options.tmpl.empty()) return options.tmpl;
  const std::string slots = "{trigger:" + std::to_string(options.triggers) + "}";
  if (task.fields.size() >= 2) {
    const std::string first = "{" + task.fields[0] + "}", second = "{" + task.fields[1] + "}";
    if (options.position == "before") return slots + " " + first + " {mask}, " + second;
    if (options.position == "around")
      return slots + " " + first + " {mask} " + slots + " " + second;
    return first + " {mask} " + slots + " " + second;
  }
  const std::string text = "{" + task.fields.at(0) + "}";
  if (options.position == "before") return slots + " " + text + " {mask}.";
  if (options.position == "around") return slots + " " + text + " " + slots + " {mask}.";
  return text + " " + slots + " {mask}.";
}

Candidate with_initial(const Candidate& frame, const std::string& initial,
                       const Vocabulary& vocabulary) {
  const std::vector<TokenId> slots = frame.tmpl.triggers();
  if (initial == "mask" || initial == "random") return frame;
  TokenIds ids = vocabulary.encode(initial, false);
  if (ids.size() == 1) ids.assign(slots.size(), ids.front());
  if (ids.size() != slots.size())
    fail(ErrorKind::input, "initial", "expected as many tokens as trigger slots (", slots.size(),
         "), found ", ids.size(), " in '", initial, "'");
  Candidate candidate = frame;
  candidate.tmpl = frame.tmpl.with_triggers(ids);
  return candidate;
}

bool is_ascii(const Vocabulary& vocabulary, TokenId id) {
  const std::string text = vocabulary.decode(std::vector<TokenId>{id});
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::set<TokenId> label_word_ids(const SearchContext& context,
                                 const std::vector<Candidate>& starts) {
  std::set<TokenId> ids;
  for (const auto& start : starts) {
    for (const auto& answer : flatten(start.verbalizer)) {
      const auto pieces = context.vocabulary.encode_answer(start.tmpl, answer);
      ids.insert(pieces.begin(), pieces.end());
    }
  }
  return ids;
}

}  // namespace

bool has_unset_triggers(const Template& tmpl) {
  const TokenIds ids = tmpl.triggers();
  return std::find(ids.begin(), ids.end(), kUnsetToken) != ids.end();
}

void describe(OptionVisitor& visit, TriggerSpaceOptions& options) {
  visit("triggers", options.triggers, "Number of trigger tokens in the default layout.",
        between<std::int64_t>(1, 200));
  visit("position", options.position,
        "Where the triggers stand in the default layout, relative to the input text.",
        {"after", "before", "around"});
  visit("template", options.tmpl,
        "A layout of one's own with {trigger:N}, in place of the default one.");
  visit("initial", options.initial,
        "What the slots hold at first: mask, random, a word of one token for all of them, or words "
        "that give one token a slot.");
  visit("exclude_untypable", options.exclude_untypable,
        "Leave out tokens that a person could not type (white space, control characters).");
  visit("exclude_non_ascii", options.exclude_non_ascii,
        "Leave out tokens that are not printable ASCII text (GCG).");
  visit("exclude_label_words", options.exclude_label_words,
        "Leave out the tokens of the label words.");
  visit("exclude_capitalised", options.exclude_capitalised,
        "Leave out tokens that begin a word with a capital letter (AutoPrompt's fact retrieval).");
  visit("exclude_pieces", options.exclude_pieces, "Leave out tokens that do not begin a word.");
  visit("retokenise", options.retokenise,
        "Keep prompts whose text gives the same ids (strict), as many ids (length), or all (none).",
        {"strict", "length", "none"});
}

Verbalizer default_verbalizer(const SearchContext& context) {
  for (const auto& seed : context.seeds)
    if (const auto* candidate = std::get_if<Candidate>(&seed.entry))
      return candidate->verbalizer;
    else if (const auto* soft = std::get_if<SoftPrompt>(&seed.entry))
      return soft->frame.verbalizer;
  if (!context.task.manual.empty()) return context.task.manual.front().candidate.verbalizer;
  Verbalizer verbalizer;
  for (const auto& label : context.task.labels) verbalizer.labels.push_back({label, {{label, {}}}});
  return verbalizer;
}

Candidate as_triggers(const Candidate& seed, const Vocabulary& vocabulary) {
  std::vector<Piece> pieces;
  for (const auto& piece : seed.tmpl.pieces()) {
    const auto* literal = std::get_if<Literal>(&piece);
    const bool is_first = &piece == &seed.tmpl.pieces().front();
    const bool is_last = &piece == &seed.tmpl.pieces().back();
    if (literal == nullptr)
      pieces.push_back(piece);
    else if (auto ids = vocabulary.encode(literal->text, false); ids.empty())
      pieces.push_back(piece);
    else
      pieces.insert(pieces.end(), {Literal{is_first ? "" : " "}, TriggerSlots{std::move(ids)},
                                   Literal{is_last ? "" : " "}});
  }
  Candidate candidate = seed;
  candidate.tmpl = Template(std::move(pieces));
  return candidate;
}

TriggerSpace::TriggerSpace(const TriggerSpaceOptions& options, const SearchContext& context)
    : vocabulary_(context.vocabulary), retokenise_(options.retokenise) {
  const auto& examples = context.task.support.empty() ? context.task.dev : context.task.support;
  seam_examples_.assign(examples.begin(), examples.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                 kSeamExamples, examples.size())));

  std::map<std::size_t, BlobId> soft;  // starts whose triggers are to be read off vectors
  for (const auto& seed : context.seeds) {
    if (const auto* candidate = std::get_if<Candidate>(&seed.entry))
      starts_.push_back(as_triggers(*candidate, vocabulary_));
    const auto* prompt = std::get_if<SoftPrompt>(&seed.entry);
    if (prompt == nullptr || !context.vectors || context.oracles.gradient() == nullptr) continue;
    soft[starts_.size()] = prompt->vectors;
    starts_.push_back(prompt->frame);
  }
  if (starts_.empty()) {
    Candidate frame;
    frame.tmpl = Template::parse(layout(options, context.task), {.fields = context.task.fields},
                                 "option 'template'");
    frame.verbalizer = default_verbalizer(context);
    if (frame.tmpl.triggers().empty())
      fail(ErrorKind::input, "option 'template'",
           "expected at least one {trigger:N}, found none in '", frame.tmpl.text(), "'");
    starts_.push_back(with_initial(frame, options.initial, vocabulary_));
  }
  if (soft.empty())
    std::erase_if(starts_, [](const Candidate& start) { return start.tmpl.triggers().empty(); });
  if (starts_.empty())
    fail(ErrorKind::input, "init", "expected seeds with at least one literal token, found none");
  find_allowed(options, context);
  for (const auto& [start, vectors] : soft)
    starts_[start].tmpl = starts_[start].tmpl.with_triggers(context.oracles.gradient()->nearest(
        context.vectors(vectors), allowed_, Similarity::cosine));
  std::erase_if(starts_, [](const Candidate& start) { return start.tmpl.triggers().empty(); });
  if (options.initial == "random" && context.seeds.empty()) {
    Rng rng = context.rng;
    for (auto& start : starts_) start = randomise(start, rng);
  }
}

void TriggerSpace::find_allowed(const TriggerSpaceOptions& options, const SearchContext& context) {
  const std::set<TokenId> label_words = label_word_ids(context, starts_);
  std::size_t special = 0, untypable = 0, non_ascii = 0, labels = 0, capitalised = 0, pieces = 0;
  allowed_.assign(vocabulary_.size(), false);
  for (std::size_t i = 0; i < allowed_.size(); ++i) {
    const auto id = static_cast<TokenId>(i);
    const TokenTraits traits = vocabulary_.traits(id);
    if (traits.special || traits.unused)
      ++special;
    else if (options.exclude_untypable && (traits.whitespace || !traits.typable))
      ++untypable;
    else if (options.exclude_non_ascii && !is_ascii(vocabulary_, id))
      ++non_ascii;
    else if (options.exclude_label_words && label_words.contains(id))
      ++labels;
    else if (options.exclude_capitalised && traits.capitalised)
      ++capitalised;
    else if (options.exclude_pieces && !traits.word_start)
      ++pieces;
    else {
      allowed_[i] = true;
      allowed_ids_.push_back(id);
    }
  }
  std::ostringstream note;
  note << allowed_ids_.size() << " of " << allowed_.size()
       << " tokens allowed; left out: " << special << " special or unused, " << untypable
       << " untypable, " << non_ascii << " not ASCII, " << labels << " of label words, "
       << capitalised << " capitalised, " << pieces << " inner pieces";
  filter_note_ = note.str();
  if (allowed_ids_.size() < 2)
    fail(ErrorKind::input, "triggers", "expected at least 2 allowed tokens, found ", filter_note_);
}

bool TriggerSpace::acceptable(const Candidate& candidate) const {
  if (retokenise_ == "none") return true;
  if (retokenise_ == "strict") return vocabulary_.survives_text(candidate.tmpl, seam_examples_);
  const Template text = vocabulary_.as_text(candidate.tmpl);
  return std::all_of(seam_examples_.begin(), seam_examples_.end(), [&](const Example& example) {
    return vocabulary_.fill(candidate.tmpl, example).ids.size() ==
           vocabulary_.fill(text, example).ids.size();
  });
}

Candidate TriggerSpace::randomise(const Candidate& candidate, Rng& rng) const {
  Candidate drawn = candidate;
  TokenIds ids = candidate.tmpl.triggers();
  for (int draw = 0; draw < kMostDraws; ++draw) {
    for (auto& id : ids) id = allowed_ids_[rng.below(allowed_ids_.size())];
    drawn.tmpl = candidate.tmpl.with_triggers(ids);
    if (acceptable(drawn)) break;
  }
  return drawn;
}

}  // namespace prospect
