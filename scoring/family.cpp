#include "scoring/family.h"

#include <map>

#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

// Filled by static registration, hence made on first use.
std::map<std::string, Family>& families() {
  static std::map<std::string, Family> families;
  return families;
}

}  // namespace

void register_family(const Family& family) {
  const auto [at, added] = families().emplace(std::string(family.model_type), family);
  if (!added) fail(ErrorKind::internal, at->first, "a model family of this name exists already");
}

const Family& find_family(const std::string& model_type, const std::string& where) {
  const auto at = families().find(model_type);
  if (at != families().end()) return at->second;
  std::vector<std::string> known;
  for (const auto& [name, family] : families()) known.push_back(name);
  fail(ErrorKind::unsupported, where, "unknown model_type '", model_type,
       "'; known: ", join(known, ", "));
}

std::vector<const Family*> list_families() {
  std::vector<const Family*> list;
  for (const auto& [name, family] : families()) list.push_back(&family);
  return list;
}

}  // namespace prospect
