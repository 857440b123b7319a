#include "experiments/outcome_cache.h"

#include <cstring>
#include <string>

#include "core/error.h"
#include "experiments/row_codec.h"

namespace prospect {
namespace {

// Marks the file as ours among SQLite's: "prsp".
constexpr std::int64_t kApplicationId = 0x70727370;

constexpr const char* kRemedy = "name another file with --cache, or delete this one";

std::span<const std::byte> bytes_of(const ContentKey& key) {
  return std::as_bytes(std::span(key));
}

Bytes encode(const ContentKey& key, const RowOutcome& outcome) {
  Bytes bytes = encode_rows({&outcome, 1});
  ContentHash hash;
  hash.add(static_cast<std::int64_t>(key[0]));
  hash.add(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  const std::uint64_t check = hash.key()[0];
  const auto* begin = reinterpret_cast<const std::byte*>(&check);
  bytes.insert(bytes.end(), begin, begin + sizeof check);
  return bytes;
}

// Nothing where the bytes are not those that were stored.
std::optional<RowOutcome> decode(const ContentKey& key, const Bytes& bytes) {
  constexpr std::size_t kCheck = sizeof(std::uint64_t);
  if (bytes.size() < kCheck + sizeof(double)) return std::nullopt;
  try {
    RowOutcome outcome = decode_rows(std::span(bytes).first(bytes.size() - kCheck), 1).front();
    if (encode(key, outcome) == bytes) return outcome;
  } catch (const Error&) {
    // Told by the caller, who knows the file.
  }
  return std::nullopt;
}

bool is_busy(const Error& error) {
  return error.kind() == ErrorKind::io &&
         std::string_view(error.what()).find("another process holds") != std::string_view::npos;
}

// The statement is over when the number is there: an open one would keep the file's mode.
std::int64_t number(Database& database, const char* sql) {
  auto query = database.prepare(sql);
  query.step();
  return query.integer(0);
}

}  // namespace

OutcomeCache::OutcomeCache(const std::filesystem::path& path)
    : database_(path, Database::Access::read_write, {"an outcome cache", kRemedy}) {
  prepare_file();
}

void OutcomeCache::prepare_file() {
  // In this order: a process that makes the tables now makes them with the mark.
  const bool is_new = number(database_, "SELECT count(*) FROM sqlite_master") == 0;
  const bool is_ours = number(database_, "PRAGMA application_id") == kApplicationId;
  const std::int64_t schema = number(database_, "PRAGMA user_version");
  if (!is_new && !is_ours)
    fail(ErrorKind::input, database_.path(),
         "expected an outcome cache, found another SQLite file; ", kRemedy);
  if (is_ours && schema > kSchema)
    fail(ErrorKind::unsupported, database_.path(), "expected an outcome cache of schema ", kSchema,
         " or older, found schema ", schema, "; use a newer prospect, or ", kRemedy);
  try {
    database_.execute("PRAGMA journal_mode = WAL");
  } catch (const Error& error) {
    if (!is_busy(error)) throw;  // the process that is at work sets it, for all
  }
  database_.execute("PRAGMA synchronous = NORMAL");
  if (is_new) make_tables();
}

void OutcomeCache::make_tables() {
  Transaction transaction(database_);  // another process may have been here first
  database_.execute(
      "CREATE TABLE IF NOT EXISTS outcomes(key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT "
      "ROWID;"
      "PRAGMA application_id = " +
      std::to_string(kApplicationId) + ";PRAGMA user_version = " + std::to_string(kSchema));
  transaction.commit();
}

std::vector<std::optional<RowOutcome>> OutcomeCache::find(std::span<const ContentKey> keys) {
  std::vector<std::optional<RowOutcome>> found(keys.size());
  try {
    auto query = database_.prepare("SELECT value FROM outcomes WHERE key = ?");
    for (std::size_t i = 0; i < keys.size(); ++i) {
      query.reset();
      query.bind(bytes_of(keys[i]));
      if (!query.step()) continue;
      found[i] = decode(keys[i], query.blob(0));
      if (!found[i])
        fail(
            ErrorKind::input, database_.path(),
            "expected an outcome cache, found a damaged file (a value differs from its checksum); ",
            kRemedy);
    }
  } catch (const Error& error) {
    if (!is_busy(error)) throw;
  }
  return found;
}

void OutcomeCache::put(std::span<const ContentKey> keys, std::span<const RowOutcome> outcomes) {
  try {
    Transaction transaction(database_);
    auto insert = database_.prepare("INSERT OR IGNORE INTO outcomes(key, value) VALUES(?, ?)");
    for (std::size_t i = 0; i < keys.size(); ++i) {
      insert.reset();
      insert.bind(bytes_of(keys[i]), encode(keys[i], outcomes[i])).run();
    }
    transaction.commit();
  } catch (const Error& error) {
    if (!is_busy(error)) throw;
  }
}

std::int64_t OutcomeCache::size() {
  return number(database_, "SELECT count(*) FROM outcomes");
}

}  // namespace prospect
