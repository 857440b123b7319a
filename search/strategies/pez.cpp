// PEZ, hard prompts made easy [wen2023]: gradient steps on vectors, taken at their nearest tokens.
//
// Defaults are those of the program's image script, whose loop is the paper's: AdamW with 0.1 and
// weight decay 0.1, cosine projection, 3000 steps from random tokens. Every projection that was not
// met before is scored on dev. The program's language script loses the vectors at each step; this
// does not.

#include "search/projected_search.h"
#include "search/registry.h"

namespace prospect {
namespace {

ProjectedSearchOptions pez_defaults() {
  ProjectedSearchOptions options;
  options.space.triggers = 10;
  options.space.initial = "random";
  return options;
}

const Registration<ProjectedSearch, ProjectedSearchOptions> kPez{
    "pez",
    "Moves vectors by gradients that are taken at their nearest tokens.",
    {OracleKind::gradient},
    pez_defaults()};

}  // namespace
}  // namespace prospect
