#include "search/detail/alternatives.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/error.h"

namespace prospect {
namespace {

// At each `|` that is no operator of a field, as in `{text|keep}`.
std::vector<std::string> split_outside_braces(const std::string& text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text) {
    depth += c == '{' ? 1 : c == '}' ? -1 : 0;
    if (c == '|' && depth <= 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

}  // namespace

std::vector<std::vector<std::string>> parse_alternatives(const std::string& text,
                                                         const std::string& where) {
  std::vector<std::vector<std::string>> choices;
  std::string run;
  const auto flush = [&] {
    if (!run.empty()) choices.push_back({std::exchange(run, {})});
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool doubled = at + 1 < text.size() && text[at + 1] == c;
    if ((c == '[' || c == ']') && doubled) {
      run += c;
      ++at;
    } else if (c == ']') {
      fail(ErrorKind::input, where, "expected '[' before the ']' at byte ", at + 1, " of '", text,
           "'; write ]] for a bracket");
    } else if (c == '[') {
      const std::size_t end = text.find(']', at);
      const std::string inside =
          end == std::string::npos ? std::string() : text.substr(at + 1, end - at - 1);
      if (end == std::string::npos || inside.find('[') != std::string::npos)
        fail(ErrorKind::input, where, "expected ']' for the '[' at byte ", at + 1, " of '", text,
             "'; write [[ for a bracket");
      if (split_outside_braces(inside).size() == 1) {
        run += '[' + inside + ']';
      } else {
        flush();
        std::vector<std::string> parts;
        for (auto& part : split_outside_braces(inside))
          if (std::find(parts.begin(), parts.end(), part) == parts.end())
            parts.push_back(std::move(part));
        choices.push_back(std::move(parts));
      }
      at = end;
    } else {
      run += c;
    }
  }
  flush();
  return choices;
}

std::uint64_t product_size(const std::vector<std::uint64_t>& sizes) {
  std::uint64_t product = 1;
  for (const std::uint64_t size : sizes)
    if (__builtin_mul_overflow(product, size, &product))
      return std::numeric_limits<std::uint64_t>::max();
  return product;
}

std::vector<std::uint64_t> product_at(const std::vector<std::uint64_t>& sizes,
                                      std::uint64_t index) {
  std::vector<std::uint64_t> digits(sizes.size());
  for (std::size_t i = sizes.size(); i-- > 0;) {
    digits[i] = index % sizes[i];
    index /= sizes[i];
  }
  return digits;
}

}  // namespace prospect
