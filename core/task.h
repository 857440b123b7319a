#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/candidate.h"

namespace prospect {

/// One row of a task's data.
struct Example {
  std::string id;                             ///< Unique within the task.
  std::map<std::string, std::string> fields;  ///< Name -> text.
  std::int32_t label = -1;                    ///< Index into the task's labels; -1 where unknown.
  std::string gold;                           ///< The label's or answer's text as the file has it.
  std::string group;                          ///< The relation of a fact; else empty.
  bool operator==(const Example&) const = default;
};

/// The labelled and unlabelled examples that a search may use. There is no way to name the test
/// set.
enum class Pool { support, dev, unlabelled };

std::string_view name_of(Pool pool);

using ExampleIndex = std::uint32_t;

/// Some examples of a pool, by index.
struct Examples {
  Pool pool = Pool::dev;
  std::vector<ExampleIndex> indices;
};

enum class TaskKind {
  classification,
  facts,  ///< Answers come from a candidate set (LAMA); the labels are the objects.
  span,
};

/// Among which answers the language model chooses.
enum class AnswerSpace {
  labels,      ///< The answers of the labels alone; probabilities are normalised over them.
  vocabulary,  ///< The whole vocabulary; probabilities are the model's own.
};

/// A prompt written by hand that comes with a task.
struct ManualPrompt {
  Candidate candidate;
  std::string source;  ///< Where it was published.
};

/// What a search works on: labels, data, metric, and the prompts written by hand.
struct Task {
  std::string name;
  std::int64_t version = 1;
  TaskKind kind = TaskKind::classification;
  std::vector<std::string> fields;
  std::vector<std::string> labels;
  std::string metric = "accuracy";
  AnswerSpace answer_space = AnswerSpace::labels;
  std::vector<ManualPrompt> manual;
  std::vector<Example> support, dev, unlabelled;
  std::string fingerprint;  ///< Of the examples: two results compare only where it is equal.

  std::span<const Example> pool(Pool pool) const;
};

/// Replaces `{demos}` by the candidate's demonstrations: each is the template itself, filled with a
/// support example and its label's first answer, and ends with a line break. The result has no
/// `{demos}`.
/// @throws Error (input) when a demonstration is not in the support set, or lacks a label or a
/// field of the template; (unsupported) when the template or the answer holds tokens that are no
/// text.
Candidate with_demonstrations(const Candidate& candidate, const Task& task);

}  // namespace prospect
