#include "experiments/round_trip.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "core/text.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostTokens = 200;  // fairseq's a x + b with a = 0, b = 200

// An id, a list of ids, or a list of lists of one.
TokenIds ids_of(const Json& config, const char* key) {
  TokenIds ids;
  if (!config.contains(key)) return ids;
  const Json& value = config.at(key);
  for (const Json& entry : value.is_array() ? value : Json::array({value})) {
    const Json& id = entry.is_array() && entry.size() == 1 ? entry[0] : entry;
    if (id.is_number_integer()) ids.push_back(id.get<TokenId>());
  }
  return ids;
}

// The text of what was written, without special tokens.
std::string text_of(const Vocabulary& vocabulary, const TokenIds& ids) {
  TokenIds kept;
  for (const TokenId id : ids)
    if (!vocabulary.traits(id).special) kept.push_back(id);
  return std::string(trim(vocabulary.decode(kept)));
}

}  // namespace

GenerationOptions translation_options(const fs::path& folder) {
  const fs::path own = folder / "generation_config.json";
  const fs::path path = fs::exists(own) ? own : folder / "config.json";
  const Json config = read_json_file(path);
  if (!config.is_object()) JsonReader(config, path.string()).fail_expected("an object");
  GenerationOptions options;
  options.max_new_tokens = kMostTokens;
  options.eos_ids = ids_of(config, "eos_token_id");
  if (options.eos_ids.empty())
    fail(ErrorKind::input, path.string(), "expected an \"eos_token_id\", found none; ",
         "a translation must come to an end");
  options.forbidden_ids = ids_of(config, "bad_words_ids");
  const TokenIds forced = ids_of(config, "forced_eos_token_id");
  if (!forced.empty()) options.forced_last = forced.front();
  return options;
}

std::vector<Paraphrase> translations(const Translator& translator, const std::string& text,
                                     std::size_t num_beams) {
  Model& model = *translator.model;
  if (model.card().kind != ModelKind::seq2seq_lm)
    fail(ErrorKind::unsupported, model.card().path,
         "expected an encoder-decoder as a translator, found a ", name_of(model.card().kind));
  GenerationOptions options = translator.options;
  options.num_beams = static_cast<std::int64_t>(num_beams);
  const std::int64_t positions = model.card().num_positions;
  if (positions > 1) options.max_new_tokens = std::min(options.max_new_tokens, positions - 1);
  std::vector<Paraphrase> result;
  for (const auto& written : model.generate(model.vocabulary().encode(text, true), options))
    result.push_back({text_of(model.vocabulary(), written.ids), written.score, 0});
  return result;
}

std::vector<Paraphrase> RoundTrip::paraphrase(const std::string& text, std::size_t n) {
  std::vector<Paraphrase> result;
  for (const auto& middle : translations(there_, text, n)) {
    if (middle.text.empty()) continue;
    for (auto& end : translations(back_, middle.text, n))
      result.push_back({std::move(end.text), middle.forward_log_p, end.forward_log_p});
  }
  return result;
}

}  // namespace prospect
