#include "scoring/open_lm.h"

#include "core/error.h"
#include "core/text.h"
#include "scoring/family.h"

namespace prospect {
namespace {

void check_description(const Description& description, const std::string& where) {
  if (description.hidden_size % description.num_heads != 0)
    fail(ErrorKind::model, where, "expected a hidden size that the number of heads divides, found ",
         description.hidden_size, " and ", description.num_heads);
}

std::string random_fingerprint(const ModelConfig& config, std::uint64_t seed) {
  return fingerprint(dump_json(config.json()) + "\nrandom weights " + std::to_string(seed));
}

}  // namespace

OpenedLM open_lm(const std::filesystem::path& folder, const ModelOptions& options) {
  if (options.device != "cpu")
    fail(ErrorKind::unsupported, "device", "expected cpu, found '", options.device,
         "'; models run on the CPU alone");
  if (std::error_code ignored; std::filesystem::is_directory(folder, ignored) &&
                               !std::filesystem::exists(folder / "config.json", ignored))
    fail(ErrorKind::model, folder.string(),
         "expected a checkpoint's folder with config.json, found none");
  const ModelConfig config(folder / "config.json");
  const Family& family = find_family(config.string("model_type"), config.where() + "#/model_type");
  config.check_keys(family.keys);
  config.check_architecture(family.architectures);
  const Description description = family.describe(config);
  check_description(description, config.where());

  ModelCard card{.path = folder.string(),
                 .family = std::string(family.model_type),
                 .kind = family.kind,
                 .num_layers = description.num_layers,
                 .hidden_size = description.hidden_size,
                 .num_positions = description.num_positions};
  Parameters parameters;
  if (options.random_seed) {
    parameters = random_parameters(family.parameters, description, *options.random_seed);
    card.fingerprint = random_fingerprint(config, *options.random_seed);
  } else {
    const Checkpoint checkpoint = Checkpoint::open(folder);
    parameters =
        load_parameters(checkpoint, family.parameters, family.renames, description, card.ignored);
    card.fingerprint = fingerprint(dump_json(config.json()) + "\n" + checkpoint.fingerprint());
  }
  card.num_parameters = parameters.count();
  return {std::make_unique<const PretrainedLM>(parameters, description), std::move(card)};
}

}  // namespace prospect
