#pragma once

// What of LibTorch the room uses, in one place: the sources that need it share it precompiled. Only
// what both 1.13 and 2.x have may be used.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <string>

#include "core/error.h"

namespace prospect {

/// Runs `action`; what LibTorch throws (a shape that does not fit, memory that is not there) leaves
/// as `Error` (internal), on one line: its own messages go on with a stack trace.
template <class Action>
auto with_library_errors(Action&& action) {
  try {
    return action();
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    fail(ErrorKind::internal, "LibTorch", text.substr(0, text.find('\n')));
  }
}

}  // namespace prospect
