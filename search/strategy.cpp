#include "search/strategy.h"

#include "core/text.h"

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

BlobId blob_id_of(const MatrixXf& vectors) {
  std::string bytes = std::to_string(vectors.rows()) + " x " + std::to_string(vectors.cols()) + ":";
  bytes.append(reinterpret_cast<const char*>(vectors.data()),
               static_cast<std::size_t>(vectors.size()) * sizeof(float));
  // A name is at least 0, and one digit less than the hash has room in its 63 bits.
  return std::stoll(fingerprint(bytes).substr(1), nullptr, 16);
}

}  // namespace prospect
