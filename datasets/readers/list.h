#pragma once

#include "datasets/readers/reader.h"

namespace prospect::readers {

/// Every reader, one function each; `kAll` is the order of `prospect list readers`.
const Reader& jsonl();
const Reader& tsv();
const Reader& csv();
const Reader& lm_bff();
const Reader& rlprompt();
const Reader& lama();
const Reader& autoprompt();

inline constexpr const Reader& (*kAll[])() = {jsonl, tsv, csv, lm_bff, rlprompt, lama, autoprompt};

}  // namespace prospect::readers
