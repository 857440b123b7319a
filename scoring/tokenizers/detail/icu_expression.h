#pragma once

#include <string>
#include <string_view>

namespace prospect::tokenizers {

/// A regular expression of the reference's library (Oniguruma, Unicode 16) as ICU reads it.
///
/// The two differ in what classes such as `\w`, `\h` and `[:punct:]` hold, and ICU's tables are
/// older.
std::string as_icu_expression(std::string_view expression);

}  // namespace prospect::tokenizers
