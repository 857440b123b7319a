#include "experiments/run_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "core/files.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "run.sqlite";
constexpr const char* kLock = "run.lock";

// clang-format off
constexpr const char* kTables = R"(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE splits(
  split_seed INTEGER PRIMARY KEY, task_fingerprint TEXT NOT NULL, dev_ids TEXT NOT NULL,
  num_support INTEGER NOT NULL, num_test INTEGER NOT NULL);
CREATE TABLE units(
  id INTEGER PRIMARY KEY, split_seed INTEGER NOT NULL, seed INTEGER NOT NULL,
  strategy TEXT NOT NULL, room INTEGER NOT NULL, spent INTEGER NOT NULL, num_asks INTEGER NOT NULL,
  seconds REAL NOT NULL, seconds_room REAL, stop TEXT NOT NULL, state TEXT,
  UNIQUE(split_seed, seed, strategy));
CREATE TABLE state_blobs(
  unit INTEGER NOT NULL REFERENCES units(id), name TEXT NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY(unit, name));
CREATE TABLE trials(
  id INTEGER PRIMARY KEY, unit INTEGER NOT NULL REFERENCES units(id), ask INTEGER NOT NULL,
  entry TEXT NOT NULL, parents TEXT NOT NULL, note TEXT NOT NULL,
  status TEXT NOT NULL, reason TEXT NOT NULL, pool TEXT NOT NULL, examples BLOB NOT NULL,
  value REAL, standard_error REAL, log_likelihood REAL, worst_class REAL,
  num_examples INTEGER NOT NULL, truncated INTEGER NOT NULL,
  cost INTEGER NOT NULL, spent INTEGER NOT NULL, stands INTEGER NOT NULL,
  shown TEXT NOT NULL, text_safe INTEGER NOT NULL, num_tokens INTEGER NOT NULL,
  row_outcomes BLOB NOT NULL);
CREATE INDEX standing ON trials(id) WHERE stands;
CREATE TABLE oracle_uses(
  unit INTEGER NOT NULL REFERENCES units(id), ask INTEGER NOT NULL, kind TEXT NOT NULL,
  calls INTEGER NOT NULL, cost INTEGER NOT NULL, PRIMARY KEY(unit, ask, kind));
CREATE TABLE controls(
  split_seed INTEGER NOT NULL, control TEXT NOT NULL, entry TEXT NOT NULL,
  value REAL, standard_error REAL, log_likelihood REAL, worst_class REAL,
  num_examples INTEGER NOT NULL, truncated INTEGER NOT NULL, cost INTEGER NOT NULL,
  shown TEXT NOT NULL, text_safe INTEGER NOT NULL, num_tokens INTEGER NOT NULL,
  failure TEXT NOT NULL, PRIMARY KEY(split_seed, control));
CREATE TABLE tests(
  position INTEGER PRIMARY KEY, trial INTEGER REFERENCES trials(id), split_seed INTEGER NOT NULL,
  control TEXT, done INTEGER NOT NULL,
  value REAL, standard_error REAL, log_likelihood REAL, worst_class REAL,
  num_examples INTEGER NOT NULL, truncated INTEGER NOT NULL, cost INTEGER NOT NULL,
  failure TEXT NOT NULL);
CREATE TABLE events(
  id INTEGER PRIMARY KEY, time TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL);
)";

// What schema 2 added: outcomes can be judged again from the store alone.
constexpr const char* kTablesSince2 = R"(
CREATE TABLE examples(pool TEXT PRIMARY KEY, examples TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE post_hoc(
  trial INTEGER PRIMARY KEY REFERENCES trials(id),
  value REAL, standard_error REAL, log_likelihood REAL, worst_class REAL,
  num_examples INTEGER NOT NULL, truncated INTEGER NOT NULL, cost INTEGER NOT NULL,
  failure TEXT NOT NULL);
ALTER TABLE controls ADD COLUMN row_outcomes BLOB;
ALTER TABLE tests ADD COLUMN row_outcomes BLOB;
)";

// What schema 3 added: limits beside the counted work, and the vectors of soft prompts.
constexpr const char* kTablesSince3 = R"(
ALTER TABLE units ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE units ADD COLUMN num_trials INTEGER NOT NULL DEFAULT 0;
ALTER TABLE units ADD COLUMN tokens_room INTEGER;
ALTER TABLE units ADD COLUMN trials_room INTEGER;
CREATE TABLE vectors(
  id INTEGER PRIMARY KEY, num_rows INTEGER NOT NULL, size INTEGER NOT NULL, data BLOB NOT NULL);
)";
// clang-format on

void put_meta(Database& database, const std::string& key, const std::string& value) {
  database.prepare("INSERT INTO meta VALUES(?, ?)").bind(key, value).run();
}

std::string get_meta(Database& database, const std::string& key) {
  auto query = database.prepare("SELECT value FROM meta WHERE key = ?");
  query.bind(key);
  if (!query.step())
    fail(ErrorKind::input, database.path(), "expected a run store, found one without '", key,
         "'; set the run aside with --fresh");
  return query.text(0);
}

// The file is made aside and renamed: a run exists whole or not at all.
void make_file(const fs::path& path, const RunIdentity& identity) {
  const fs::path aside = path.string() + ".part";
  std::error_code ignored;
  fs::remove(aside, ignored);
  fs::remove(aside.string() + "-journal", ignored);
  {
    Database database(aside, Database::Access::read_write);
    Transaction transaction(database);
    database.execute(kTables);
    database.execute(kTablesSince2);
    database.execute(kTablesSince3);
    database.execute("PRAGMA user_version = " + std::to_string(RunStore::kSchema));
    put_meta(database, "spec", dump_json(identity.spec));
    put_meta(database, "spec_fingerprint", identity.spec_fingerprint);
    put_meta(database, "model_fingerprint", identity.model_fingerprint);
    put_meta(database, "task", dump_json(identity.task));
    transaction.commit();
  }
  std::error_code code;
  fs::rename(aside, path, code);
  if (code) fail(ErrorKind::io, path.string(), "cannot write: ", code.message());
}

}  // namespace

RunLock::RunLock(const fs::path& folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) fail(ErrorKind::io, folder.string(), "cannot make the folder: ", code.message());
  const fs::path path = folder / kLock;
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd_ < 0) fail(ErrorKind::io, path.string(), "cannot write: ", std::strerror(errno));
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const ssize_t size = ::read(fd_, holder, sizeof holder - 1);
    ::close(fd_);
    const std::string pid(holder, size > 0 ? static_cast<std::size_t>(size) : 0);
    fail(ErrorKind::io, folder.string(),
         "expected a run that no other process writes, found that process ",
         pid.empty() ? "(unknown)" : pid, " does; wait for it or choose another --out");
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, pid.data(), pid.size(), 0) < 0) {
    // The number is for the message alone; the lock holds without it.
  }
}

RunLock::~RunLock() {
  ::close(fd_);
}

bool RunStore::exists(const fs::path& folder) {
  return fs::exists(folder / kFile);
}

RunStore::RunStore(fs::path folder, Database::Access access)
    : folder_(std::move(folder)),
      lock_(access == Database::Access::read_write ? std::make_unique<RunLock>(folder_) : nullptr),
      database_(folder_ / kFile, access) {
  check_file();
  if (access == Database::Access::read_write) {
    migrate();
    database_.execute("PRAGMA journal_mode = WAL");
    database_.execute("PRAGMA synchronous = NORMAL");
    database_.execute("PRAGMA foreign_keys = ON");
  }
  read_identity();
}

std::unique_ptr<RunStore> RunStore::create(const fs::path& folder, const RunIdentity& identity) {
  {
    const RunLock lock(folder);
    if (exists(folder))
      fail(ErrorKind::internal, folder.string(), "expected a folder without a run, found one");
    make_file(folder / kFile, identity);
  }
  return open(folder);
}

std::unique_ptr<RunStore> RunStore::open(const fs::path& folder) {
  return std::unique_ptr<RunStore>(new RunStore(folder, Database::Access::read_write));
}

std::unique_ptr<RunStore> RunStore::open_read_only(const fs::path& folder) {
  if (!exists(folder))
    fail(ErrorKind::io, folder.string(), "expected the folder of a run, found no ", kFile);
  return std::unique_ptr<RunStore>(new RunStore(folder, Database::Access::read_only));
}

fs::path RunStore::set_aside(const fs::path& folder) {
  const RunLock lock(folder);
  fs::path base = fs::absolute(folder).lexically_normal();
  if (!base.has_filename()) base = base.parent_path();  // "runs/reviews/"
  for (int number = 1;; ++number) {
    const fs::path aside = base.string() + "." + std::to_string(number);
    if (fs::exists(aside)) continue;
    std::error_code code;
    fs::rename(base, aside, code);
    if (code) fail(ErrorKind::io, base.string(), "cannot rename: ", code.message());
    return aside;
  }
}

void RunStore::check_file() {
  auto version = database_.prepare("PRAGMA user_version");
  version.step();
  schema_ = version.integer(0);
  if (schema_ > kSchema)
    fail(ErrorKind::unsupported, database_.path(), "expected a run store of schema ", kSchema,
         " or older, found schema ", schema_,
         "; use a newer prospect, or set the run aside with --fresh");
  auto check = database_.prepare("PRAGMA quick_check(1)");
  check.step();
  if (check.text(0) != "ok" || schema_ < 1)
    fail(ErrorKind::input, database_.path(), "expected a run store, found a damaged file (",
         schema_ < 1 ? "no schema" : check.text(0), "); set the run aside with --fresh");
}

void RunStore::migrate() {
  if (schema_ == kSchema) return;
  Transaction transaction(database_);
  if (schema_ < 2) database_.execute(kTablesSince2);
  database_.execute(kTablesSince3);
  database_.execute("PRAGMA user_version = " + std::to_string(kSchema));
  transaction.commit();
  schema_ = kSchema;
}

void RunStore::read_identity() {
  identity_.spec = parse_json(get_meta(database_, "spec"), database_.path());
  identity_.spec_fingerprint = get_meta(database_, "spec_fingerprint");
  identity_.model_fingerprint = get_meta(database_, "model_fingerprint");
  identity_.task = parse_json(get_meta(database_, "task"), database_.path());
}

void RunStore::put_event(const std::string& kind, const Json& data) {
  database_.prepare("INSERT INTO events(time, kind, data) VALUES(datetime('now'), ?, ?)")
      .bind(kind, dump_json(data))
      .run();
}

std::vector<std::string> RunStore::events() {
  std::vector<std::string> kinds;
  auto query = database_.prepare("SELECT kind FROM events ORDER BY id");
  while (query.step()) kinds.push_back(query.text(0));
  return kinds;
}

std::vector<Json> RunStore::events_of(const std::string& kind) {
  std::vector<Json> data;
  auto query = database_.prepare("SELECT data FROM events WHERE kind = ? ORDER BY id");
  query.bind(kind);
  while (query.step()) data.push_back(parse_json(query.text(0), database_.path()));
  return data;
}

void RunStore::finish() {
  if (!finished()) put_event("finished", Json::object());
}

bool RunStore::finished() {
  return database_.prepare("SELECT 1 FROM events WHERE kind = 'finished'").step();
}

std::int64_t RunStore::spent() {
  auto query = database_.prepare("SELECT coalesce(sum(spent), 0) FROM units");
  query.step();
  return query.integer(0);
}

double RunStore::seconds() {
  auto units = database_.prepare("SELECT coalesce(sum(seconds), 0.0) FROM units");
  units.step();
  double seconds = units.real(0);
  for (const auto& data : events_of("closing")) seconds += data.value("seconds", 0.0);
  return seconds;
}

RealWork RunStore::real_work() {
  RealWork work;
  for (const auto& data : events_of("work")) {
    work.forwards += data.value("forwards", std::int64_t{0});
    work.tokens += data.value("tokens", std::int64_t{0});
    work.cached += data.value("cached", std::int64_t{0});
    work.screened += data.value("screened", std::int64_t{0});
    work.rescored += data.value("rescored", std::int64_t{0});
  }
  return work;
}

void RunStore::add_real_work(const RealWork& work) {
  put_event("work", {{"forwards", work.forwards},
                     {"tokens", work.tokens},
                     {"cached", work.cached},
                     {"screened", work.screened},
                     {"rescored", work.rescored}});
}

void RunStore::add_seconds(double seconds) {
  put_event("closing", {{"seconds", seconds}});
}

}  // namespace prospect
