#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/matrix.h"

namespace prospect {

/// Many candidates scored on the same examples of one task: what selection rules are compared on.
struct SelectionPool {
  std::string name;
  std::vector<std::string> labels;
  std::vector<std::string> candidates;  ///< Template and label words, for people.
  std::vector<std::int32_t> gold;       ///< [N]
  std::vector<MatrixXd> log_p;          ///< Of each candidate, normalised over the labels. [N, K]
};

/// The tasks of which pools are made: `sst2`, `mr`, `subj`, `agnews`.
std::vector<std::string> selection_pool_names();

/// Scores a pool with a model. SST-2, MR and Subj take LM-BFF's published templates (every seed's
/// first ones, each once) with three pairs of label words; AG News takes the published templates of
/// PET and OpenPrompt and others of the same forms, with three sets of label words.
/// @param data  the folder that $PROSPECT_DATA names.
/// @throws Error (input, io) where the data are not there.
SelectionPool make_selection_pool(const std::string& name, const std::filesystem::path& data,
                                  const std::string& model);

void write_selection_pool(const SelectionPool& pool, const std::filesystem::path& path);
/// @throws Error (input, io) for what `write_selection_pool` did not write.
SelectionPool read_selection_pool(const std::filesystem::path& path);

}  // namespace prospect
