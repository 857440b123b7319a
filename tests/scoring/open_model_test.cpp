#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include "core/files.h"
#include "scoring/model.h"
#include "tests/scoring/tiny_checkpoint.h"
#include "tests/support/expect_error.h"
#include "tests/support/scratch_folder.h"

namespace prospect::test {
namespace {

const std::string kQuery = "bert.encoder.layer.0.attention.self.query.weight";

// What opening says of a checkpoint that was spoilt.
void expect_refused(ErrorKind kind, const std::string& fragment,
                    const std::function<void(TinyCheckpoint&)>& spoil) {
  CAPTURE(fragment);
  const ScratchFolder folder;
  TinyCheckpoint checkpoint;
  spoil(checkpoint);
  checkpoint.write(folder.path());
  expect_error(kind, fragment, [&] { open_model(folder.path(), {}); });
}

void expect_refused_value(ErrorKind kind, const std::string& fragment, const std::string& key,
                          const Json& value) {
  expect_refused(kind, fragment, [&](TinyCheckpoint& tiny) { tiny.config[key] = value; });
}

std::unique_ptr<Model> open_tiny(const std::function<void(TinyCheckpoint&)>& change,
                                 const ModelOptions& options = {}) {
  const ScratchFolder folder;
  TinyCheckpoint checkpoint;
  change(checkpoint);
  return open_model(checkpoint.write(folder.path()), options);
}

MatrixXf some_logits(Model& model) {
  const auto ids = model.vocabulary().encode("it was [MASK] .", true);
  return model.logits({ids}, std::vector<std::uint32_t>{3});
}

void keep(TinyCheckpoint&) {}

}  // namespace

TEST_CASE("an opened model knows its checkpoint") {
  const auto model = open_tiny([](TinyCheckpoint& tiny) {
    tiny.tensors["bert.embeddings.position_ids"] = {"I64", {1}, std::string(8, '\0')};
    tiny.tensors["cls.seq_relationship.bias"] = {"F32", {2}, std::string(8, '\0')};
  });

  CHECK(model->card().family == "bert");
  CHECK(model->card().kind == ModelKind::masked_lm);
  CHECK(model->card().num_layers == 2);
  CHECK(model->card().hidden_size == 16);
  CHECK(model->card().num_positions == 32);
  CHECK(model->card().fingerprint.size() == 16);
  CHECK(model->card().ignored ==
        std::vector<std::string>{"bert.embeddings.position_ids", "cls.seq_relationship.bias"});
}

TEST_CASE("an unknown key or a value that changes the computation is unsupported, by name") {
  const auto refused = [](const std::string& key, const Json& value, const std::string& fragment) {
    expect_refused_value(ErrorKind::unsupported, fragment, key, value);
  };

  refused("position_embedding_type", "relative_key",
          "\"position_embedding_type\": \"relative_key\"");
  refused("is_decoder", true, "\"is_decoder\": true (supported: false)");
  refused("add_cross_attention", true, "add_cross_attention");
  refused("quantization_config", {{"bits", 4}}, "\"quantization_config\": {\"bits\":4}");
  refused("alibi_slopes", 3,
          "unknown keys, which may change what is computed: \"alibi_slopes\": 3");
  refused("hidden_act", "mish", "unknown activation 'mish'; known: gelu");
  refused("architectures", Json::array({"BertForSequenceClassification"}),
          "found BertForSequenceClassification");
  refused("model_type", "berta", "unknown model_type 'berta'; known: ");
}

TEST_CASE("keys that do not change what is computed are passed over") {
  const auto plain = open_tiny(keep);
  const auto busy = open_tiny([](TinyCheckpoint& tiny) {
    tiny.config["hidden_dropout_prob"] = 0.5;
    tiny.config["torch_dtype"] = "float16";
    tiny.config["id2label"] = {{"0", "x"}};
    tiny.config["is_decoder"] = false;
    tiny.config["quantization_config"] = nullptr;
    tiny.config["position_embedding_type"] = "absolute";
  });

  CHECK(some_logits(*plain) == some_logits(*busy));
}

TEST_CASE("a damaged config is a fault of the model, at its place") {
  const auto refused = [](const std::string& key, const Json& value, const std::string& fragment) {
    expect_refused_value(ErrorKind::model, fragment, key, value);
  };

  refused("hidden_size", "16", "config.json#/hidden_size");
  refused("hidden_size", -1, "config.json#/hidden_size");
  refused("num_attention_heads", 3, "found 16 and 3");
  refused("num_hidden_layers", 0, "config.json#/num_hidden_layers");
  refused("layer_norm_eps", -1, "config.json#/layer_norm_eps");
  refused("tie_word_embeddings", "yes", "config.json#/tie_word_embeddings");
  expect_refused(ErrorKind::model, "vocab_size",
                 [](TinyCheckpoint& tiny) { tiny.config.erase("vocab_size"); });
  expect_refused(ErrorKind::model, "expected an object, found array",
                 [](TinyCheckpoint& tiny) { tiny.config = Json::array({1}); });
}

TEST_CASE("a folder without a config, or with an empty one, is refused") {
  const ScratchFolder folder;
  expect_error(ErrorKind::model, "config.json", [&] { open_model(folder.path(), {}); });
  folder.write("config.json", "");
  expect_error(ErrorKind::model, "config.json", [&] { open_model(folder.path(), {}); });
}

TEST_CASE("all missing tensors come in one error") {
  expect_refused(ErrorKind::model, "lacks 2 tensors: " + kQuery + ", cls.predictions.bias",
                 [](TinyCheckpoint& tiny) {
                   tiny.tensors.erase("cls.predictions.bias");
                   tiny.tensors.erase(kQuery);
                 });
}

TEST_CASE("tensors of wrong shape or type come in one error") {
  expect_refused(ErrorKind::model, kQuery + " has shape [8, 32], expected [16, 16]; ",
                 [](TinyCheckpoint& tiny) {
                   tiny.tensors[kQuery].shape = {8, 32};
                   tiny.tensors["cls.predictions.bias"].type = "I32";
                 });
  expect_refused(ErrorKind::model, "cls.predictions.bias has type I32, expected F32",
                 [](TinyCheckpoint& tiny) { tiny.tensors["cls.predictions.bias"].type = "I32"; });
}

TEST_CASE("a weight that stands in two forms is refused") {
  expect_refused(ErrorKind::model, "the same weight in two forms", [](TinyCheckpoint& tiny) {
    tiny.tensors["bert.embeddings.LayerNorm.gamma"] =
        tiny.tensors["bert.embeddings.LayerNorm.weight"];
  });
}

TEST_CASE("an output matrix of its own is required where it is not tied, and used") {
  const auto untie = [](TinyCheckpoint& tiny) { tiny.config["tie_word_embeddings"] = false; };
  expect_refused(ErrorKind::model, "lacks 1 tensor: cls.predictions.decoder.weight", untie);

  const auto tied = open_tiny(keep);
  const auto own = open_tiny([&](TinyCheckpoint& tiny) {
    untie(tiny);
    TinyTensor rows = tiny.tensors["bert.embeddings.word_embeddings.weight"];
    std::rotate(rows.bytes.begin(), rows.bytes.begin() + 64, rows.bytes.end());  // by one row
    tiny.tensors["cls.predictions.decoder.weight"] = rows;
    tiny.tensors["cls.predictions.bias"].bytes.assign(rows.shape[0] * 4, '\0');
  });
  const auto no_bias = open_tiny([&](TinyCheckpoint& tiny) {
    tiny.tensors["cls.predictions.bias"].bytes.assign(36 * 4, '\0');
  });

  CHECK(some_logits(*own)(0, 3) == some_logits(*no_bias)(0, 4));
  CHECK(some_logits(*tied) != some_logits(*no_bias));
}

TEST_CASE("a tokenizer that knows more tokens than the model has rows is refused") {
  expect_refused(ErrorKind::model, "belong to two checkpoints",
                 [](TinyCheckpoint& tiny) { tiny.vocabulary.push_back("extra"); });
}

TEST_CASE("random weights repeat themselves, differ by seed and from the file's") {
  const auto random = [](std::uint64_t seed) { return open_tiny(keep, {.random_seed = seed}); };
  const auto first = random(1), again = random(1), other = random(2), file = open_tiny(keep);

  CHECK(some_logits(*first) == some_logits(*again));
  CHECK(some_logits(*first) != some_logits(*other));
  CHECK(some_logits(*first) != some_logits(*file));
  CHECK(first->card().fingerprint == again->card().fingerprint);
  CHECK(first->card().fingerprint != other->card().fingerprint);
  CHECK(first->card().fingerprint != file->card().fingerprint);
  CHECK(first->card().num_parameters == file->card().num_parameters);
}

TEST_CASE("a device other than the CPU is unsupported") {
  expect_error(ErrorKind::unsupported, "expected cpu, found 'cuda'",
               [] { open_tiny(keep, {.device = "cuda"}); });
}

TEST_CASE("rows that the model cannot compute are refused") {
  const auto model = open_tiny(keep);
  const std::vector<std::uint32_t> first{0}, far{40};
  const auto refused = [&](std::vector<TokenId> ids, std::vector<std::int32_t> types,
                           std::span<const std::uint32_t> positions, const std::string& fragment) {
    expect_error(ErrorKind::input, fragment, [&] { model->logits({ids, types}, positions); });
  };

  refused({}, {}, first, "at least one token");
  refused({2, 99}, {}, first, "below 36, found 99");
  refused({2, -1}, {}, first, "found -1");
  refused({2, 3}, {0, 7}, first, "found type 7");
  refused({2, 3}, {0}, first, "expected 2 token types, found 1");
  refused({2, 3}, {}, far, "expected a position below 2, found 40");
  refused(std::vector<TokenId>(33, 7), {}, first, "at most 32 tokens, found 33");
  expect_error(ErrorKind::input, "below 36, found 36", [&] {
    const TargetToken target{1, 36};
    model->input_gradient({{2, 4}}, {&target, 1});
  });
}

TEST_CASE("the machine report names the libraries and measures both products") {
  const MachineReport report = examine_machine(1);

  CHECK(report.num_threads == 1);
  CHECK(report.libtorch.find('.') != std::string::npos);
  CHECK(!report.blas.empty());
  CHECK(report.gemm_gflops > 0);
  CHECK(report.reference_gflops > 0);
}

}  // namespace prospect::test
