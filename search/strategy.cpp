#include "search/strategy.h"

namespace prospect {

std::string_view name_of(Status status) {
  switch (status) {
    case Status::scored:
      return "scored";
    case Status::dropped:
      return "dropped";
    case Status::failed:
      return "failed";
  }
  return "";
}

}  // namespace prospect
