#include <ostream>

#include "core/error.h"
#include "datasets/task_file.h"
#include "experiments/commands/command_line.h"
#include "experiments/commands/result_output.h"
#include "experiments/machine_check.h"
#include "experiments/model_folder.h"

namespace prospect {
namespace {

// What the machine has, and what is wrong with it.
struct Diagnosis {
  Json report;
  std::vector<std::string> problems;
};

void examine_libraries(Diagnosis& diagnosis, std::size_t num_threads) {
  try {
    const MachineReport machine = examine_machine(num_threads);
    const auto advice = slow_blas_advice(machine);
    diagnosis.report.update({{"libtorch", machine.libtorch},
                             {"blas", machine.blas},
                             {"gemm_gflops", machine.gemm_gflops},
                             {"reference_gflops", machine.reference_gflops},
                             {"threads", machine.num_threads}});
    if (!advice) return;
    diagnosis.problems.push_back(*advice);
    diagnosis.report["verdict"] = "slow";
  } catch (const Error& error) {
    diagnosis.problems.push_back(std::string("the scoring library does not work: ") + error.what());
  }
}

void examine_data(Diagnosis& diagnosis) {
  diagnosis.report["models"] = Json::array();
  diagnosis.report["tasks"] = Json::array();
  try {
    diagnosis.report["home"] = data_home().string();
    for (const auto& folder : known_models()) diagnosis.report["models"].push_back(folder.string());
    if (diagnosis.report["models"].empty())
      diagnosis.problems.push_back("expected a model under " + (data_home() / "models").string() +
                                   ", found none");
    for (const auto& name : bundled_tasks()) {
      open_task(name);
      diagnosis.report["tasks"].push_back(name);
    }
  } catch (const Error& error) {
    diagnosis.problems.push_back(std::string("the bundled data is not right: ") + error.what());
  }
}

void print_diagnosis(std::ostream& out, const Diagnosis& diagnosis) {
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const char* name, const char* key, const char* unit) {
    if (!diagnosis.report.contains(key)) return;
    const Json& value = diagnosis.report.at(key);
    std::string shown = value.is_number_float() ? fixed(value.get<double>(), 1)
                        : value.is_string()     ? value.get<std::string>()
                                                : dump_json(value);
    rows.push_back({name, shown + unit});
  };
  add("LibTorch", "libtorch", "");
  add("BLAS", "blas", "");
  add("matrix product", "gemm_gflops", " GFLOP/s, one thread");
  add("plain loop", "reference_gflops", " GFLOP/s, one thread");
  add("threads", "threads", "");
  add("home", "home", "");
  add("models", "models", "");
  add("tasks", "tasks", "");
  print_table(out, rows);
  for (const auto& problem : diagnosis.problems) out << "problem: " << problem << '\n';
  out << (diagnosis.problems.empty() ? "this machine is set up well\n"
                                     : "this machine is not set up well\n");
}

}  // namespace

int run_doctor(std::span<const std::string> arguments, Console& console) {
  OutputFormat format;
  std::int64_t threads = 0;
  CommandLine line("doctor", "[--json]",
                   "Checks this machine: LibTorch, the BLAS that is really used and its speed, the "
                   "bundled model and tasks.");
  add_format_options(line, format);
  line.option("threads", "N", threads, "Threads to report for; 0 takes all cores.",
              between<std::int64_t>(0, 4096));
  line.exit_code(1, "something is wrong; the output says what to do");
  line.example("doctor", "is this machine set up well");
  if (!line.parse(arguments, console)) return 0;

  ResultPrinter printer(format, console);
  Diagnosis diagnosis{Json::object(), {}};
  examine_libraries(diagnosis, static_cast<std::size_t>(threads));
  examine_data(diagnosis);
  const bool well = diagnosis.problems.empty();
  diagnosis.report["problems"] = diagnosis.problems;
  if (!diagnosis.report.contains("verdict"))
    diagnosis.report["verdict"] = well ? "ok" : "incomplete";
  printer.add(diagnosis.report, [&](std::ostream& out) { print_diagnosis(out, diagnosis); });
  printer.finish();
  return well ? 0 : 1;
}

}  // namespace prospect
