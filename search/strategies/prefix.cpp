// A soft prompt before the input [lester2021; li2021]: free vectors that are trained through the
// frozen model, the ceiling of what prompts before the input can do. Behind them stands a written
// or found prompt, or the fields alone. Everything else is `soft_search.h`.

#include "search/registry.h"
#include "search/soft_search.h"

namespace prospect {
namespace {

const Registration<SoftSearch, SoftSearchOptions> kPrefix{
    "prefix",
    "Trains free vectors before the input: a ceiling for prompts of tokens.",
    {OracleKind::gradient}};

}  // namespace
}  // namespace prospect
