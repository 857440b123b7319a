#include "search/detail/text_starts.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "search/detail/trigger_space.h"

namespace prospect {

std::vector<Candidate> text_starts(const SearchContext& context,
                                   const std::vector<std::string>& initial) {
  std::vector<Candidate> starts;
  const auto add = [&](Candidate candidate) {
    if (std::find(starts.begin(), starts.end(), candidate) == starts.end())
      starts.push_back(std::move(candidate));
  };
  for (const auto& seed : context.seeds) {
    const auto* candidate = std::get_if<Candidate>(&seed.entry);
    if (candidate == nullptr) continue;
    Candidate text = *candidate;
    text.tmpl = context.vocabulary.as_text(text.tmpl);
    add(std::move(text));
  }
  for (const auto& written : initial) {
    Candidate candidate;
    candidate.tmpl = Template::parse(written, {.fields = context.task.fields}, "option 'initial'");
    candidate.verbalizer = default_verbalizer(context);
    add(std::move(candidate));
  }
  if (starts.empty())
    for (const auto& manual : context.task.manual) add(manual.candidate);
  if (starts.empty())
    fail(ErrorKind::input, "option 'initial'",
         "expected a prompt to start from, found none: the task has no manual prompt; give "
         "templates here, or \"init\"");
  return starts;
}

std::string candidate_key(const Candidate& candidate) {
  return fingerprint(to_json(candidate).dump());
}

}  // namespace prospect
