// Anchor tokens and free vectors together [liu2021, P-tuning; hambardzumyan2021]: the words of a
// written or found prompt stay, vectors stand before it and before its answer. Everything else is
// `soft_search.h`.

#include "search/registry.h"
#include "search/soft_search.h"

namespace prospect {
namespace {

SoftSearchOptions hybrid_defaults() {
  SoftSearchOptions options;
  options.vectors = 3;
  options.inner_vectors = 2;
  return options;
}

const Registration<SoftSearch, SoftSearchOptions> kHybrid{
    "hybrid",
    "Trains free vectors around the words of a written or found prompt.",
    {OracleKind::gradient},
    hybrid_defaults()};

}  // namespace
}  // namespace prospect
