#pragma once

#include <filesystem>

#include "search/plugin.h"

namespace prospect {

/// Reads a plug-in's stamp from its file, which is not loaded: none of its code runs, not even the
/// constructors of its global objects.
/// @throws Error (io) where the file cannot be read, (input) where it is no whole shared library
/// for this machine, or no plug-in.
PluginStamp read_plugin_stamp(const std::filesystem::path& path);

}  // namespace prospect
