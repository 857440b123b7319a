#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/options.h"
#include "search/strategy.h"

namespace prospect {

/// A strategy as `prospect list strategies` shows it and a study makes it.
struct StrategyInfo {
  std::string name, summary;
  std::vector<OracleKind> needs;  ///< A model that cannot serve one is refused before the run.
  std::vector<OptionRow> options;
  std::string plugin = {};  ///< The file that it was loaded from; empty for our own.
  /// Checks options alone and returns all of them, defaults included.
  /// @throws Error (input) naming the option.
  std::function<Json(const JsonReader& options)> check;
  /// @throws Error (input) naming the option, or what of the task does not fit.
  std::function<std::unique_ptr<Strategy>(const JsonReader& options, SearchContext context)> make;
};

/// Enters a strategy under its name. @throws Error (usage) when the name is taken.
void register_strategy(StrategyInfo info);

/// The strategy of a name. @throws Error (input) with the nearest known name.
const StrategyInfo& find_strategy(const std::string& name, const std::string& where);

/// All strategies, by name.
std::vector<const StrategyInfo*> list_strategies();

/// Describes the strategy `S(const Options&, SearchContext)`.
template <class S, class Options>
StrategyInfo strategy_info(std::string name, std::string summary,
                           std::vector<OracleKind> needs = {}, Options defaults = {}) {
  StrategyInfo info;
  info.name = std::move(name);
  info.summary = std::move(summary);
  info.needs = std::move(needs);
  Options listed = defaults;
  info.options = list_options(described(listed));
  info.check = [defaults](const JsonReader& values) {
    Options options = defaults;
    read_options(described(options), values);
    return write_options(described(options));
  };
  info.make = [defaults](const JsonReader& values, SearchContext context) {
    Options options = defaults;
    read_options(described(options), values);
    return std::make_unique<S>(options, std::move(context));
  };
  return info;
}

/// Registers `S(const Options&, SearchContext)` from a source file's last line:
/// `const Registration<BeamStrategy, BeamOptions> kBeam{"beam", "Grows the best few templates."};`
template <class S, class Options>
struct Registration {
  Registration(std::string name, std::string summary, std::vector<OracleKind> needs = {},
               Options defaults = {}) {
    register_strategy(strategy_info<S, Options>(std::move(name), std::move(summary),
                                                std::move(needs), std::move(defaults)));
  }
};

}  // namespace prospect
