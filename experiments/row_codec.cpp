#include "experiments/row_codec.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "core/error.h"

namespace prospect {
namespace {

static_assert(std::endian::native == std::endian::little, "stored numbers are little-endian");

constexpr std::size_t kExtra = 4;  // coverage, gold rank, truncated tokens, forwards

template <class Value>
Bytes bytes_of(std::span<const Value> values) {
  Bytes bytes(values.size_bytes());
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <class Value>
std::vector<Value> values_of(std::span<const std::byte> bytes) {
  if (bytes.size() % sizeof(Value) != 0)
    fail(ErrorKind::input, "run store", "expected blobs of ", sizeof(Value),
         "-byte numbers, found one of ", bytes.size(), " bytes");
  std::vector<Value> values(bytes.size() / sizeof(Value));
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace

Bytes encode_rows(std::span<const RowOutcome> rows) {
  std::vector<double> numbers;
  for (const auto& row : rows) {
    numbers.insert(numbers.end(), row.log_p.begin(), row.log_p.end());
    numbers.push_back(row.coverage);
    for (const std::int32_t count : {row.gold_rank, row.truncated_tokens, row.num_forwards})
      numbers.push_back(count);
  }
  return bytes_of<double>(numbers);
}

std::vector<RowOutcome> decode_rows(std::span<const std::byte> bytes, std::size_t num_rows) {
  const std::vector<double> numbers = values_of<double>(bytes);
  const std::size_t width = num_rows == 0 ? 0 : numbers.size() / num_rows;
  if (width * num_rows != numbers.size() || (num_rows > 0 && width < kExtra))
    fail(ErrorKind::input, "run store", "expected the outcomes of ", num_rows, " rows, found ",
         numbers.size(), " numbers");
  std::vector<RowOutcome> rows(num_rows);
  for (std::size_t r = 0; r < num_rows; ++r) {
    const double* at = numbers.data() + r * width;
    const double* extra = at + width - kExtra;
    rows[r].log_p.assign(at, extra);
    rows[r].coverage = extra[0];
    rows[r].gold_rank = static_cast<std::int32_t>(extra[1]);
    rows[r].truncated_tokens = static_cast<std::int32_t>(extra[2]);
    rows[r].num_forwards = static_cast<std::int32_t>(extra[3]);
  }
  return rows;
}

Bytes encode_indices(std::span<const ExampleIndex> indices) {
  return bytes_of<ExampleIndex>(indices);
}

std::vector<ExampleIndex> decode_indices(std::span<const std::byte> bytes) {
  return values_of<ExampleIndex>(bytes);
}

}  // namespace prospect
