#include "scoring/open_lm.h"

#include "core/error.h"
#include "core/text.h"
#include "scoring/family.h"

namespace prospect {
namespace {

void check_stack(const StackDescription& stack, const std::string& where) {
  // Where a family divides the hidden size among the heads, nothing may be left over.
  const bool divided = stack.hidden_size / stack.num_heads == stack.head_size;
  if (stack.head_size == 0 || (divided && stack.hidden_size % stack.num_heads != 0))
    fail(ErrorKind::model, where, "expected a hidden size that the number of heads divides, found ",
         stack.hidden_size, " and ", stack.num_heads);
  if (stack.num_heads % stack.num_kv_heads != 0)
    fail(ErrorKind::model, where,
         "expected a number of heads that the number of key heads divides, found ", stack.num_heads,
         " and ", stack.num_kv_heads);
}

void check_description(const Description& description, const std::string& where) {
  check_stack(description.stack, where);
  if (description.decoder) check_stack(*description.decoder, where);
  if (description.num_positions < 1)
    fail(ErrorKind::model, where, "expected a longer row than the position table leaves room for");
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
                 .num_layers = description.stack.num_layers(),
                 .hidden_size = description.stack.hidden_size,
                 .num_positions = description.num_positions};
  Parameters parameters;
  if (options.random_seed) {
    parameters = random_parameters(family.parameters, description, *options.random_seed);
    card.fingerprint = random_fingerprint(config, *options.random_seed);
  } else {
    const Checkpoint checkpoint = Checkpoint::open(folder);
    parameters = load_parameters(checkpoint, family.parameters, family.base, family.renames,
                                 description, card.ignored);
    card.fingerprint = fingerprint(dump_json(config.json()) + "\n" + checkpoint.fingerprint());
  }
  card.num_parameters = parameters.count();
  return {std::make_unique<const PretrainedLM>(parameters, description, family.kind),
          std::move(card)};
}

}  // namespace prospect
