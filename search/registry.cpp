#include "search/registry.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

std::map<std::string, StrategyInfo>& registered() {
  static std::map<std::string, StrategyInfo> strategies;
  return strategies;
}

}  // namespace

void register_strategy(StrategyInfo info) {
  const std::string name = info.name;
  const std::string where = info.plugin.empty() ? name : info.plugin;
  if (!registered().emplace(name, std::move(info)).second)
    fail(ErrorKind::usage, where, "expected a strategy name that is not taken, found '", name,
         "' twice; rename one");
}

const StrategyInfo& find_strategy(const std::string& name, const std::string& where) {
  const auto found = registered().find(name);
  if (found != registered().end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [known_name, info] : registered()) known.push_back(known_name);
  fail(ErrorKind::input, where, "unknown strategy '", name, "'", suggestion(name, known));
}

std::vector<const StrategyInfo*> list_strategies() {
  std::vector<const StrategyInfo*> strategies;
  for (const auto& [name, info] : registered()) strategies.push_back(&info);
  return strategies;
}

}  // namespace prospect
