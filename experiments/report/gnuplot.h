#pragma once

#include <span>
#include <string>
#include <vector>

#include "experiments/report/html.h"

namespace prospect {

/// A plot as gnuplot commands over numbers; no text of a user's may stand in them.
///
/// Colours are written `kInk`, `kGrid` or `plot_colour(i)`; in the page they become its own, so
/// that a plot is readable in light and dark.
struct PlotScript {
  int width = 560, height = 340;
  std::string commands;
};

inline constexpr const char* kInk = "rgb '#010164'";
inline constexpr const char* kGrid = "rgb '#010165'";
/// The colour of the i-th series, from 0; they repeat after `kPlotColours`.
std::string plot_colour(std::size_t series);
inline constexpr std::size_t kPlotColours = 8;

/// Runs gnuplot once over all plots and gives each as an `<svg>` for a page.
/// @throws Error (io) where gnuplot is not there or cannot write, (internal) where it refuses a
/// script.
std::vector<Html> draw(std::span<const PlotScript> plots);

/// Whether `draw` can run.
bool has_gnuplot();

}  // namespace prospect
