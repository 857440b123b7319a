#include "experiments/parity.h"

#include <algorithm>
#include <limits>

#include "core/error.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> find_strings(const fs::path& folder,
                                     const std::optional<fs::path>& strings) {
  if (strings) return strings;
  for (const auto& place : {folder, fs::absolute(folder).lexically_normal() / ".."}) {
    std::error_code ignored;
    if (fs::is_regular_file(place / "strings.json", ignored)) return place / "strings.json";
  }
  return std::nullopt;
}

void check_strings(const Tokenizer& tokenizer, const fs::path& folder,
                   const std::optional<fs::path>& strings, ParityReport& report) {
  const auto strings_file = find_strings(folder, strings);
  if (!strings_file) {
    report.skipped.push_back({"tokens",
                              "no strings.json in the folder or the one above; name it "
                              "with --strings"});
    return;
  }
  const fs::path tokens_file = folder / "tokens.json";
  const Json tokens = read_json_file(tokens_file), texts = read_json_file(*strings_file);
  check_tokens(tokenizer, JsonReader(tokens, tokens_file.string()),
               JsonReader(texts, strings_file->string()), report);
}

// Opens something for its checks; one that cannot be opened is a failed check.
template <class Open>
auto try_open(const std::string& name, ParityReport& report, const Open& open) -> decltype(open()) {
  try {
    return open();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) throw;
    report.checks.push_back({name, std::numeric_limits<double>::infinity(), 0, error.what()});
    return nullptr;
  }
}

}  // namespace

std::size_t ParityReport::num_passed() const {
  return static_cast<std::size_t>(std::count_if(
      checks.begin(), checks.end(), [](const ParityCheck& check) { return check.pass(); }));
}

void ParityReport::run(const std::string& name, double tolerance,
                       const std::function<double(std::string& note)>& compare) {
  ParityCheck check{name, std::numeric_limits<double>::infinity(), tolerance, ""};
  try {
    check.max_abs_error = compare(check.note);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) throw;
    check.note = error.what();
  }
  checks.push_back(std::move(check));
}

ParityReport check_parity(const fs::path& folder, const ModelOptions& options,
                          const std::optional<fs::path>& strings) {
  const fs::path golden_file = folder / "golden.json";
  const bool has_golden = fs::exists(golden_file), has_tokens = fs::exists(folder / "tokens.json");
  if (!has_golden && !has_tokens)
    fail(ErrorKind::input, folder.string(),
         "expected a checkpoint with golden.json or tokens.json, found neither");

  ParityReport report;
  const auto tokenizer = try_open("tokenizer", report, [&] { return open_tokenizer(folder); });
  if (has_tokens && tokenizer != nullptr) check_strings(*tokenizer, folder, strings, report);
  if (!has_golden) return report;

  const Json golden = read_json_file(golden_file);
  const JsonReader reader(golden, golden_file.string());
  if (tokenizer != nullptr) check_input_ids(*tokenizer, reader, report);
  const auto model = try_open("model", report, [&] { return open_model(folder, options); });
  if (model != nullptr) check_golden(*model, reader, report);
  return report;
}

Json to_json(const ParityReport& report) {
  Json checks = Json::array(), skipped = Json::array();
  for (const auto& check : report.checks) {
    Json row{{"name", check.name},
             {"max_abs_error", check.max_abs_error},
             {"tolerance", check.tolerance},
             {"pass", check.pass()}};
    if (!check.note.empty()) row["note"] = check.note;
    checks.push_back(std::move(row));
  }
  for (const auto& skip : report.skipped)
    skipped.push_back({{"name", skip.name}, {"reason", skip.reason}});
  return {{"checks", checks},
          {"passed", report.num_passed()},
          {"failed", report.num_failed()},
          {"skipped", skipped}};
}

}  // namespace prospect
