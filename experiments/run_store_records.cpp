#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "experiments/row_codec.h"
#include "experiments/run_store.h"
#include "search/gradient/optimiser.h"

// How records become rows of the run store's tables, and back.

namespace prospect {
namespace {

template <class Value, std::size_t N>
Value from_name(const std::string& name, const Value (&values)[N], const std::string& where) {
  for (const Value value : values)
    if (name_of(value) == name) return value;
  fail(ErrorKind::input, where, "expected a known word in the run store, found '", name, "'");
}

constexpr Status kStatuses[] = {Status::scored, Status::dropped, Status::failed};
constexpr OracleKind kOracleKinds[] = {
    OracleKind::gradient,   OracleKind::slot,  OracleKind::generation, OracleKind::likelihood,
    OracleKind::paraphrase, OracleKind::draft, OracleKind::head};
constexpr Pool kPools[] = {Pool::support, Pool::dev, Pool::unlabelled};

Entry read_entry(const std::string& text, const std::string& where) {
  const Json json = parse_json(text, where);
  return entry_from_json(JsonReader(json, where));
}

// The columns value, standard_error, log_likelihood, worst_class, num_examples, truncated.
void bind_evaluation(Statement& statement, const Evaluation& evaluation) {
  statement.bind(evaluation.value, evaluation.standard_error, evaluation.log_likelihood,
                 evaluation.worst_class, static_cast<std::int64_t>(evaluation.num_examples),
                 evaluation.truncated);
}

Evaluation read_evaluation(const Statement& row, int first) {
  Evaluation evaluation;
  evaluation.value = row.real(first);
  evaluation.standard_error = row.real(first + 1);
  evaluation.log_likelihood = row.real(first + 2);
  evaluation.worst_class = row.real(first + 3);
  evaluation.num_examples = static_cast<std::size_t>(row.integer(first + 4));
  evaluation.truncated = row.integer(first + 5);
  return evaluation;
}

// The rows of a control or test; none where none were kept.
std::vector<RowOutcome> read_rows(const Statement& row, int column, std::size_t num_examples) {
  if (row.is_null(column)) return {};
  const Bytes bytes = row.blob(column);
  return bytes.empty() ? std::vector<RowOutcome>() : decode_rows(bytes, num_examples);
}

constexpr std::string_view kTrialColumns =
    "id, unit, ask, entry, parents, note, status, reason, pool, examples, value, standard_error, "
    "log_likelihood, worst_class, num_examples, truncated, cost, spent, stands, shown, text_safe, "
    "num_tokens";

std::string select_trials(std::string_view more_columns, std::string_view condition) {
  std::string sql = "SELECT ";
  sql += kTrialColumns;
  sql += more_columns;
  sql += " FROM trials WHERE ";
  sql += condition;
  return sql;
}

TrialRecord read_trial(const Statement& row, bool with_rows, const std::string& where) {
  TrialRecord trial;
  trial.id = row.integer(0);
  trial.unit = row.integer(1);
  trial.ask = row.integer(2);
  trial.entry = read_entry(row.text(3), where);
  trial.provenance.parents = parse_json(row.text(4), where).get<std::vector<TrialId>>();
  trial.provenance.note = row.text(5);
  trial.status = from_name(row.text(6), kStatuses, where);
  trial.reason = row.text(7);
  trial.outcome.pool = from_name(row.text(8), kPools, where);
  trial.outcome.examples = decode_indices(row.blob(9));
  trial.evaluation = read_evaluation(row, 10);
  trial.cost = row.integer(16);
  trial.spent = row.integer(17);
  trial.stands = row.integer(18) != 0;
  trial.shown = {row.text(19), row.integer(20) != 0, row.integer(21)};
  if (with_rows) trial.outcome.rows = decode_rows(row.blob(22), trial.outcome.examples.size());
  return trial;
}

void insert_vectors(Database& database, BlobId id, const MatrixXf& vectors) {
  database.prepare("INSERT OR IGNORE INTO vectors VALUES(?,?,?,?)")
      .bind(id, static_cast<std::int64_t>(vectors.rows()),
            static_cast<std::int64_t>(vectors.cols()), matrix_to_bytes(vectors))
      .run();
}

void insert_trial(Database& database, const TrialRecord& trial) {
  if (const auto* soft = std::get_if<SoftPrompt>(&trial.entry); soft && trial.vectors.size() > 0)
    insert_vectors(database, soft->vectors, trial.vectors);
  auto insert =
      database.prepare("INSERT INTO trials VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  insert.bind(trial.id, trial.unit, trial.ask, dump_json(to_json(trial.entry)),
              dump_json(trial.provenance.parents), trial.provenance.note, name_of(trial.status),
              trial.reason, name_of(trial.outcome.pool), encode_indices(trial.outcome.examples));
  bind_evaluation(insert, trial.evaluation);
  insert.bind(trial.cost, trial.spent, trial.stands, trial.shown.tmpl, trial.shown.text_safe,
              trial.shown.num_tokens, encode_rows(trial.outcome.rows));
  insert.run();
}

}  // namespace

MatrixXf RunStore::vectors(BlobId id) {
  if (schema_ >= 3) {
    auto query = database_.prepare("SELECT num_rows, size, data FROM vectors WHERE id = ?");
    query.bind(id);
    if (query.step()) return matrix_from_bytes(query.blob(2), query.integer(0), query.integer(1));
  }
  fail(ErrorKind::input, database_.path(), "expected the vectors of a soft prompt under ", id,
       ", found none; the run store is damaged");
}

void RunStore::put_split(const SplitRecord& split) {
  database_.prepare("INSERT INTO splits VALUES(?,?,?,?,?)")
      .bind(static_cast<std::int64_t>(split.split_seed), split.task_fingerprint,
            dump_json(split.dev_ids), split.num_support, split.num_test)
      .run();
}

std::vector<SplitRecord> RunStore::splits() {
  std::vector<SplitRecord> splits;
  auto query = database_.prepare("SELECT * FROM splits ORDER BY rowid");
  while (query.step()) {
    const Json ids = parse_json(query.text(2), database_.path());
    splits.push_back({static_cast<std::uint64_t>(query.integer(0)), query.text(1),
                      ids.get<std::vector<std::string>>(), query.integer(3), query.integer(4)});
  }
  return splits;
}

namespace {

std::string pool_key(std::optional<std::uint64_t> split_seed) {
  return split_seed ? "dev/" + std::to_string(*split_seed) : "test";
}

}  // namespace

void RunStore::put_examples(std::optional<std::uint64_t> split_seed,
                            std::span<const Example> examples) {
  Json json = Json::array();
  for (const auto& example : examples)
    json.push_back({example.id, example.label, example.gold, example.group});
  database_.prepare("INSERT OR REPLACE INTO examples VALUES(?,?)")
      .bind(pool_key(split_seed), dump_json(json))
      .run();
}

std::vector<Example> RunStore::examples(std::optional<std::uint64_t> split_seed) {
  std::vector<Example> examples;
  if (schema_ < 2) return examples;
  auto query = database_.prepare("SELECT examples FROM examples WHERE pool = ?");
  query.bind(pool_key(split_seed));
  if (!query.step()) return examples;
  for (const auto& json : parse_json(query.text(0), database_.path()))
    examples.push_back({json.at(0), {}, json.at(1), json.at(2), json.at(3)});
  return examples;
}

std::vector<UnitRecord> RunStore::units() {
  std::vector<UnitRecord> units;
  auto query = database_.prepare(
      "SELECT id, split_seed, seed, strategy, room, spent, num_asks, seconds, seconds_room, stop" +
      std::string(schema_ < 3 ? "" : ", tokens, num_trials, tokens_room, trials_room") +
      " FROM units ORDER BY id");
  while (query.step()) {
    UnitRecord unit;
    unit.id = query.integer(0);
    unit.split_seed = static_cast<std::uint64_t>(query.integer(1));
    unit.seed = static_cast<std::uint64_t>(query.integer(2));
    unit.strategy = query.text(3);
    unit.room = query.integer(4);
    unit.spent = query.integer(5);
    unit.num_asks = query.integer(6);
    unit.seconds = query.real(7);
    if (!query.is_null(8)) unit.seconds_room = query.real(8);
    unit.stop = query.text(9);
    if (schema_ >= 3) {
      unit.tokens = query.integer(10);
      unit.num_trials = query.integer(11);
      if (!query.is_null(12)) unit.tokens_room = query.integer(12);
      if (!query.is_null(13)) unit.trials_room = query.integer(13);
    }
    units.push_back(std::move(unit));
  }
  return units;
}

void RunStore::begin_unit(UnitRecord& unit) {
  database_
      .prepare(
          "INSERT INTO units(split_seed, seed, strategy, room, spent, num_asks, seconds, "
          "seconds_room, stop, tokens, num_trials, tokens_room, trials_room) "
          "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)")
      .bind(static_cast<std::int64_t>(unit.split_seed), static_cast<std::int64_t>(unit.seed),
            unit.strategy, unit.room, unit.spent, unit.num_asks, unit.seconds, unit.seconds_room,
            unit.stop, unit.tokens, unit.num_trials, unit.tokens_room, unit.trials_room)
      .run();
  unit.id = database_.last_insert_id();
}

std::optional<State> RunStore::state(std::int64_t unit) {
  auto query = database_.prepare("SELECT state FROM units WHERE id = ?");
  query.bind(unit);
  if (!query.step() || query.is_null(0)) return std::nullopt;
  State state;
  state.values = parse_json(query.text(0), database_.path());
  auto blobs = database_.prepare("SELECT name, data FROM state_blobs WHERE unit = ?");
  blobs.bind(unit);
  while (blobs.step()) state.blobs[blobs.text(0)] = blobs.blob(1);
  return state;
}

void RunStore::update_unit(const UnitRecord& unit) {
  database_
      .prepare(
          "UPDATE units SET spent = ?, tokens = ?, num_trials = ?, num_asks = ?, seconds = ?, "
          "stop = ? WHERE id = ?")
      .bind(unit.spent, unit.tokens, unit.num_trials, unit.num_asks, unit.seconds, unit.stop,
            unit.id)
      .run();
}

// The calls of an ask that proposed nothing are counted with those of the ask before it.
void RunStore::insert_oracle_uses(const UnitRecord& unit, std::span<const OracleUse> uses) {
  for (const auto& use : uses) {
    database_
        .prepare(
            "INSERT INTO oracle_uses VALUES(?,?,?,?,?) ON CONFLICT(unit, ask, kind) DO UPDATE "
            "SET calls = calls + excluded.calls, cost = cost + excluded.cost")
        .bind(unit.id, unit.num_asks, name_of(use.kind), use.calls, use.cost)
        .run();
  }
}

void RunStore::put_ask(const UnitRecord& unit, std::span<const TrialRecord> trials,
                       std::span<const OracleUse> oracle_uses, const State& state) {
  Transaction transaction(database_);
  for (const auto& trial : trials) insert_trial(database_, trial);
  insert_oracle_uses(unit, oracle_uses);
  update_unit(unit);
  database_.prepare("UPDATE units SET state = ? WHERE id = ?")
      .bind(dump_json(state.values), unit.id)
      .run();
  database_.prepare("DELETE FROM state_blobs WHERE unit = ?").bind(unit.id).run();
  for (const auto& [name, data] : state.blobs)
    database_.prepare("INSERT INTO state_blobs VALUES(?,?,?)").bind(unit.id, name, data).run();
  transaction.commit();
}

void RunStore::end_unit(const UnitRecord& unit, std::span<const OracleUse> oracle_uses) {
  Transaction transaction(database_);
  insert_oracle_uses(unit, oracle_uses);
  update_unit(unit);
  put_event("unit_ended", {{"unit", unit.id}, {"stop", unit.stop}, {"spent", unit.spent}});
  transaction.commit();
}

std::vector<AskRecord> RunStore::asks() {
  std::vector<AskRecord> asks;
  auto query = database_.prepare(
      "SELECT unit, ask, min(id), max(spent) FROM trials GROUP BY unit, ask ORDER BY min(id)");
  while (query.step())
    asks.push_back({query.integer(0), query.integer(1), query.integer(2), query.integer(3)});
  return asks;
}

std::vector<OracleUse> RunStore::oracle_uses(std::int64_t unit) {
  std::vector<OracleUse> uses;
  auto query = database_.prepare(
      "SELECT kind, sum(calls), sum(cost) FROM oracle_uses WHERE unit = ? GROUP BY kind "
      "ORDER BY kind");
  query.bind(unit);
  while (query.step())
    uses.push_back({from_name(query.text(0), kOracleKinds, database_.path()), query.integer(1),
                    query.integer(2)});
  return uses;
}

TrialId RunStore::next_trial_id() {
  auto query = database_.prepare("SELECT coalesce(max(id), 0) + 1 FROM trials");
  query.step();
  return query.integer(0);
}

void RunStore::visit_standing(std::optional<std::int64_t> unit,
                              const std::function<void(TrialRecord&&)>& visit, Rows rows) {
  auto query = database_.prepare(select_trials(rows == Rows::with ? ", row_outcomes" : "",
                                               "stands AND unit = coalesce(?, unit) ORDER BY id"));
  query.bind(unit);
  while (query.step()) visit(read_trial(query, rows == Rows::with, database_.path()));
}

void RunStore::visit_trials(const std::function<void(TrialRecord&&)>& visit) {
  auto query = database_.prepare(select_trials("", "true ORDER BY id"));
  while (query.step()) visit(read_trial(query, false, database_.path()));
}

TrialRecord RunStore::trial(TrialId id) {
  auto query = database_.prepare(select_trials(", row_outcomes", "id = ?"));
  query.bind(id);
  if (!query.step())
    fail(ErrorKind::internal, database_.path(), "expected trial ", id, ", found none");
  return read_trial(query, true, database_.path());
}

std::int64_t RunStore::num_trials(Status status) {
  auto query = database_.prepare("SELECT count(*) FROM trials WHERE status = ?");
  query.bind(name_of(status));
  query.step();
  return query.integer(0);
}

std::int64_t RunStore::num_trials_of(std::int64_t unit) {
  auto query = database_.prepare("SELECT count(*) FROM trials WHERE unit = ?");
  query.bind(unit);
  query.step();
  return query.integer(0);
}

void RunStore::put_control(const ControlRecord& control) {
  auto insert = database_.prepare("INSERT INTO controls VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  insert.bind(static_cast<std::int64_t>(control.split_seed), name_of(control.control),
              dump_json(to_json(control.entry)));
  bind_evaluation(insert, control.evaluation);
  insert.bind(control.cost, control.shown.tmpl, control.shown.text_safe, control.shown.num_tokens,
              control.failure, encode_rows(control.rows));
  insert.run();
}

std::vector<ControlRecord> RunStore::controls() {
  std::vector<ControlRecord> controls;
  auto query = database_.prepare("SELECT * FROM controls ORDER BY split_seed, control");
  while (query.step()) {
    ControlRecord control;
    control.split_seed = static_cast<std::uint64_t>(query.integer(0));
    control.control = from_name(query.text(1), kControls, database_.path());
    control.entry = read_entry(query.text(2), database_.path());
    control.evaluation = read_evaluation(query, 3);
    control.cost = query.integer(9);
    control.shown = {query.text(10), query.integer(11) != 0, query.integer(12)};
    control.failure = query.text(13);
    if (schema_ >= 2) control.rows = read_rows(query, 14, control.evaluation.num_examples);
    controls.push_back(std::move(control));
  }
  return controls;
}

void RunStore::open_test(std::span<const TestSubject> subjects) {
  Transaction transaction(database_);
  put_event("test_opened", {{"entries", subjects.size()}});
  std::int64_t position = 0;
  for (const auto& subject : subjects) {
    std::optional<std::string> control;
    if (subject.control) control = std::string(name_of(*subject.control));
    database_
        .prepare(
            "INSERT INTO tests(position, trial, split_seed, control, done, num_examples, "
            "truncated, cost, failure) VALUES(?,?,?,?,0,0,0,0,'')")
        .bind(position++, subject.trial, static_cast<std::int64_t>(subject.split_seed), control)
        .run();
  }
  transaction.commit();
}

namespace {

TestSubject read_subject(const Statement& row, const std::string& where) {
  TestSubject subject;
  if (!row.is_null(0)) subject.trial = row.integer(0);
  subject.split_seed = static_cast<std::uint64_t>(row.integer(1));
  if (!row.is_null(2)) subject.control = from_name(row.text(2), kControls, where);
  return subject;
}

}  // namespace

std::optional<std::vector<TestSubject>> RunStore::test_subjects() {
  if (!database_.prepare("SELECT 1 FROM events WHERE kind = 'test_opened'").step())
    return std::nullopt;
  std::vector<TestSubject> subjects;
  auto query = database_.prepare("SELECT trial, split_seed, control FROM tests ORDER BY position");
  while (query.step()) subjects.push_back(read_subject(query, database_.path()));
  return subjects;
}

void RunStore::put_test(const TestRecord& record) {
  std::optional<std::string> control;
  if (record.subject.control) control = std::string(name_of(*record.subject.control));
  auto update = database_.prepare(
      "UPDATE tests SET done = 1, value = ?, standard_error = ?, log_likelihood = ?, "
      "worst_class = ?, num_examples = ?, truncated = ?, cost = ?, failure = ?, "
      "row_outcomes = ? WHERE trial IS ? AND split_seed = ? AND control IS ?");
  bind_evaluation(update, record.evaluation);
  update
      .bind(record.cost, record.failure, encode_rows(record.rows), record.subject.trial,
            static_cast<std::int64_t>(record.subject.split_seed), control)
      .run();
}

std::vector<TestRecord> RunStore::tests() {
  std::vector<TestRecord> records;
  std::string columns =
      "trial, split_seed, control, value, standard_error, log_likelihood, worst_class, "
      "num_examples, truncated, cost, failure";
  if (schema_ >= 2) columns += ", row_outcomes";
  auto query = database_.prepare("SELECT " + columns + " FROM tests WHERE done ORDER BY position");
  while (query.step()) {
    TestRecord record;
    record.subject = read_subject(query, database_.path());
    record.evaluation = read_evaluation(query, 3);
    record.cost = query.integer(9);
    record.failure = query.text(10);
    if (schema_ >= 2) record.rows = read_rows(query, 11, record.evaluation.num_examples);
    records.push_back(std::move(record));
  }
  return records;
}

void RunStore::put_post_hoc(const TestRecord& record) {
  auto insert = database_.prepare("INSERT OR REPLACE INTO post_hoc VALUES(?,?,?,?,?,?,?,?,?)");
  insert.bind(record.subject.trial);
  bind_evaluation(insert, record.evaluation);
  insert.bind(record.cost, record.failure).run();
}

std::vector<TestRecord> RunStore::post_hoc() {
  std::vector<TestRecord> records;
  if (schema_ < 2) return records;
  auto query = database_.prepare(
      "SELECT trial, split_seed, post_hoc.value, post_hoc.standard_error, "
      "post_hoc.log_likelihood, post_hoc.worst_class, post_hoc.num_examples, post_hoc.truncated, "
      "post_hoc.cost, failure FROM post_hoc JOIN trials ON trials.id = trial JOIN units ON "
      "units.id "
      "= unit ORDER BY trial");
  while (query.step()) {
    TestRecord record;
    record.subject = {query.integer(0), static_cast<std::uint64_t>(query.integer(1)), std::nullopt};
    record.evaluation = read_evaluation(query, 2);
    record.cost = query.integer(8);
    record.failure = query.text(9);
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace prospect
