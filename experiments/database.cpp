#include "experiments/database.h"

#include <sqlite3.h>

#include <cstring>
#include <limits>
#include <utility>

#include "core/error.h"

namespace prospect {
namespace {

// What a person sees is that another command holds the file; readers wait this long for it.
constexpr int kBusyTimeoutMs = 5'000;

// A path as SQLite's URI wants it: the few characters with a meaning are escaped.
std::string uri_of(const std::string& path, std::string_view parameters) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      constexpr char kDigits[] = "0123456789ABCDEF";
      uri += '%';
      uri += kDigits[static_cast<unsigned char>(c) >> 4];
      uri += kDigits[static_cast<unsigned char>(c) & 15];
    } else {
      uri += c;
    }
  }
  return uri.append(parameters);
}

ErrorKind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return ErrorKind::input;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_AUTH:
      return ErrorKind::io;
    default:
      return ErrorKind::internal;
  }
}

}  // namespace

Database::Database(const std::filesystem::path& path, Access access, Words words)
    : path_(path.string()), words_(std::move(words)) {
  if (access == Access::read_write) {
    open(path_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    return;
  }
  if (!std::filesystem::exists(path)) fail(ErrorKind::io, path_, "cannot read: no such file");
  const std::string uri = uri_of(std::filesystem::absolute(path).string(), "?mode=ro");
  open(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  // A file in WAL mode needs a helper beside it even for reading. Where the folder allows none and
  // no log is waiting, the file alone is the whole truth.
  const int code = sqlite3_exec(handle_, "SELECT 1 FROM sqlite_master", nullptr, nullptr, nullptr);
  if ((code & 0xff) == SQLITE_CANTOPEN && !std::filesystem::exists(path_ + "-wal")) {
    sqlite3_close(std::exchange(handle_, nullptr));
    open(uri + "&immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  } else if (code != SQLITE_OK) {
    try {
      fail_with(code);
    } catch (...) {
      sqlite3_close(std::exchange(handle_, nullptr));
      throw;
    }
  }
}

Database::~Database() {
  sqlite3_close(handle_);
}

void Database::open(const std::string& uri, int flags) {
  const int code = sqlite3_open_v2(uri.c_str(), &handle_, flags, nullptr);
  if (code != SQLITE_OK) {
    const std::string reason = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
    sqlite3_close(std::exchange(handle_, nullptr));
    fail(kind_of(code), path_, "cannot open ", words_.name, ": ", reason);
  }
  sqlite3_extended_result_codes(handle_, 1);
  sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
}

void Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail_with(code);
}

Statement Database::prepare(std::string_view sql) {
  return Statement(*this, sql);
}

std::int64_t Database::last_insert_id() const {
  return sqlite3_last_insert_rowid(handle_);
}

void Database::fail_with(int code) const {
  const ErrorKind kind = kind_of(code);
  if (kind == ErrorKind::input)
    fail(kind, path_, "expected ", words_.name, ", found a damaged file (", sqlite3_errmsg(handle_),
         "); ", words_.remedy);
  if (kind == ErrorKind::io && (code & 0xff) == SQLITE_BUSY)
    fail(kind, path_, "cannot write: another process holds ", words_.name);
  fail(kind, path_, "cannot use ", words_.name, ": ", sqlite3_errmsg(handle_));
}

Statement::Statement(Database& database, std::string_view sql) : database_(&database) {
  check(sqlite3_prepare_v2(database.handle_, sql.data(), static_cast<int>(sql.size()), &handle_,
                           nullptr));
}

Statement::~Statement() {
  sqlite3_finalize(handle_);
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      handle_(std::exchange(other.handle_, nullptr)),
      next_(other.next_) {}

bool Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_->fail_with(code);
  return false;
}

void Statement::reset() {
  sqlite3_reset(handle_);  // what went wrong before was told then
  next_ = 1;
}

void Statement::run() {
  while (step()) {
  }
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_, column);
}

double Statement::real(int column) const {
  if (is_null(column)) return std::numeric_limits<double>::quiet_NaN();
  return sqlite3_column_double(handle_, column);
}

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

Bytes Statement::blob(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(handle_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
  return data == nullptr ? Bytes() : Bytes(data, data + size);
}

void Statement::bind_one(std::int64_t value) {
  check(sqlite3_bind_int64(handle_, next_++, value));
}

void Statement::bind_one(double value) {
  check(sqlite3_bind_double(handle_, next_++, value));
}

void Statement::bind_one(std::string_view value) {
  check(sqlite3_bind_text64(handle_, next_++, value.data(), value.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
}

void Statement::bind_one(std::span<const std::byte> value) {
  // A null pointer would bind NULL, not an empty blob.
  if (value.empty())
    check(sqlite3_bind_zeroblob(handle_, next_++, 0));
  else
    check(sqlite3_bind_blob64(handle_, next_++, value.data(), value.size(), SQLITE_TRANSIENT));
}

void Statement::bind_null() {
  check(sqlite3_bind_null(handle_, next_++));
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) database_->fail_with(code);
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const Error&) {
    // The transaction is already gone, for instance after a full disk.
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace prospect
