#include "core/processor.h"

namespace prospect {

bool has_bfloat16_products() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

}  // namespace prospect
