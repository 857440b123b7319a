#pragma once

#include <doctest/doctest.h>

#include <string>

#include "core/error.h"

namespace prospect::test {

/// Runs `action` and checks that it throws an `Error` of this kind whose text (place and message)
/// holds `fragment`.
template <class Action>
void expect_error(ErrorKind kind, const std::string& fragment, Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    INFO("threw: ", std::string(error.what()));
    CHECK(name_of(error.kind()) == name_of(kind));
    CHECK(std::string(error.what()).find(fragment) != std::string::npos);
    return;
  }
  FAIL("expected an error that holds '" << fragment << "', nothing was thrown");
}

}  // namespace prospect::test
