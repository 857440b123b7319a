#include "experiments/commands/model_options.h"

#include "experiments/model_folder.h"

namespace prospect {
namespace {

constexpr std::int64_t kMostThreads = 4096;

}  // namespace

void add_model_options(CommandLine& line, ModelArguments& arguments) {
  line.option("model", "DIR", arguments.model,
              "Folder of a checkpoint, or the name of a model that comes with prospect.");
  line.option("threads", "N", arguments.threads, "Threads to use; 0 takes all cores.",
              between<std::int64_t>(0, kMostThreads));
  line.option("device", "DEVICE", arguments.device, "Where the model runs.", {"cpu", "cuda"});
}

std::unique_ptr<Model> open_model(const ModelArguments& arguments) {
  ModelOptions options;
  options.num_threads = static_cast<std::size_t>(arguments.threads);
  options.device = arguments.device;
  return open_model(find_model(arguments.model), options);
}

}  // namespace prospect
