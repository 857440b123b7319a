// Strategies that make a list of prompts and score it: label_free, paraphrase, generation.

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "core/error.h"
#include "search/detail/shared_beam.h"
#include "search/detail/slot_words.h"
#include "search/registry.h"
#include "tests/contract/strategy_contract.h"
#include "tests/support/check_close.h"
#include "tests/support/drive.h"
#include "tests/support/expect_error.h"

namespace prospect {
namespace {

using test::drive;
using test::Drive;
using test::make_toy_strategy;
using test::toy_task;
using test::ToyModel;

using Texts = std::vector<std::string>;

// What was asked for on the whole dev pool, in order.
Texts dev_texts(const Drive& run) {
  Texts texts;
  for (const auto& ask : run.asks)
    for (const auto& proposal : ask)
      if (proposal.pool == Pool::dev)
        texts.push_back(std::get<Candidate>(proposal.entry).tmpl.text());
  return texts;
}

Task task_with_prompts(std::size_t count) {
  Task task = toy_task();
  const Verbalizer verbalizer = task.manual.front().candidate.verbalizer;
  task.manual.clear();
  for (std::size_t i = 0; i < count; ++i) {
    ManualPrompt& prompt = task.manual.emplace_back();
    const std::string word = "w" + std::to_string(10 + i);
    prompt.candidate = {Template::parse("{text} " + word + " {mask}."), verbalizer, {}};
  }
  return task;
}

TEST_CASE("every mode of the strategies that score a list keeps the contract") {
  for (const char* criterion : {"ge", "mi_gl", "zmv", "ppl", "coherency"})
    test::check_strategy_contract("label_free", {{"rank_by", criterion}});
  for (const char* calibration : {"contextual", "batch", "domain_pmi"})
    test::check_strategy_contract("label_free", {{"rank_calibration", calibration}});
  test::check_strategy_contract("paraphrase", {{"rank_by", "mi"}, {"spans", 3}});
  test::check_strategy_contract("paraphrase", {{"initial", {"{text} w01 w02 {mask}"}}});
  test::check_strategy_contract("generation", {{"rank_by", "ppl"}, {"mean", "logit"}});
  test::check_strategy_contract("generation", {{"masks_before", 0}, {"masks_after", 2}});
}

TEST_CASE("generation finds better prompts than random draws at equal cost") {
  test::check_beats_random("generation", Json::object());
}

TEST_CASE("a label-free choice costs its inputs and the dev pool for what it keeps") {
  const Task task = task_with_prompts(20);
  ToyModel model;
  const auto strategy =
      make_toy_strategy("label_free", {{"rank_inputs", 8}, {"rank_keep", 3}}, task, model, 1);
  const Drive run = drive(*strategy, task, model, 10'000);

  REQUIRE(run.asks.size() == 2);
  CHECK(run.spent == 20 * 8 + 3 * 16);
  for (const auto& proposal : run.asks[0]) CHECK(proposal.pool == Pool::support);
  CHECK(dev_texts(run).size() == 3);
  CHECK(run.asks[1][0].provenance.note.find("place 1 of 20") != std::string::npos);
  CHECK(run.exhausted);
}

TEST_CASE("a label-free choice reads no label") {
  const Task task = task_with_prompts(20);
  Task wrong = task;
  for (auto* pool : {&wrong.support, &wrong.dev})
    for (auto& example : *pool) example.label = 1 - example.label;  // `gold` steers the toy scorer
  for (const char* criterion : {"mi", "ge", "zlp", "mdl", "ppl"}) {
    CAPTURE(criterion);
    ToyModel model, other;
    const Json options = {{"rank_by", criterion}, {"rank_keep", 5}};
    const auto first = make_toy_strategy("label_free", options, task, model, 1);
    const auto second = make_toy_strategy("label_free", options, wrong, other, 1);
    CHECK(dev_texts(drive(*first, task, model, 10'000)) ==
          dev_texts(drive(*second, wrong, other, 10'000)));
  }
}

TEST_CASE("the unlabelled pool is read where there is one") {
  Task task = task_with_prompts(4);
  task.unlabelled.assign(task.support.begin(), task.support.begin() + 5);
  ToyModel model;
  const auto strategy = make_toy_strategy("label_free", Json::object(), task, model, 1);
  const Drive run = drive(*strategy, task, model, 10'000, 1);
  REQUIRE(run.asks.size() == 1);
  CHECK(run.asks[0][0].pool == Pool::unlabelled);
  CHECK(run.spent == 4 * 5);
}

TEST_CASE("perplexity prefers the likelier text") {
  Task task = task_with_prompts(3);
  ToyModel model;
  const auto strategy =
      make_toy_strategy("label_free", {{"rank_by", "coherency"}, {"rank_keep", 0}}, task, model, 1);
  task.manual[1].candidate.tmpl = Template::parse("{text} {mask}");  // the shortest
  ToyModel other;
  const auto shorter =
      make_toy_strategy("label_free", {{"rank_by", "coherency"}, {"rank_keep", 0}}, task, other, 1);
  CHECK(dev_texts(drive(*strategy, task, model, 10'000)).front() == "{text} w10 {mask}.");
  CHECK(dev_texts(drive(*shorter, task, other, 10'000)).front() == "{text} {mask}");
}

TEST_CASE("a prompt that fails on an input ranks last") {
  Task task = task_with_prompts(3);
  task.manual[0].candidate.tmpl = Template::parse("{text} w50 {mask}.");
  ToyModel model;
  const auto strategy = make_toy_strategy("label_free", {{"rank_keep", 0}}, task, model, 1);
  const Texts texts = dev_texts(drive(*strategy, task, model, 10'000));
  REQUIRE(texts.size() == 3);
  CHECK(texts.back() == "{text} w50 {mask}.");
}

// Two synonyms for some words.
class StubThesaurus final : public Thesaurus {
 public:
  std::vector<std::string> synonyms(std::string_view word) override {
    if (word == "w01") return {"w11", "w21"};
    if (word == "w02") return {"w12"};
    return {};
  }
};

// Says what it was told, and what came of it.
class StubTranslator final : public ParaphraseOracle {
 public:
  std::vector<Paraphrase> paraphrase(const std::string& text, std::size_t n) override {
    asked.push_back(text);
    num = n;
    return answers;
  }
  std::vector<Paraphrase> answers;
  Texts asked;
  std::size_t num = 0;
};

class TranslatingOracles final : public Oracles {
 public:
  explicit TranslatingOracles(StubTranslator& translator) : translator_(translator) {}
  ParaphraseOracle* paraphrase() override { return &translator_; }

 private:
  StubTranslator& translator_;
};

std::unique_ptr<Strategy> make_paraphraser(const Json& options, const Task& task, ToyModel& model,
                                           Oracles& oracles, Providers providers = {}) {
  return find_strategy("paraphrase", "test")
      .make(JsonReader(options, "paraphrase"), {.task = task,
                                                .vocabulary = model.vocabulary(),
                                                .scorer = model.scorer(),
                                                .oracles = oracles,
                                                .spec = {},
                                                .rng = Rng(1, "paraphrase"),
                                                .providers = providers});
}

TEST_CASE("the thesaurus replaces one word at a time, each word's first synonym first") {
  const Task task = toy_task();
  ToyModel model;
  StubThesaurus thesaurus;
  const auto strategy =
      make_paraphraser({{"provider", "thesaurus"}, {"initial", {"w01 (w02) {text} w03: {mask}."}}},
                       task, model, model.oracles(), {.thesaurus = &thesaurus});
  const Drive run = drive(*strategy, task, model, 10'000);

  CHECK(dev_texts(run) == Texts{"w01 (w02) {text} w03: {mask}.", "w11 (w02) {text} w03: {mask}.",
                                "w01 (w12) {text} w03: {mask}.", "w21 (w02) {text} w03: {mask}."});
  CHECK(run.asks[0][1].provenance.note == "thesaurus: w01 -> w11");
}

TEST_CASE("a round trip keeps the likeliest way to each text, and texts with every slot once") {
  const Task task = toy_task();
  ToyModel model;
  StubTranslator translator;
  translator.answers = {{"[X] w11 [Y].", -2, -1},     {"[X] w12 [Y].", -1, -0.5},
                        {"[X] w11 [Y].", -0.5, -0.5}, {"[X] w13 w14.", 0, 0},
                        {"[X] w15 [Y] [X].", 0, 0},   {"[Y] w16 [X].", -9, -9},
                        {"[X] w01 [Y].", -3, -3}};
  TranslatingOracles oracles(translator);
  const auto strategy = make_paraphraser(
      {{"provider", "round_trip"}, {"initial", {"{text} w01 {mask}."}}, {"beam", 4}}, task, model,
      oracles);
  const Drive run = drive(*strategy, task, model, 10'000);

  CHECK(translator.asked == Texts{"[X] w01 [Y]."});
  CHECK(translator.num == 4);
  CHECK(dev_texts(run) == Texts{"{text} w01 {mask}.", "{text} w11 {mask}.", "{text} w12 {mask}.",
                                "{mask} w16 {text}."});
}

TEST_CASE("a provider that is not there is refused by name") {
  const Task task = toy_task();
  ToyModel model;
  const auto make = [&](const char* provider) {
    make_paraphraser({{"provider", provider}}, task, model, model.oracles());
  };
  test::expect_error(ErrorKind::unsupported, "expected a thesaurus", [&] { make("thesaurus"); });
  test::expect_error(ErrorKind::unsupported, "{\"translate\": [there, back]}",
                     [&] { make("round_trip"); });
}

TEST_CASE("a sentence with marks becomes the same template again") {
  for (const char* text : {"{text} was {mask}.", "{mask}{text}", "a {mask} {{b}} {text|keep}"}) {
    CAPTURE(text);
    const Template tmpl = Template::parse(text);
    const auto sentence = as_sentence(tmpl);
    REQUIRE(sentence);
    CHECK(from_sentence(sentence->text, *sentence) == tmpl);
  }
  CHECK(as_sentence(Template::parse("{text} was {mask}."))->text == "[X] was [Y].");
  CHECK_FALSE(as_sentence(Template::parse("{trigger:2} {mask}")));
  CHECK_FALSE(as_sentence(Template::parse("[X] {text} {mask}")));
}

// Every text that a toy model may write is tried.
std::vector<BeamText> all_fixed(GenerationOracle& oracle,
                                std::span<const GenerationContext> contexts, std::size_t size) {
  std::vector<BeamText> texts;
  BeamText start;
  start.infill.open_before = 1;
  start.infill.open_after = 1;
  const auto first = oracle.next(contexts, {&start.infill, 1}, {}, size).front().tokens;
  for (std::size_t i = 0; i < first.ids.size(); ++i) {
    BeamText text;
    text.infill = {{first.ids[i]}, {}, true, 0, 1};
    const auto second = oracle.next(contexts, {&text.infill, 1}, {}, size).front().tokens;
    for (std::size_t j = 0; j < second.ids.size(); ++j) {
      BeamText whole = text;
      whole.infill.after = {second.ids[j]};
      whole.infill.open_after = 0;
      whole.log_p = static_cast<double>(first.scores[i]) + static_cast<double>(second.scores[j]);
      whole.num_tokens = 2;
      texts.push_back(whole);
    }
  }
  std::stable_sort(texts.begin(), texts.end(),
                   [](const BeamText& a, const BeamText& b) { return a.log_p > b.log_p; });
  return texts;
}

TEST_CASE("a beam as wide as the vocabulary finds the best of all fillings") {
  ToyModel model;
  const std::vector<GenerationContext> contexts{{"w01", "good", ""}, {"w02", "bad", "w03"}};
  const auto all = all_fixed(model.toy_oracles, contexts, model.vocabulary().size());
  SharedBeamOptions options{.width = model.vocabulary().size(), .masks_before = 1};
  std::vector<BeamText> found;
  for (auto& text : shared_beam(model.toy_oracles, contexts, options))
    if (text.num_tokens == 2) found.push_back(std::move(text));

  REQUIRE_FALSE(found.empty());
  CHECK(found.front().infill == all.front().infill);
  test::check_close(found.front().log_p, all.front().log_p, 1e-6);
}

TEST_CASE("a beam costs no more than is said, and writes nothing that is forbidden") {
  for (const InfillKind kind :
       {InfillKind::open_ended, InfillKind::fixed_length, InfillKind::before_answer}) {
    ToyModel model;
    const test::ToyVocabulary words;
    model.toy_oracles.infill_kind = kind;
    const std::vector<GenerationContext> contexts{{"w01", "good", ""}, {"w02", "bad", ""}};
    SharedBeamOptions options{.width = 5, .max_length = 4};
    options.forbidden = {words.id("w10"), words.id("w20")};
    options.not_repeated = {words.id("w30")};
    const auto texts = shared_beam(model.toy_oracles, contexts, options);

    CHECK(model.toy_oracles.num_generation_rows <= shared_beam_cost(kind, 2, options));
    CHECK_FALSE(texts.empty());
    if (kind == InfillKind::open_ended) CHECK(texts.size() <= 5);
    for (const auto& text : texts) {
      for (const TokenIds* ids : {&text.infill.before, &text.infill.after})
        for (std::size_t i = 0; i < ids->size(); ++i) {
          CHECK((*ids)[i] != options.forbidden[0]);
          CHECK((*ids)[i] != options.forbidden[1]);
          CHECK_FALSE((i > 0 && (*ids)[i] == options.not_repeated[0] &&
                       (*ids)[i - 1] == options.not_repeated[0]));
        }
      if (kind == InfillKind::before_answer) CHECK(text.infill.after.empty());
    }
  }
}

TEST_CASE("generation narrows its beam to its share of the room, and says so") {
  const Task task = toy_task();
  ToyModel model;
  const auto strategy = make_toy_strategy("generation", Json::object(), task, model, 1);
  const Drive run = drive(*strategy, task, model, 4000);

  CHECK(run.spent <= 4000);
  CHECK(model.toy_oracles.num_generation_rows <= 2000);
  CHECK(run.asks[0][0].provenance.note.find("of 100 as the room allows") != std::string::npos);
  for (const auto& text : dev_texts(run)) {
    CHECK(text.find("{mask}") != std::string::npos);
    CHECK(text.find("{text}") != std::string::npos);
  }
}

TEST_CASE("a forbidden token that the vocabulary lacks is refused") {
  const Task task = toy_task();
  ToyModel model;
  test::expect_error(ErrorKind::input, "expected a token of the vocabulary, found 'nonsense'", [&] {
    make_toy_strategy("generation", {{"forbidden", {"nonsense"}}}, task, model, 1);
  });
}

}  // namespace
}  // namespace prospect
