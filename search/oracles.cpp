#include "search/oracles.h"

namespace prospect {

std::string_view name_of(OracleKind kind) {
  switch (kind) {
    case OracleKind::gradient:
      return "gradient";
    case OracleKind::slot:
      return "slot";
    case OracleKind::generation:
      return "generation";
    case OracleKind::likelihood:
      return "likelihood";
    case OracleKind::paraphrase:
      return "paraphrase";
    case OracleKind::draft:
      return "draft";
    case OracleKind::head:
      return "head";
  }
  return "";
}

bool Oracles::has(OracleKind kind) {
  switch (kind) {
    case OracleKind::gradient:
      return gradient() != nullptr;
    case OracleKind::slot:
      return slot() != nullptr;
    case OracleKind::generation:
      return generation() != nullptr;
    case OracleKind::likelihood:
      return likelihood() != nullptr;
    case OracleKind::paraphrase:
      return paraphrase() != nullptr;
    case OracleKind::draft:
      return draft() != nullptr;
    case OracleKind::head:
      return head() != nullptr;
  }
  return false;
}

}  // namespace prospect
