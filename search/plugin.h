#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "core/error.h"
#include "search/registry.h"

/// \file
/// A strategy as a plug-in: the same source file, compiled in the tree or outside of it.
///
/// Its last line, at namespace scope and outside of an unnamed namespace, is
/// ```
/// PROSPECT_PLUGIN(AnnealStrategy, AnnealOptions, "anneal", "Cools a random walk over triggers.");
/// ```
/// which takes what `Registration` takes. Compiled with `PROSPECT_IN_TREE` it registers the
/// strategy when the program starts; without it, it exports what `--plugin FILE.so` looks for. One
/// shared library holds one plug-in, and links `prospect::prospect`, never a copy of it.

namespace prospect {

/// Counts the changes of what a plug-in and the program must agree on: the types of `core/` and
/// `search/` that pass between them, and the meaning of their members.
inline constexpr std::uint32_t kPluginAbi = 3;

namespace detail {

/// A hash of the sizes and switches that decide how the compiler lays out those types. Flags change
/// them behind an interface's back: `-march=native` alone moves Eigen's alignment.
constexpr std::uint32_t plugin_layout() {
  std::uint32_t hash = 2166136261U;
  const std::uint64_t parts[] = {
      sizeof(StrategyInfo),
      sizeof(SearchContext),
      sizeof(Proposal),
      sizeof(Ask),
      sizeof(Trial),
      sizeof(State),
      sizeof(Task),
      sizeof(Example),
      sizeof(Candidate),
      sizeof(Entry),
      sizeof(RowOutcome),
      sizeof(Filled),
      sizeof(JsonReader),
      sizeof(Json),
      sizeof(std::string),
      sizeof(Gradient),
      EIGEN_MAX_ALIGN_BYTES,
      EIGEN_WORLD_VERSION * 10000 + EIGEN_MAJOR_VERSION * 100,
      NLOHMANN_JSON_VERSION_MAJOR * 100 + NLOHMANN_JSON_VERSION_MINOR,
#ifdef _GLIBCXX_USE_CXX11_ABI
      _GLIBCXX_USE_CXX11_ABI,
#endif
  };
  for (const std::uint64_t part : parts)
    hash = (hash ^ static_cast<std::uint32_t>(part)) * 16777619U;
  return hash;
}

}  // namespace detail

/// What stands in a plug-in's file, to be read before anything of it runs: plain bytes, without a
/// pointer that a loader would have to move.
struct PluginStamp {
  static constexpr std::string_view kMagic = "prospect plug-in";
  static constexpr const char* kSection = ".prospect_plugin";

  char magic[16] = {};
  std::uint32_t abi = kPluginAbi;
  std::uint32_t layout = detail::plugin_layout();

  constexpr PluginStamp() { std::copy(kMagic.begin(), kMagic.end(), magic); }
};
static_assert(sizeof(PluginStamp) == 24 && PluginStamp::kMagic.size() == 16);

/// The function that a plug-in exports beside its stamp: describes its strategy.
inline constexpr const char* kPluginEntryPoint = "prospect_plugin_strategy";
using PluginEntryPoint = void (*)(StrategyInfo&);

}  // namespace prospect

#ifdef PROSPECT_IN_TREE
#define PROSPECT_PLUGIN(STRATEGY, OPTIONS, ...)                                           \
  static const ::prospect::Registration<STRATEGY, OPTIONS> prospect_plugin_registration { \
    __VA_ARGS__                                                                           \
  }
#else
// clang-format off
#define PROSPECT_PLUGIN(STRATEGY, OPTIONS, ...)                                               \
  extern "C" {                                                                                \
  __attribute__((visibility("default"))) extern const ::prospect::PluginStamp                 \
      prospect_plugin_stamp;                                                                  \
  constinit const ::prospect::PluginStamp prospect_plugin_stamp                               \
      __attribute__((used, section(".prospect_plugin"))) = {};                                \
  __attribute__((visibility("default"))) void prospect_plugin_strategy(                       \
      ::prospect::StrategyInfo& info) {                                                       \
    info = ::prospect::strategy_info<STRATEGY, OPTIONS>(__VA_ARGS__);                         \
  }                                                                                           \
  }                                                                                           \
  static_assert(true)
// clang-format on
#endif
