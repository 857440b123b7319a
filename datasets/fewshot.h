#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/task.h"
#include "datasets/task_file.h"

namespace prospect {

/// How K examples a label are drawn for support and dev.
enum class FewshotProtocol {
  balanced,  ///< A stratified draw from a stream of our own.
  lm_bff,  ///< Gao et al. 2021: numpy's legacy shuffle of the file's lines, the first K lines of a
           ///< label are support, the next K dev; the published files, byte for byte.
};

/// `balanced` or `lm-bff`.
std::string_view name_of(FewshotProtocol protocol);
/// @throws Error (input) for an unknown name, with the nearest known one.
FewshotProtocol fewshot_protocol_from_name(const std::string& name, const std::string& where);

/// Indices into the training rows.
struct FewshotSplit {
  std::vector<std::uint32_t> support, dev;
};

/// Draws `shots` examples a label for support and as many, disjoint, for dev.
///
/// `balanced` keeps the order of the rows; `lm_bff` gives the groups one after the other, in the
/// order in which their labels first appear in the shuffled rows. Rows without a label are left
/// out.
/// @throws Error (input) when a label has fewer than 2 x `shots` rows, with the counts; (usage) for
///         no shots, or a seed of more than 32 bits with `lm_bff`.
FewshotSplit draw_fewshot(std::span<const Example> train, std::size_t num_labels, std::size_t shots,
                          std::uint64_t seed, FewshotProtocol protocol);

/// The task of one split: support and dev drawn from `data.train`, fingerprint set.
///
/// A facts task has a label an object, so there `shots` counts examples a group. A task of
/// published splits takes those of (shots, seed) as they are; its protocol is `lm_bff`.
/// @param shots  0: all training rows are support, and the task's dev file is dev (or, without one,
///               the rows are halved, stratified).
/// @throws Error as `draw_fewshot` does, and (input) for a split that was not published.
Task fewshot_task(const TaskData& data, std::size_t shots, std::uint64_t seed,
                  FewshotProtocol protocol);

/// The task of one split as zero-shot search sees it: no support, and in dev inputs alone, without
/// label or gold text, so that nothing can be chosen by them; fingerprint set.
///
/// As many inputs as `shots` a label, drawn from `data.train` without a look at their labels. Of
/// published splits, which others drew label by label, all inputs of (shots, seed).
/// @throws Error (input) where there are fewer inputs, and for a split that was not published.
Task zero_shot_task(const TaskData& data, std::size_t shots, std::uint64_t seed);

/// Training rows that are in neither pool of `task`, without their labels: a draw of `count`, in
/// random order.
/// @throws Error (input) where there are not as many.
std::vector<Example> unlabelled_examples(const TaskData& data, const Task& task, std::size_t count,
                                         std::uint64_t seed);

/// Writes a split in LM-BFF's layout: `folder/<shots>-<seed>/{train,dev}` and `folder/test`, with
/// the extension of the file they come from, rows byte for byte as they were read.
/// @throws Error as `fewshot_task` does; (io) when a file cannot be written.
void write_fewshot(const TaskData& data, std::size_t shots, std::uint64_t seed,
                   FewshotProtocol protocol, const std::filesystem::path& folder);

/// A hash over ids, fields and labels of both sets, in order: `Task::fingerprint`.
std::string fingerprint_of(std::span<const Example> support, std::span<const Example> dev);

/// numpy's RandomState(seed).permutation order: where each of `n` items comes from after its legacy
/// `shuffle`. Source: numpy's legacy generator (MT19937, init_genrand, masked rejection).
std::vector<std::uint32_t> numpy_legacy_shuffle(std::size_t n, std::uint32_t seed);

}  // namespace prospect
