// The scoring library is opened by name when a model is first needed: a program that runs none
// starts without LibTorch, which takes a second to load.

#include <filesystem>
#include <memory>
#include <string>

#include "core/error.h"
#include "core/own_library.h"
#include "scoring/model.h"

namespace prospect {
namespace {

constexpr const char* kFileName = "libprospect_scoring.so";

const ScoringLibrary& load() {
  using EntryPoint = const ScoringLibrary* (*)();
  const auto entry =
      reinterpret_cast<EntryPoint>(own_library_function(kFileName, kScoringEntryPoint));
  const ScoringLibrary* library = entry();
  if (library->abi != kScoringAbi)
    fail(ErrorKind::unsupported, kFileName, "expected interface number ", kScoringAbi, ", found ",
         library->abi, "; build both libraries from the same sources");
  return *library;
}

const ScoringLibrary& library() {
  static const ScoringLibrary& loaded = load();
  return loaded;
}

}  // namespace

std::string_view name_of(ModelKind kind) {
  switch (kind) {
    case ModelKind::masked_lm:
      return "masked_lm";
    case ModelKind::causal_lm:
      return "causal_lm";
    case ModelKind::seq2seq_lm:
      return "seq2seq_lm";
  }
  return "";
}

std::unique_ptr<Model> open_model(const std::filesystem::path& folder,
                                  const ModelOptions& options) {
  return std::unique_ptr<Model>(library().open_model(folder, options));
}

MachineReport examine_machine(std::size_t num_threads) {
  return library().examine_machine(num_threads);
}

}  // namespace prospect
