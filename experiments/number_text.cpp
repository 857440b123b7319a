#include "experiments/number_text.h"

#include <cmath>
#include <cstdio>

namespace prospect {

std::string fixed(double number, int digits) {
  if (std::isnan(number)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, number);
  return text;
}

Json number_or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

std::string p_in_words(double p) {
  constexpr double kLeastShown = 0.0001;
  return p < kLeastShown ? "< " + fixed(kLeastShown, 4) : "= " + fixed(p, 4);
}

std::string with_commas(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t sign = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > 3 + sign;) digits.insert(at -= 3, 1, ',');
  return digits;
}

}  // namespace prospect
