// AutoPrompt: token search by gradient [shin2020]; the first preset of the gradient engine.
//
// One slot at random, the `top_k` tokens of the largest -(E . g), all of them and the incumbent
// scored on a fresh draw of support examples, a strict improvement of the summed metric adopted,
// the dev pool scored on each adoption. Defaults are those of the authors' program. Where it
// differs (docs/strategies/autoprompt.md): the start prompt competes, tokens are filtered by
// default, only prompts that their text reproduces are proposed, and a stuck search goes back to
// its best prompt.

#include "search/gradient_search.h"
#include "search/registry.h"

namespace prospect {
namespace {

const Registration<GradientSearch, GradientSearchOptions> kAutoprompt{
    "autoprompt",
    "Swaps trigger tokens that the gradient favours, one slot at a time.",
    {OracleKind::gradient}};

}  // namespace
}  // namespace prospect
