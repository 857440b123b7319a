#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace prospect {

using Bytes = std::vector<std::byte>;

class Statement;

/// A SQLite database file.
///
/// Failures throw `Error`: (input) for a damaged file, (io) where the operating system or another
/// process is in the way, (internal) for SQL that is wrong.
class Database {
 public:
  enum class Access { read_write, read_only };
  /// How errors call the file, and what they advise.
  struct Words {
    std::string name = "a run store", remedy = "set the run aside with --fresh";
  };

  /// Opens a file, made where it is missing and `access` allows it. Reading alone also works where
  /// nothing may be written beside the file.
  Database(const std::filesystem::path& path, Access access) : Database(path, access, Words()) {}
  Database(const std::filesystem::path& path, Access access, Words words);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::string& path() const { return path_; }

  /// Runs statements without parameters or results.
  void execute(const std::string& sql);
  Statement prepare(std::string_view sql);
  std::int64_t last_insert_id() const;

  /// Throws the `Error` for the library's `code`.
  [[noreturn]] void fail_with(int code) const;

 private:
  friend class Statement;
  void open(const std::string& uri, int flags);

  std::string path_;
  Words words_;
  sqlite3* handle_ = nullptr;
};

/// One SQL statement: bound, stepped and read in place.
/// ```
/// auto query = database.prepare("SELECT name FROM units WHERE seed = ?");
/// query.bind(seed);
/// while (query.step()) names.push_back(query.text(0));
/// ```
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;

  /// Binds the next parameters, from the left.
  template <class... Values>
  Statement& bind(const Values&... values) {
    (bind_one(values), ...);
    return *this;
  }

  /// Moves to the next row; false when there is none.
  bool step();
  /// Makes the statement ready to be bound and stepped again.
  void reset();
  /// Runs a statement that gives no rows.
  void run();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  /// NaN where the column is null, as SQLite stores it.
  double real(int column) const;
  std::string text(int column) const;
  Bytes blob(int column) const;

 private:
  void bind_one(std::int64_t value);
  void bind_one(double value);
  void bind_one(std::string_view value);
  void bind_one(const std::string& value) { bind_one(std::string_view(value)); }
  void bind_one(const char* value) { bind_one(std::string_view(value)); }
  void bind_one(std::span<const std::byte> value);
  void bind_one(const Bytes& value) { bind_one(std::span<const std::byte>(value)); }
  void bind_one(bool value) { bind_one(static_cast<std::int64_t>(value)); }
  template <class Value>
  void bind_one(const std::optional<Value>& value) {
    if (value)
      bind_one(*value);
    else
      bind_null();
  }
  void bind_null();
  void check(int code) const;

  Database* database_;
  sqlite3_stmt* handle_ = nullptr;
  int next_ = 1;
};

/// Everything between construction and `commit` happens, or nothing of it.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace prospect
