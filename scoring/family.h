#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scoring/checkpoint/config.h"
#include "scoring/checkpoint/parameters.h"
#include "scoring/description.h"
#include "scoring/model.h"

namespace prospect {

/// A model architecture, as data over the shared building blocks of `layers/`: one file in
/// `families/`, registered under the checkpoint's `model_type`.
struct Family {
  std::string_view model_type;
  ModelKind kind = ModelKind::masked_lm;
  /// What the reference puts before the names of the base model's tensors, `{base}` in the tables;
  /// files without it are read too. Empty: nothing.
  std::string_view base = {};
  std::span<const std::string_view> architectures;  ///< Of the reference library.
  ConfigRows keys;                                  ///< Beside those that all families share.
  Description (*describe)(const ModelConfig&) = nullptr;
  ParameterRows parameters;
  std::span<const Rename> renames{};  ///< Other published forms of the tensors' names.
};

/// @throws Error (internal) when the `model_type` is taken.
void register_family(const Family& family);

/// @throws Error (unsupported) naming the families that there are.
const Family& find_family(const std::string& model_type, const std::string& where);

/// All families, by `model_type`.
std::vector<const Family*> list_families();

/// Registers a family from a source file's last line.
struct FamilyRegistration {
  explicit FamilyRegistration(const Family& family) { register_family(family); }
};

}  // namespace prospect
