#pragma once

#include <filesystem>
#include <string>

namespace prospect::detail {

/// What a path's start may be: the folder of data that does not come with the program.
inline constexpr std::string_view kDataVariable = "${PROSPECT_DATA}";

/// The path with the environment variable's value in place of its start; a path without the
/// variable as it is. What stands before the variable (a folder that it was taken to be relative
/// to) is dropped.
/// @param hint  stands at the end of the message.
/// @throws Error (input) at `where` when the variable is unset.
std::string expand_data_variable(const std::string& path, const std::string& where,
                                 const std::string& hint = {});

}  // namespace prospect::detail
