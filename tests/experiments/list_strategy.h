#pragma once

#include <string>
#include <vector>

namespace prospect::test {

/// Strategies for tests, registered when the program starts:
///
/// `test_list` proposes the trigger tokens of its option `words` ("w10 w20"), one proposal each,
/// `per_ask` of them in an ask with `keep`, all on dev, as far as its room reaches or, with `keep`,
/// whatever it is; before each ask it takes a gradient of `gradient_rows` rows. `test_paraphrases`
/// is the same and needs an oracle that the toy model lacks.
inline constexpr const char* kListStrategy = "test_list";

}  // namespace prospect::test
