#pragma once

// What of LibTorch the room uses, in one place: the sources that need it share it precompiled. Only
// what both 1.13 and 2.x have may be used.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
