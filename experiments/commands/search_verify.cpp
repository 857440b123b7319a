#include "experiments/commands/search_verify.h"

#include <ostream>

#include "experiments/commands/result_output.h"
#include "experiments/environment.h"
#include "experiments/run_data.h"
#include "experiments/verification.h"

namespace prospect {
namespace {

std::string state_of(const VerifiedNumber& number) {
  if (!number.failure.empty()) return "FAILED: " + number.failure;
  if (number.same()) return number.max_difference ? "same bits" : "same";
  return number.holds() ? "holds" : "FAILED";
}

void print(const Verification& verification, const Json& changes, std::ostream& out) {
  std::vector<std::vector<std::string>> table{
      {"split", "rank", "pool", "stored", "now", "log-likelihood", "now", "", "template"}};
  for (const auto& number : verification.numbers)
    table.push_back({std::to_string(number.split_seed), std::to_string(number.rank), number.pool,
                     fixed(number.stored.value, 4),
                     number.failure.empty() ? fixed(number.now.value, 4) : "-",
                     fixed(number.stored.log_likelihood, 6),
                     number.failure.empty() ? fixed(number.now.log_likelihood, 6) : "-",
                     state_of(number), number.tmpl});
  print_table(out, table);
  for (const auto& [key, values] : changes.items())
    out << "since then " << key << ": " << dump_json(values[0]) << " -> " << dump_json(values[1])
        << '\n';
  out << verification.num_held() << " of " << verification.numbers.size() << " numbers hold\n";
}

}  // namespace

int verify(const VerifyOptions& options, Console& console) {
  const auto store = RunStore::open_read_only(options.run);
  const Experiment experiment = experiment_of(*store, options.task_at);
  const auto model = stored_model(*store, experiment, options.model);
  const Verification verification =
      verify_run(*store, experiment, *model, options.top,
                 [&](const std::string& note) { console.err << note << std::endl; });

  const Json now = describe_environment(examine_machine(options.model.num_threads), *model,
                                        options.model.device);
  const auto sessions = store->events_of("environment");
  const Json changes = sessions.empty() ? Json::object() : changed_since(sessions.back(), now);
  if (options.json) {
    Json json = to_json(verification);
    json["run"] = shown_path(store->folder());
    json["environment"] = now;
    json["changed"] = changes;
    console.out << dump_json(json) << '\n';
  } else {
    print(verification, changes, console.out);
  }
  return verification.num_held() == verification.numbers.size() ? 0 : 1;
}

}  // namespace prospect
