#pragma once

#include <cstdint>
#include <string>

#include "core/json.h"

namespace prospect {

/// `number` with `digits` after the point; `-` for NaN.
std::string fixed(double number, int digits);

/// The number, or null for what is not finite: JSON has no other word for it.
Json number_or_null(double value);

/// Of a p-value: `= 0.0123`, or `< 0.0001` where its digits would all be zero.
std::string p_in_words(double p);

/// 12,345,678
std::string with_commas(std::int64_t number);

}  // namespace prospect
