// A plug-in whose strategy's name is taken.

#include "search/plugin.h"

namespace taken {

using namespace prospect;

struct Options {};
void describe(OptionVisitor&, Options&) {}

class Idle : public Strategy {
 public:
  Idle(const Options&, const SearchContext&) {}
  Ask ask(const Room&) override { return {}; }
  void tell(std::span<const Trial>) override {}
  State save() const override { return {}; }
  void restore(const State&) override {}
};

}  // namespace taken

PROSPECT_PLUGIN(taken::Idle, taken::Options, "random", "Is not the first of its name.");
