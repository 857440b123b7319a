#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace prospect {

/// One value of a pickle. What the pickle would call is written down, never called.
struct PickleValue {
  enum class Kind {
    none,
    boolean,       ///< `integer` is 0 or 1.
    integer,       ///< `integer`.
    long_integer,  ///< More than 64 bits: `text` is little-endian, two's complement.
    real,          ///< `real`.
    text,          ///< `text`, valid UTF-8.
    bytes,         ///< `text`, any bytes.
    tuple,         ///< `items`.
    list,          ///< `items`; also a set.
    dict,          ///< `items`: key, value, key, value. Also an OrderedDict.
    global,        ///< A name to import: `text`, as `torch.FloatStorage`.
    call,          ///< A call of the global in `text` with the arguments in `items`.
    persistent,    ///< What the writer stored elsewhere: `items` is its identifier, one value.
  };

  Kind kind = Kind::none;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<const PickleValue*> items;
};

/// `a dict`, `the call of torch.Size`: for messages.
std::string describe(const PickleValue& value);

/// A pickle as plain values, read without executing anything: globals are names, calls are notes.
/// Protocols 0 to 5, as far as plain containers need them.
///
/// Values may be shared and may contain themselves, so whoever walks them bounds the depth.
class Pickle {
 public:
  /// Whether the global of this name (module, dot, name) may stand in the pickle.
  using Allowed = std::function<bool(std::string_view)>;

  /// Reads the pickle at the start of `bytes`.
  ///
  /// @param where    the file, for messages.
  /// @param allowed  asked for every global but those of plain containers.
  /// @throws Error (unsupported) naming the first global that is not allowed; (model) for a pickle
  /// that is cut off, has an unknown opcode, uses what it never stored, or nests too deeply.
  /// Source: the opcodes' descriptions in Python's pickletools.
  Pickle(std::span<const std::byte> bytes, const std::string& where, const Allowed& allowed);

  Pickle(const Pickle&) = delete;  // values point to one another
  Pickle& operator=(const Pickle&) = delete;

  const PickleValue& value() const { return *value_; }
  /// All persistent values, in the order in which they stand.
  const std::vector<const PickleValue*>& persistent() const { return persistent_; }
  /// The bytes up to the end of the pickle; others may follow.
  std::size_t size() const { return size_; }

 private:
  std::deque<PickleValue> values_;  // a deque keeps the places of its members
  const PickleValue* value_ = nullptr;
  std::vector<const PickleValue*> persistent_;
  std::size_t size_ = 0;
};

}  // namespace prospect
