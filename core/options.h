#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace prospect {

/// The range that an option's value must lie in; an absent end is open.
template <class T>
struct Range {
  std::optional<T> least, most;
};

template <class T>
Range<T> at_least(T least) {
  return {least, std::nullopt};
}

template <class T>
Range<T> between(T least, T most) {
  return {least, most};
}

/// One option as `prospect list` and the doc pages show it.
struct OptionRow {
  std::string name, type;   ///< `type`: integer, number, boolean, string, strings.
  Json value;               ///< The default.
  std::string help, range;  ///< `range` in words, empty when everything is allowed.
};

/// What is done with each option of a struct: read it, write it, list it.
///
/// An options struct is declared once, by a function that shows its members to a visitor:
/// ```
/// struct BeamOptions { std::int64_t width = 8; };
/// void describe(OptionVisitor& visit, BeamOptions& options) {
///   visit("width", options.width, "Candidates kept after each round.", at_least<std::int64_t>(1));
/// }
/// ```
class OptionVisitor {
 public:
  virtual ~OptionVisitor() = default;
  virtual void operator()(std::string_view name, std::int64_t& value, std::string_view help,
                          Range<std::int64_t> range = {}) = 0;
  virtual void operator()(std::string_view name, double& value, std::string_view help,
                          Range<double> range = {}) = 0;
  virtual void operator()(std::string_view name, bool& value, std::string_view help) = 0;
  /// An empty list of choices allows every string.
  virtual void operator()(std::string_view name, std::string& value, std::string_view help,
                          std::vector<std::string> choices = {}) = 0;
  virtual void operator()(std::string_view name, std::vector<std::string>& value,
                          std::string_view help) = 0;
};

/// Shows the options of one struct to a visitor; made by `described` from a struct.
using Describe = std::function<void(OptionVisitor&)>;

/// The `Describe` of a struct that has a `describe(OptionVisitor&, Options&)`.
template <class Options>
Describe described(Options& options) {
  return [&options](OptionVisitor& visit) { describe(visit, options); };
}

/// Sets the options that `values` names, in the order of their description. A value that is refused
/// leaves its option as it was.
/// @throws Error (input) at the place of the value for an unknown name (with the nearest known
/// one), a wrong type or a value out of range.
void read_options(const Describe& options, const JsonReader& values);

/// The present values, every option included: `read_options` of it gives the same struct.
Json write_options(const Describe& options);

/// One row for each option, with the present value as the default.
std::vector<OptionRow> list_options(const Describe& options);

/// The rows as a Markdown table: what a strategy's page shows under Options.
std::string markdown_table(const std::vector<OptionRow>& rows);

}  // namespace prospect
