#include "datasets/detail/data_variable.h"

#include <cstdlib>

#include "core/error.h"

namespace prospect::detail {

std::string expand_data_variable(const std::string& path, const std::string& where,
                                 const std::string& hint) {
  const std::size_t at = path.find(kDataVariable);
  if (at == std::string::npos || (at > 0 && path[at - 1] != '/')) return path;
  const char* value = std::getenv("PROSPECT_DATA");
  if (value == nullptr || *value == '\0')
    fail(ErrorKind::input, where,
         "expected the environment variable PROSPECT_DATA to name the folder with the data, "
         "which does not come with the program; found it unset",
         hint);
  return value + path.substr(at + kDataVariable.size());
}

}  // namespace prospect::detail
