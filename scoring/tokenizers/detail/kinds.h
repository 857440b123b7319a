#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/json.h"
#include "core/text.h"

namespace prospect::tokenizers {

/// One row of the list of kinds of a part: what "type" says, and who makes it.
template <class Made>
struct Kind {
  std::string_view type;
  std::unique_ptr<const Made> (*make)(const JsonReader& reader);
};

/// Makes the part that `reader` describes by its member "type".
/// @param what  the part's name in messages, for instance "normalizer".
/// @throws Error (unsupported) for a type that is not among `kinds`; (input) for wrong members.
template <class Made>
std::unique_ptr<const Made> make_kind(const JsonReader& reader, std::string_view what,
                                      std::span<const Kind<Made>> kinds) {
  const JsonReader type = reader.at("type");
  const std::string name = type.string();
  std::vector<std::string> known;
  for (const auto& kind : kinds) {
    if (kind.type == name) return kind.make(reader);
    known.emplace_back(kind.type);
  }
  fail(ErrorKind::unsupported, type.where(), "unknown ", what, " '", name, "'",
       suggestion(name, known));
}

/// A member, or nothing where it is absent or null.
inline std::optional<JsonReader> optional_member(const JsonReader& reader, std::string_view key) {
  if (!reader.has(key)) return std::nullopt;
  const JsonReader member = reader.at(key);
  if (member.value().is_null()) return std::nullopt;
  return member;
}

inline bool boolean_or(const JsonReader& reader, std::string_view key, bool otherwise) {
  const auto member = optional_member(reader, key);
  return member ? member->boolean() : otherwise;
}

}  // namespace prospect::tokenizers
