#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace prospect {

/// Registers the strategy of a plug-in (`search/plugin.h`); one that is loaded already stays.
///
/// The file's stamp is read and compared before anything of it runs. It is never unloaded.
/// @return the strategy's name.
/// @throws Error naming the file: (io) where it cannot be read or loaded, (input) where it is no
/// shared library or no plug-in, (unsupported) where it was built against another interface,
/// (usage) where its strategy's name is taken, (input) where it throws.
std::string load_plugin(const std::filesystem::path& path);

/// Loads each, in order.
void load_plugins(std::span<const std::string> paths);

}  // namespace prospect
