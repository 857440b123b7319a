// Paraphrases through two translators, with stubs in the place of checkpoints.

#include "experiments/round_trip.h"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "experiments/helper_models.h"
#include "experiments/study.h"
#include "tests/experiments/toy_experiment.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/toy_model.h"

namespace prospect {
namespace {

using test::ToyModel;

// Every byte is a token; 256 ends a text.
class ByteVocabulary final : public test::ToyVocabulary {
 public:
  std::vector<TokenId> encode(std::string_view text, bool special) const override {
    std::vector<TokenId> ids;
    for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
    if (special) ids.push_back(256);
    return ids;
  }
  std::string decode(std::span<const TokenId> ids) const override {
    std::string text;
    for (const TokenId id : ids) text += static_cast<char>(id);
    return text;
  }
  TokenTraits traits(TokenId id) const override { return {.special = id == 256}; }
};

// Translates sentences that it was taught; others it repeats.
class StubTranslator final : public ToyModel {
 public:
  using Lessons = std::map<std::string, std::vector<std::pair<std::string, double>>>;

  explicit StubTranslator(Lessons lessons) : lessons_(std::move(lessons)) {
    card_.kind = ModelKind::seq2seq_lm;
    card_.num_positions = 64;
    card_.fingerprint = "stub";
  }
  const ModelCard& card() const override { return card_; }
  const Vocabulary& vocabulary() const override { return bytes_; }
  std::vector<Generation> generate(std::span<const TokenId> ids,
                                   const GenerationOptions& options) override {
    const std::string text = bytes_.decode(ids.first(ids.size() - 1));
    std::vector<Generation> written;
    const auto lesson = lessons_.find(text);
    const std::vector<std::pair<std::string, double>> same{{text, -1.0}};
    for (const auto& [translation, score] : lesson == lessons_.end() ? same : lesson->second)
      if (std::ssize(written) < options.num_beams)
        written.push_back({bytes_.encode(translation, true), score});
    return written;
  }

 private:
  ByteVocabulary bytes_;
  ModelCard card_;
  Lessons lessons_;
};

const StubTranslator::Lessons kThere = {
    {"[X] w01 [Y].", {{"[X] ja [Y].", -0.1}, {"", -0.2}, {"[X] doch [Y].", -0.4}}}};
const StubTranslator::Lessons kBack = {
    {"[X] ja [Y].", {{"[X] w01 [Y].", -0.1}, {"[X] w11 w12 [Y].", -0.3}, {"[X] lost", -0.4}}},
    {"[X] doch [Y].", {{"[X] w13 [Y] !", -0.2}, {"[X] w11 w12 [Y].", -0.05}}}};

HelperModels stub_helpers() {
  HelperModels helpers;
  helpers.there = std::make_unique<StubTranslator>(kThere);
  helpers.back = std::make_unique<StubTranslator>(kBack);
  return helpers;
}

TEST_CASE("a round trip is every translation back of every translation there") {
  StubTranslator there(kThere), back(kBack);
  const auto found = RoundTrip({&there, {}}, {&back, {}}).paraphrase("[X] w01 [Y].", 2);

  REQUIRE(found.size() == 2);  // the empty translation is passed over
  CHECK(found[1].text == "[X] w11 w12 [Y].");
  CHECK(found[1].forward_log_p == -0.1);
  CHECK(found[1].backward_log_p == -0.3);
  CHECK(RoundTrip({&there, {}}, {&back, {}}).paraphrase("[X] w01 [Y].", 7).size() == 5);
}

TEST_CASE("a study paraphrases through the helpers that it is given, and pays for it") {
  test::ToyExperiment toy;
  toy.json["strategies"] = {
      {{"name", "paraphrase"},
       {"options",
        {{"provider", "round_trip"}, {"beam", 7}, {"initial", {"{text} w01 {mask}."}}}}}};
  const Experiment experiment = toy.open();
  ToyModel model;
  HelperModels helpers = stub_helpers();
  const auto store = RunStore::create(toy.run_folder(), identity_of(experiment, model, &helpers));
  CHECK(store->identity().model_fingerprint == "toy+stub+stub");
  test::StopAfter observer;
  Study study(
      experiment, model, [](std::uint64_t) { return std::make_unique<ToyModel>(); }, *store,
      observer, nullptr, &helpers);
  REQUIRE(study.run());

  std::vector<std::string> texts;
  store->visit_standing(store->units().front().id, [&](TrialRecord&& trial) {
    texts.push_back(std::get<Candidate>(trial.entry).tmpl.text());
  });
  CHECK(texts == std::vector<std::string>{"{text} w01 {mask}.", "{text} w11 w12 {mask}.",
                                          "{text} w13 {mask} !"});
  CHECK(store->units().front().spent == 49 + 3 * 16);
}

TEST_CASE("without translators a study that needs them ends before it begins") {
  test::ToyExperiment toy;
  toy.json["strategies"] = {{{"name", "paraphrase"}, {"options", {{"provider", "round_trip"}}}}};
  const Experiment experiment = toy.open();
  test::expect_error(ErrorKind::unsupported, "expected two translators, found none",
                     [&] { test::run_session(experiment, toy.run_folder()); });
}

TEST_CASE("a translator says in its files how a text ends") {
  test::ScratchFolder scratch;
  scratch.write("config.json", R"({"eos_token_id": 2})");
  CHECK(translation_options(scratch.path()).eos_ids == TokenIds{2});
  scratch.write("generation_config.json",
                R"({"eos_token_id": [0], "forced_eos_token_id": 0, "bad_words_ids": [[5]]})");
  const GenerationOptions options = translation_options(scratch.path());
  CHECK(options.eos_ids == TokenIds{0});
  CHECK(options.forced_last == 0);
  CHECK(options.forbidden_ids == TokenIds{5});

  scratch.write("generation_config.json", "{}");
  test::expect_error(ErrorKind::input, "expected an \"eos_token_id\"",
                     [&] { translation_options(scratch.path()); });
  scratch.write("generation_config.json", "[1, ");
  CHECK_THROWS_AS(translation_options(scratch.path()), Error);
}

}  // namespace
}  // namespace prospect
