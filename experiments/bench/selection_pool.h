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
  /// The same of the content-free inputs "", "N/A" and "[MASK]". [3, K]
  std::vector<MatrixXd> content_free;
  /// Of each candidate's prompts without an answer, the mean over the first inputs; empty unless
  /// asked for.
  std::vector<double> perplexity;
};

/// How large a pool is made.
struct PoolSize {
  std::size_t num_examples = 1000;
  std::size_t num_likelihoods = 0;  ///< Inputs that the perplexity is the mean over.
  bool all_words = true;            ///< Every set of label words, else the first alone.
};

/// The tasks whose pools selection rules are compared on: `sst2`, `mr`, `subj`, `agnews`.
std::vector<std::string> selection_pool_names();
/// And label-free criteria: `sst2`, `agnews`, `subj`, `rte`.
std::vector<std::string> label_free_pool_names();

/// Scores a pool with a model. SST-2, MR, Subj and RTE take LM-BFF's published templates (every
/// seed's first ones, each once) with three pairs of label words; AG News takes the published
/// templates of PET and OpenPrompt and others of the same forms, with three sets of label words.
/// @param data  the folder that $PROSPECT_DATA names.
/// @throws Error (input, io) where the data are not there.
SelectionPool make_selection_pool(const std::string& name, const std::filesystem::path& data,
                                  const std::string& model, const PoolSize& size = {});

void write_selection_pool(const SelectionPool& pool, const std::filesystem::path& path);
/// @throws Error (input, io) for what `write_selection_pool` did not write.
SelectionPool read_selection_pool(const std::filesystem::path& path);

}  // namespace prospect
