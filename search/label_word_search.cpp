#include "search/label_word_search.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "search/detail/examples.h"
#include "search/detail/room.h"
#include "search/detail/text_starts.h"

namespace prospect {
namespace {

std::vector<Example> examples_to_read(const SearchContext& context, WordMethod::Reads reads,
                                      std::int64_t most) {
  const Task& task = context.task;
  std::vector<Example> all;
  if (reads == WordMethod::Reads::nothing) return all;
  if (reads == WordMethod::Reads::texts && !task.unlabelled.empty())
    all = task.unlabelled;
  else
    all = task.support;
  if (reads == WordMethod::Reads::labelled) {
    std::erase_if(all, [](const Example& example) { return example.label < 0; });
    if (all.empty())
      fail(ErrorKind::input, "support",
           "expected labelled support examples to read label words from, found none; give "
           "\"shots\", or leave the strategy out");
  }
  Rng rng = context.rng;
  auto drawn = draw_examples(all.size(), static_cast<std::size_t>(most), rng);
  std::sort(drawn.begin(), drawn.end());
  return examples_at(all, drawn);
}

}  // namespace

void describe_prompts(OptionVisitor& visit, LabelWordOptions& options) {
  visit("prompts", options.prompts,
        "How many of the seeds (else of the task's manual prompts) get label words, the first "
        "before the others; 0 for all.",
        at_least<std::int64_t>(0));
  visit("own_words", options.own_words,
        "Score each prompt also with the words that it came with; they share its passes.");
}

void describe(OptionVisitor& visit, LabelWordOptions& options) {
  describe_prompts(visit, options);
  visit("examples", options.examples,
        "Most examples whose answer slot is read; a random draw where there are more.",
        at_least<std::int64_t>(1));
}

LabelWordSearch::LabelWordSearch(const LabelWordOptions& options, SearchContext context,
                                 WordMethod method)
    : options_(options),
      context_(std::move(context)),
      method_(std::move(method)),
      prompts_(text_starts(context_, {})),
      examples_(examples_to_read(context_, method_.reads, options_.examples)) {
  // Two prompts that differ in their words alone have one template, and get the same words.
  std::vector<Candidate> distinct;
  for (auto& prompt : prompts_) {
    const bool is_known = std::any_of(distinct.begin(), distinct.end(), [&](const auto& known) {
      return known.tmpl == prompt.tmpl && known.demonstrations == prompt.demonstrations;
    });
    if (!is_known) distinct.push_back(std::move(prompt));
  }
  prompts_ = std::move(distinct);
  if (options_.prompts > 0 && prompts_.size() > static_cast<std::size_t>(options_.prompts))
    prompts_.resize(static_cast<std::size_t>(options_.prompts));
}

Ask LabelWordSearch::ask(const Room& room) {
  Ask ask;
  std::int64_t left = room.cost;
  if (next_ < prompts_.size() && !is_read_ && !read_next(left)) return ask;
  AskCost cost(context_);
  for (const auto& pending : pending_) {
    Proposal proposal{pending.candidate, Pool::dev, {}, {{}, pending.note}};
    if (cost.of(proposal) > left) break;
    left -= cost.add(proposal);
    ask.proposals.push_back(std::move(proposal));
  }
  return ask;
}

// Reads the next prompt where there is room for that and one dev score.
bool LabelWordSearch::read_next(std::int64_t& left) {
  const Candidate& prompt = prompts_[next_];
  WordQuestion question{context_, prompt, nullptr};
  const std::int64_t reading =
      static_cast<std::int64_t>(examples_.size()) + (method_.cost ? method_.cost(question) : 0);
  if (reading + proposal_cost({prompt, Pool::dev, {}, {}}, context_) > left) return false;
  is_read_ = true;
  pending_.clear();
  if (options_.own_words) add_pending(prompt.verbalizer, "its own words");
  SlotReadings readings;
  std::string fault;
  if (!examples_.empty()) {
    try {
      readings = read_slot(context_, with_demonstrations(prompt, context_.task), examples_);
      question.readings = &readings;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input && error.kind() != ErrorKind::unsupported) throw;
      fault = error.message();
    }
  }
  if (fault.empty())
    for (const auto& found : method_.find(question)) add_pending(found.verbalizer, found.note);
  else
    add_pending(prompt.verbalizer, "not read: " + fault);
  if (pending_.empty()) add_pending(prompt.verbalizer, "no words were found");
  left -= reading;
  return true;
}

void LabelWordSearch::add_pending(const Verbalizer& verbalizer, const std::string& note) {
  for (const auto& pending : pending_)
    if (pending.candidate.verbalizer == verbalizer) return;
  Candidate candidate = prompts_[next_];
  candidate.verbalizer = verbalizer;
  pending_.push_back({std::move(candidate), note});
}

void LabelWordSearch::tell(std::span<const Trial> trials) {
  if (trials.size() > pending_.size())
    fail(ErrorKind::internal, "tell", "expected at most ", pending_.size(), " trials, found ",
         trials.size());
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(trials.size()));
  if (is_read_ && pending_.empty()) {
    ++next_;
    is_read_ = false;
  }
}

State LabelWordSearch::save() const {
  Json pending = Json::array();
  for (const auto& each : pending_)
    pending.push_back({{"candidate", to_json(each.candidate)}, {"note", each.note}});
  return {{{"next", next_}, {"is_read", is_read_}, {"pending", std::move(pending)}}, {}};
}

void LabelWordSearch::restore(const State& state) {
  std::vector<Pending> pending;
  for (const auto& each : state.values.at("pending"))
    pending.push_back({candidate_from_json(JsonReader(each, "state").at("candidate")),
                       each.at("note").get<std::string>()});
  const auto next = state.values.at("next").get<std::size_t>();
  is_read_ = state.values.at("is_read").get<bool>();
  next_ = next;
  pending_ = std::move(pending);
}

}  // namespace prospect
