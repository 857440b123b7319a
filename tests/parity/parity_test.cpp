// Checkpoints against what the reference library computes on them: all that `prospect parity`
// checks. One row per checkpoint.

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "core/error.h"
#include "experiments/parity.h"
#include "tests/support/shared_data.h"

namespace prospect::test {
namespace {

namespace fs = std::filesystem;

// In the project: what other material lacks.
constexpr const char* kOwn[] = {
    "deberta-v2", "deberta-v3", "gemma2", "gemma3-text", "llama-dynamic", "llama-yarn", "qwen3",
};

// Under the folder of test material.
constexpr const char* kShared[] = {
    "albert",
    "bert-bfloat16",
    "bert-cased",
    "bert-float16",
    "bert-head-absent",
    "bert-head-present",
    "bert-no-prefix",
    "bert-old-keys",
    "bert-pickle",
    "bert-sharded",
    "bert-uncased",
    "distilbert",
    "electra",
    "gpt-neox",
    "gpt-neox-published",
    "gpt-neox-sequential",
    "gpt2",
    "gpt2-published",
    "llama-linear",
    "llama2",
    "llama2-published",
    "llama3",
    "marian",
    "mistral",
    "modernbert",
    "modernbert-published",
    "opt",
    "opt-projected",
    "opt-published",
    "qwen2",
    "roberta",
    "roberta-published",
    "t5",
    "t5-published",
    "t5-v1.1",
    "tokenizer-metaspace-always",
    "tokenizer-metaspace-first",
    "tokenizer-metaspace-never",
    "tokenizer-spm-llama2",
    "tokenizer-spm-t5",
    "tokenizer-spm-xlm-r",
    "tokenizer-vocab-merges",
    "tokenizer-vocab-txt",
    "xlm-roberta",
};

void check_folder(const fs::path& folder) {
  const ParityReport report = check_parity(folder, {.num_threads = 2}, std::nullopt);
  CHECK(report.num_passed() > 0);
  for (const auto& skip : report.skipped) {
    CAPTURE(skip.name);
    CHECK(skip.reason.starts_with("the reference has no value"));
  }
  for (const auto& check : report.checks) {
    const std::string name = check.name, note = check.note;
    CAPTURE(name);
    CAPTURE(note);
    CAPTURE(check.max_abs_error);
    CHECK(check.pass());
  }
}

}  // namespace

TEST_CASE("the project's own checkpoints agree with the reference") {
  for (const std::string name : kOwn) {
    CAPTURE(name);
    check_folder(fs::path(PROSPECT_SOURCE_DIR) / "tests/parity/checkpoints" / name);
  }
}

TEST_CASE("shared checkpoints agree with the reference") {
  for (const std::string name : kShared) {
    CAPTURE(name);
    if (has_shared("parity/" + name)) check_folder(shared_folder() / "parity" / name);
  }
}

}  // namespace prospect::test
