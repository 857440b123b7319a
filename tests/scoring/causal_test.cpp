// Causal LMs: which output tells of which token, and prefixes that rows share.

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <filesystem>

#include "core/files.h"
#include "scoring/model.h"
#include "tests/scoring/tiny_checkpoint.h"
#include "tests/support/check_close.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"

namespace prospect::test {
namespace {

constexpr int kWords = 4;  // a b c d
// p(next | word) = 1 / 2^k, k by word and next word.
constexpr std::array<std::array<int, kWords>, kWords> kBits{
    {{3, 1, 2, 3}, {1, 2, 3, 3}, {2, 2, 2, 2}, {3, 3, 1, 2}}};
const double kBit = std::log(2.0);

TinyTensor tensor(std::vector<std::int64_t> shape, const std::vector<float>& numbers) {
  std::string bytes(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float));
  return {"F32", std::move(shape), std::move(bytes)};
}

// A GPT-2 whose layer adds nothing: embeddings are one-hot, the last norm gives them back (a
// one-hot row of four has deviation sqrt(3) / 4 and mean 1 / 4), and output row v holds log p(v |
// word).
std::filesystem::path write_bigram_model(const std::filesystem::path& folder) {
  const std::int64_t size = kWords, positions = 64;
  std::map<std::string, TinyTensor> tensors;
  const auto zeros = [&](const std::string& name, std::vector<std::int64_t> shape) {
    std::size_t count = 1;
    for (const auto dimension : shape) count *= static_cast<std::size_t>(dimension);
    tensors[name] = tensor(std::move(shape), std::vector<float>(count, 0.0F));
  };
  std::vector<float> one_hot, output;
  for (int v = 0; v < kWords; ++v)
    for (int word = 0; word < kWords; ++word) {
      one_hot.push_back(v == word ? 1.0F : 0.0F);
      output.push_back(static_cast<float>(
          -kBit * kBits[static_cast<std::size_t>(word)][static_cast<std::size_t>(v)]));
    }
  tensors["wte.weight"] = tensor({size, size}, one_hot);
  tensors["lm_head.weight"] = tensor({size, size}, output);
  zeros("wpe.weight", {positions, size});
  for (const char* norm : {"h.0.ln_1", "h.0.ln_2"}) {
    zeros(std::string(norm) + ".weight", {size});
    zeros(std::string(norm) + ".bias", {size});
  }
  tensors["ln_f.weight"] =
      tensor({size}, std::vector<float>(kWords, static_cast<float>(std::sqrt(3.0) / 4)));
  tensors["ln_f.bias"] = tensor({size}, std::vector<float>(kWords, 0.25F));
  zeros("h.0.attn.c_attn.weight", {size, 3 * size});
  zeros("h.0.attn.c_attn.bias", {3 * size});
  zeros("h.0.attn.c_proj.weight", {size, size});
  zeros("h.0.attn.c_proj.bias", {size});
  zeros("h.0.mlp.c_fc.weight", {size, 4 * size});
  zeros("h.0.mlp.c_fc.bias", {4 * size});
  zeros("h.0.mlp.c_proj.weight", {4 * size, size});
  zeros("h.0.mlp.c_proj.bias", {size});

  const Json config{{"model_type", "gpt2"},
                    {"architectures", {"GPT2LMHeadModel"}},
                    {"vocab_size", kWords},
                    {"n_positions", positions},
                    {"n_embd", kWords},
                    {"n_layer", 1},
                    {"n_head", 1},
                    {"layer_norm_epsilon", 1e-12},
                    {"tie_word_embeddings", false}};
  const Json tokenizer{{"version", "1.0"},
                       {"added_tokens", Json::array()},
                       {"normalizer", nullptr},
                       {"pre_tokenizer", {{"type", "Whitespace"}}},
                       {"post_processor", nullptr},
                       {"decoder", nullptr},
                       {"model",
                        {{"type", "WordLevel"},
                         {"vocab", {{"a", 0}, {"b", 1}, {"c", 2}, {"d", 3}}},
                         {"unk_token", "a"}}}};
  std::filesystem::create_directories(folder);
  write_file(folder / "config.json", dump_json(config));
  write_file(folder / "tokenizer.json", dump_json(tokenizer));
  write_file(folder / "model.safetensors", safetensors(tensors));
  return folder;
}

std::unique_ptr<Model> open_bigram_model() {
  const ScratchFolder folder;
  return open_model(write_bigram_model(folder.path()), {.num_threads = 2});
}

RowOutcome score_one(Model& model, const std::string& tmpl, const std::vector<std::string>& words,
                     const ScoringSpec& spec) {
  Candidate candidate{.tmpl = Template::parse(tmpl)};
  for (const auto& word : words) candidate.verbalizer.labels.push_back({word, {{word, {}}}});
  const std::vector<Candidate> candidates{candidate};
  const std::vector<Example> examples{{}};
  const std::vector<Row> rows{{0, 0}};
  auto outcomes = model.scorer().score(
      {.candidates = candidates, .examples = examples, .answers = {}, .rows = rows, .spec = spec});
  if (!outcomes.front().failure)
    CHECK(outcomes.front().num_forwards == model.scorer().cost(candidate, spec));
  return outcomes.front();
}

constexpr ScoringSpec kWhole{.rule = AnswerRule::left_to_right, .space = AnswerSpace::vocabulary};

// Log-probabilities in bits, negated.
void check_bits(const RowOutcome& outcome, const std::vector<double>& bits) {
  REQUIRE(!outcome.failure);
  REQUIRE(outcome.log_p.size() == bits.size());
  for (std::size_t i = 0; i < bits.size(); ++i)
    check_close(-outcome.log_p[i] / kBit, bits[i], 1e-5);
}

}  // namespace

TEST_CASE("an answer's tokens are each read behind the token before them") {
  const auto model = open_bigram_model();

  // Behind "c a": b 1; c 2; "b a" 1 + p(a | b) 1; "d c" 3 + p(c | d) 1.
  const auto outcome = score_one(*model, "c a {mask}", {"b", "c", "b a", "d c"}, kWhole);

  check_bits(outcome, {1, 2, 2, 4});
  CHECK(outcome.num_forwards == 3);  // "c a", "c a b", "c a d"
}

TEST_CASE("a length norm divides what the tokens sum to") {
  const auto model = open_bigram_model();
  ScoringSpec spec = kWhole;

  spec.norm = LengthNorm::tokens;
  check_bits(score_one(*model, "c a {mask}", {"b", "d c"}, spec), {1, 2});
  spec.norm = LengthNorm::characters;
  check_bits(score_one(*model, "c a {mask}", {"b", "d c"}, spec), {1, 4.0 / 3});
}

TEST_CASE("text behind the answer belongs to each answer, or is dropped") {
  const auto model = open_bigram_model();
  ScoringSpec spec = kWhole;

  // "a b d": 1 + p(d | b) 3; "a c d": 2 + p(d | c) 2.
  check_bits(score_one(*model, "a {mask} d", {"b", "c"}, spec), {4, 4});
  spec.tail = Tail::drop;
  check_bits(score_one(*model, "a {mask} d", {"b", "c"}, spec), {1, 2});
}

TEST_CASE("label words alone share the probability of the labels") {
  const auto model = open_bigram_model();
  const auto outcome = score_one(*model, "c a {mask}", {"b", "c"}, {});

  check_close(std::exp(outcome.log_p[0]), 2.0 / 3, 1e-6);  // 1/2 against 1/4
  check_close(std::exp(outcome.log_p[1]), 1.0 / 3, 1e-6);
}

TEST_CASE("the likelihood of a text is that of all tokens but the first") {
  const auto model = open_bigram_model();
  const std::vector<std::string> texts{"a b a", "d", "d c c"};
  const auto log_p = model->oracles().likelihood()->log_p(texts);

  check_close(-log_p[0] / kBit, 2, 1e-5);  // p(b | a) 1 + p(a | b) 1
  check_close(log_p[1], 0, 0);
  check_close(-log_p[2] / kBit, 3, 1e-5);  // p(c | d) 1 + p(c | c) 2
}

TEST_CASE("a causal LM is asked for the next token and for the answer in its place") {
  const auto model = open_bigram_model();
  GenerationOracle& oracle = *model->oracles().generation();
  CHECK(oracle.kind() == InfillKind::before_answer);
  const std::vector<GenerationContext> contexts{{"c a", "b c", "d"}, {"d", "b c", ""}};
  std::vector<Infill> infills(2);
  infills[1].before = {2};

  for (const auto mean : {GenerationOracle::Mean::log_probability, GenerationOracle::Mean::logit}) {
    const auto found = oracle.next(contexts, infills, mean, 2);
    REQUIRE(found.size() == 2);
    // Behind a: c 2 bits, b 1; behind d: c 1, b 3. So b and c cost 2 and 1.5 on average.
    if (mean == GenerationOracle::Mean::log_probability) {
      CHECK(found[0].tokens.ids == TokenIds{2, 1});
      check_close(-static_cast<double>(found[0].tokens.scores[0]) / kBit, 1.5, 1e-5);
      check_close(-static_cast<double>(found[0].tokens.scores[1]) / kBit, 2, 1e-5);
    }
    // The answer: b 1 or 3, then c behind b 3; behind c both contexts are alike, b 2.
    check_close(-found[0].end_log_p / kBit, 5, 1e-5);
    check_close(-found[1].end_log_p / kBit, 5, 1e-5);
  }
}

TEST_CASE("an answer with nothing before it fails, and a rule for masks is refused") {
  const auto model = open_bigram_model();

  CHECK(score_one(*model, "{mask}", {"b", "c"}, kWhole)
            .failure->reason.find("expected text before the answer") != std::string::npos);
  ScoringSpec spec = kWhole;
  spec.rule = AnswerRule::most_confident;
  expect_error(ErrorKind::unsupported, "expected single or left_to_right for a causal_lm",
               [&] { score_one(*model, "c a {mask}", {"b"}, spec); });
}

TEST_CASE("greedy writing follows the most probable token, and a beam finds a better text") {
  const auto model = open_bigram_model();
  const std::vector<TokenId> start{3};  // d: c 1, then c: all 2

  const auto greedy = model->generate(start, {.max_new_tokens = 3}).front();
  CHECK(greedy.ids == std::vector<TokenId>{2, 0, 1});  // c, a (the first of equal ones), b
  check_close(-greedy.score / kBit, (1 + 2 + 1) / 3.0, 1e-5);
  const auto ended = model->generate(start, {.max_new_tokens = 3, .eos_ids = {0}}).front();
  CHECK(ended.ids == std::vector<TokenId>{2, 0});
}

TEST_CASE("trigger tokens, set or not, stand in a causal prompt") {
  const auto model = open_bigram_model();

  check_bits(score_one(*model, "a {trigger=0,3} {mask}", {"c", "b"}, kWhole), {1, 3});  // behind d
  // The vocabulary has no "!": its unknown token, "a", stands for what holds no token.
  check_bits(score_one(*model, "c {trigger=_} {mask}", {"b", "c"}, kWhole), {1, 2});
}

TEST_CASE("prefixes that rows share do not change a bit, in any company, at any thread count") {
  for (const char* name : {"qwen3", "gemma2", "gemma3-text", "llama-dynamic", "llama-yarn"}) {
    CAPTURE(name);
    const auto folder =
        std::filesystem::path(PROSPECT_SOURCE_DIR) / "tests" / "parity" / "checkpoints" / name;
    Candidate candidate{.tmpl = Template::parse("{text} it {mask}")};
    for (const char* word : {"was good", "is", "is a"})
      candidate.verbalizer.labels.push_back({word, {{word, {}}}});
    const std::vector<Candidate> candidates{candidate};
    const std::string demonstration = "the film was good and the house was small ";
    std::vector<Example> examples;
    for (const char* end : {"", "a", "the", "the film", "demo", "a house by the river"})
      for (const std::size_t times : {1, 2})
        examples.push_back(
            {.id = end,
             .fields = {{"text",
                         times == 1 ? demonstration + end : demonstration + demonstration + end}}});
    std::vector<Row> rows;
    for (std::uint32_t e = 0; e < examples.size(); ++e) rows.push_back({0, e});

    std::vector<std::vector<double>> alone;
    for (const std::size_t threads : {1, 2, 8}) {
      const auto model = open_model(folder, {.num_threads = threads});
      const auto score = [&](std::span<const Row> some) {
        return model->scorer().score({.candidates = candidates,
                                      .examples = examples,
                                      .answers = {},
                                      .rows = some,
                                      .spec = kWhole});
      };
      if (alone.empty())
        for (const Row& row : rows) {
          auto outcome = score({&row, 1}).front();
          REQUIRE(!outcome.failure);
          alone.push_back(outcome.log_p);
        }
      const auto together = score(rows);
      for (std::size_t i = 0; i < rows.size(); ++i) CHECK(together[i].log_p == alone[i]);
    }
  }
}

}  // namespace prospect::test
