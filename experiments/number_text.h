#pragma once

#include <cstdint>
#include <string>

namespace prospect {

/// `number` with `digits` after the point; `-` for NaN.
std::string fixed(double number, int digits);

/// 12,345,678
std::string with_commas(std::int64_t number);

}  // namespace prospect
