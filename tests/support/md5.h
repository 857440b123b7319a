#pragma once

#include <string>
#include <string_view>

namespace prospect::test {

/// The MD5 sum of `bytes` as 32 hexadecimal digits, to compare with published lists of sums.
/// Source: RFC 1321.
std::string md5(std::string_view bytes);

}  // namespace prospect::test
