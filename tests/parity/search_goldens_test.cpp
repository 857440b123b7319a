// Searches over encoder-decoders against what the reference library's models make of them: the best
// texts of a beam, and LM-BFF's shared beam (generate/make_search_goldens.py).

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "core/files.h"
#include "core/json.h"
#include "experiments/round_trip.h"
#include "scoring/model.h"
#include "search/detail/shared_beam.h"
#include "tests/support/check_close.h"
#include "tests/support/shared_data.h"

namespace prospect::test {
namespace {

namespace fs = std::filesystem;

constexpr double kTolerance = 1e-4;  // of a log-probability
constexpr const char* kCheckpoints[] = {"t5", "t5-v1.1", "marian"};

Json goldens() {
  return read_json_file(fs::path(PROSPECT_SOURCE_DIR) / "tests" / "parity" / "search_goldens.json");
}

// Ends made likelier: random weights never end a text.
class EagerToEnd final : public GenerationOracle {
 public:
  EagerToEnd(GenerationOracle& oracle, double bonus) : oracle_(oracle), bonus_(bonus) {}
  InfillKind kind() const override { return oracle_.kind(); }
  const Vocabulary& vocabulary() const override { return oracle_.vocabulary(); }
  std::vector<Continuation> next(std::span<const GenerationContext> contexts,
                                 std::span<const Infill> infills, Mean mean,
                                 std::size_t top) override {
    auto result = oracle_.next(contexts, infills, mean, top);
    for (auto& continuation : result) continuation.end_log_p += bonus_;
    return result;
  }

 private:
  GenerationOracle& oracle_;
  double bonus_;
};

TEST_CASE("the best texts of a beam and their scores are the reference's") {
  if (!has_shared("parity/marian")) return;
  const Json golden = goldens();
  for (const char* name : kCheckpoints) {
    CAPTURE(name);
    const fs::path folder = shared_folder() / "parity" / name;
    const auto model = open_model(folder, {.num_threads = 2});
    GenerationOptions options = translation_options(folder);
    options.max_new_tokens = golden.at("max_new_tokens").get<std::int64_t>();
    options.num_beams = golden.at("beams").get<std::int64_t>();
    for (const Json& item : golden.at("checkpoints").at(name).at("n_best")) {
      const auto text = item.at("text").get<std::string>();
      CAPTURE(text);
      const auto ids = model->vocabulary().encode(text, true);
      REQUIRE(ids == item.at("input_ids").get<TokenIds>());
      const auto found = model->generate(ids, options);
      REQUIRE(found.size() == item.at("texts").size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        CAPTURE(i);
        CHECK(found[i].ids == item.at("texts")[i].at("ids").get<TokenIds>());
        check_close(found[i].score, item.at("texts")[i].at("score").get<double>(), kTolerance);
      }
    }
  }
}

TEST_CASE("the shared beam writes what the reference's T5 writes, by either mean") {
  if (!has_shared("parity/t5")) return;
  const Json golden = goldens();
  std::vector<GenerationContext> contexts;
  for (const Json& context : golden.at("contexts"))
    contexts.push_back({context[0].get<std::string>(), context[1].get<std::string>(),
                        context[2].get<std::string>()});
  for (const char* name : {"t5", "t5-v1.1"}) {
    CAPTURE(name);
    const auto model = open_model(shared_folder() / "parity" / name, {.num_threads = 2});
    REQUIRE(model->oracles().generation() != nullptr);
    EagerToEnd oracle(*model->oracles().generation(),
                      golden.at("end_bonus").at(name).get<double>());
    const Json& searches = golden.at("checkpoints").at(name).at("shared_beam");
    for (const std::string mean : {"log_probability", "logit"}) {
      const Json& texts = searches.at(mean);
      CAPTURE(mean);
      const SharedBeamOptions options{.width = golden.at("width").get<std::size_t>(),
                                      .max_length = golden.at("steps").get<std::int64_t>(),
                                      .mean = mean == "logit"
                                                  ? GenerationOracle::Mean::logit
                                                  : GenerationOracle::Mean::log_probability};
      const auto found = shared_beam(oracle, contexts, options);
      REQUIRE(found.size() == texts.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        CAPTURE(i);
        CHECK(found[i].infill.before == texts[i].at("before").get<TokenIds>());
        CHECK(found[i].infill.after == texts[i].at("after").get<TokenIds>());
        check_close(found[i].log_p, texts[i].at("log_p").get<double>(), 10 * kTolerance);
      }
    }
  }
}

TEST_CASE("a round trip through two translators keeps every way with both of its scores") {
  if (!has_shared("parity/marian")) return;
  const fs::path folder = shared_folder() / "parity" / "marian";
  const auto model = open_model(folder, {.num_threads = 2});
  Translator translator{model.get(), translation_options(folder)};
  translator.options.max_new_tokens = 12;
  RoundTrip oracle(translator, translator);

  const auto found = oracle.paraphrase("The film was great.", 3);
  const auto there = translations(translator, "The film was great.", 3);
  REQUIRE(there.size() == 3);
  const auto back = translations(translator, there[0].text, 3);
  REQUIRE(found.size() >= back.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    CHECK(found[i].text == back[i].text);
    CHECK(found[i].forward_log_p == there[0].forward_log_p);
    CHECK(found[i].backward_log_p == back[i].forward_log_p);
  }
}

TEST_CASE("a model that translates nothing serves no generation and is no translator") {
  if (!has_shared("parity/bert-uncased")) return;
  const auto marian = open_model(shared_folder() / "parity" / "marian", {.num_threads = 1});
  CHECK(marian->oracles().generation() == nullptr);  // without sentinel tokens
  const auto bert = open_model(shared_folder() / "parity" / "bert-uncased", {.num_threads = 1});
  CHECK_THROWS_WITH(translations({bert.get(), {}}, "a", 1),
                    doctest::Contains("expected an encoder-decoder as a translator"));
}

}  // namespace
}  // namespace prospect::test
