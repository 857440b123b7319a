// A plug-in of another interface: nothing of it may run.

#include <cstdlib>

#include "search/plugin.h"

namespace {

constexpr prospect::PluginStamp other_stamp() {
  prospect::PluginStamp stamp;
#ifdef OTHER_LAYOUT
  stamp.layout ^= 1;
#else
  stamp.abi += 1;
#endif
  return stamp;
}

[[maybe_unused]] const int kRan = ::setenv("PROSPECT_TEST_PLUGIN_RAN", "1", 1);

}  // namespace

extern "C" {
extern const prospect::PluginStamp prospect_plugin_stamp;
constinit const prospect::PluginStamp prospect_plugin_stamp
    __attribute__((used, section(".prospect_plugin"))) = other_stamp();

void prospect_plugin_strategy(prospect::StrategyInfo&) {
  ::setenv("PROSPECT_TEST_PLUGIN_RAN", "1", 1);
}
}
