#pragma once

namespace prospect {

/// Finds a function in one of the project's libraries that are opened by name when they are first
/// needed; they lie beside libprospect.so, or in `../lib`.
///
/// The library sees its own dependencies before those of the program (but under the address
/// sanitizer, which forbids it): SentencePiece and LibTorch bring two versions of protobuf, whose
/// symbols would otherwise mix.
/// @param file_name  for instance `libprospect_scoring.so`.
/// @throws Error (io) where the library is absent or cannot be loaded, (unsupported) where it has
/// no such function. It is never closed.
void* own_library_function(const char* file_name, const char* function);

}  // namespace prospect
