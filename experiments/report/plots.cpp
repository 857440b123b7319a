#include "experiments/report/plots.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "experiments/number_text.h"

namespace prospect {
namespace {

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

// A data block; gnuplot reads NaN as a point that is missing.
std::string block(const std::string& name, std::span<const std::vector<double>> rows) {
  std::string text = "$" + name + " << EOD\n";
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      text += (i == 0 ? "" : " ") + (std::isfinite(row[i]) ? number(row[i]) : std::string("NaN"));
    text += "\n";
  }
  return text + "EOD\n";
}

std::string range(const std::string& axis, double low, double high) {
  return "set " + axis + "range [" + number(low) + ":" + number(high) + "]\n";
}

// About five round numbers from 0 to `last`, with commas, which gnuplot does not write.
std::string cost_tics(std::int64_t last) {
  const double raw = static_cast<double>(last) / 5;
  const double power = std::pow(10.0, std::floor(std::log10(std::max(raw, 1.0))));
  const double factor = raw <= power ? 1 : raw <= 2 * power ? 2 : raw <= 5 * power ? 5 : 10;
  const auto step = std::max<std::int64_t>(1, std::llround(factor * power));
  std::string tics;
  for (std::int64_t at = 0; at <= last; at += step)
    tics += (at == 0 ? "'" : ", '") + with_commas(at) + "' " + std::to_string(at);
  return tics;
}

}  // namespace

PlotScript curves_plot(std::span<const StrategyCurves> curves) {
  std::int64_t last = 1;
  for (const auto& strategy : curves) last = std::max(last, strategy.spent);
  PlotScript plot;
  std::string draw;
  for (std::size_t s = 0; s < curves.size(); ++s) {
    if (curves[s].band.empty()) continue;
    std::vector<std::vector<double>> rows;
    // Each step as two points, so that the band has the line's corners.
    for (const auto& point : curves[s].band) {
      if (!rows.empty())
        rows.push_back(
            {static_cast<double>(point.cost), rows.back()[1], rows.back()[2], rows.back()[3]});
      rows.push_back({static_cast<double>(point.cost), point.mean, point.low, point.high});
    }
    rows.push_back({static_cast<double>(last), rows.back()[1], rows.back()[2], rows.back()[3]});
    const std::string name = "s" + std::to_string(s), colour = plot_colour(s);
    plot.commands += block(name, rows);
    if (curves[s].searches.size() > 1)
      draw += (draw.empty() ? "" : ", ") + ("$" + name) + " using 1:3:4 with filledcurves fc " +
              colour + " fs transparent solid 0.15 noborder";
    draw += (draw.empty() ? "" : ", ") + ("$" + name) + " using 1:2 with lines lc " + colour +
            " lw 1.8 dt " + std::to_string(1 + s / kPlotColours);
  }
  plot.commands += "set xlabel 'counted work of a search'\nset xtics (" + cost_tics(last) + ")\n" +
                   range("x", 0, static_cast<double>(last)) + "set ylabel 'best on dev so far'\n" +
                   (draw.empty() ? "set yrange [0:1]\nplot NaN" : "plot " + draw);
  return plot;
}

PlotScript intervals_plot(std::span<const IntervalRow> rows) {
  PlotScript plot;
  plot.height = 90 + 34 * static_cast<int>(rows.size());
  std::vector<std::vector<double>> dev, test;
  std::string tics;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double y = -static_cast<double>(i);
    tics += (i == 0 ? "'" : ", '") + rows[i].label + "' " + number(y);
    const auto add = [&](auto& points, const auto& value, const auto& interval, double at) {
      if (!value) return;
      points.push_back(
          {*value, at, interval ? interval->first : *value, interval ? interval->second : *value});
    };
    add(dev, rows[i].dev, rows[i].dev_interval, y + 0.15);
    add(test, rows[i].test, rows[i].test_interval, y - 0.15);
  }
  std::string draw;
  const auto add = [&](const std::string& name, const auto& points, std::size_t colour,
                       const char* type) {
    if (points.empty()) return;
    plot.commands += block(name, points);
    draw += (draw.empty() ? "$" : ", $") + name + " using 1:2:3:4 with xerrorbars lc " +
            plot_colour(colour) + " lw 1.6 pt " + type + " ps 0.8";
  };
  add("dev", dev, 0, "7");
  add("test", test, 1, "5");
  plot.commands += "set ytics (" + tics + ")\nset grid x\nunset ylabel\n" +
                   range("y", -static_cast<double>(rows.size()) + 0.4, 0.6) +
                   "set offsets graph 0.02, graph 0.02, 0, 0\n" +
                   (draw.empty() ? "set xrange [0:1]\nplot NaN" : "plot " + draw);
  return plot;
}

PlotScript race_plot(const Race& race, std::optional<TrialId> winner) {
  PlotScript plot;
  std::vector<std::vector<double>> others, its;
  const std::size_t count = std::min(race.raced.size(), kMostRaced);
  for (std::size_t i = 0; i < count; ++i) {
    auto& lines = race.raced[i].trial == winner ? its : others;
    lines.push_back({0, static_cast<double>(i) + 1, static_cast<double>(race.raced[i].num_seen)});
  }
  plot.height = std::clamp(120 + 6 * static_cast<int>(count), 200, 420);
  std::string draw;
  const std::string width = count > 80 ? "1.2" : "3";
  const auto add = [&](const std::string& name, const auto& lines, std::size_t colour) {
    if (lines.empty()) return;
    plot.commands += block(name, lines);
    draw += (draw.empty() ? "$" : ", $") + name + " using 1:2:3:(0) with vectors nohead lc " +
            plot_colour(colour) + " lw " + width;
  };
  add("others", others, 7);
  add("winner", its, 1);
  plot.commands += "set xlabel 'dev examples seen'\nset ylabel 'candidates'\n" +
                   range("x", 0, static_cast<double>(std::max<std::size_t>(race.num_examples, 1))) +
                   range("y", static_cast<double>(count) + 1, 0) +
                   (draw.empty() ? "plot NaN" : "plot " + draw);
  return plot;
}

PlotScript reliability_plot(const Reliability& reliability) {
  PlotScript plot;
  plot.height = 400;
  double most = 1;
  std::vector<std::vector<double>> points, counts;
  for (const auto& bin : reliability.bins) {
    most = std::max(most, static_cast<double>(bin.count));
    if (bin.count > 0) points.push_back({bin.confidence, bin.accuracy});
    counts.push_back({(bin.low + bin.high) / 2, static_cast<double>(bin.count)});
  }
  plot.commands =
      block("points", points) + block("counts", counts) +
      "set multiplot\nset lmargin at screen 0.13\nset rmargin at screen 0.97\n"
      "set xrange [0:1]\n"
      "set bmargin at screen 0.36\nset tmargin at screen 0.97\nset yrange [0:1]\n"
      "set format x ''\nset ylabel 'share right'\n"
      "plot x with lines lc " +
      std::string(kInk) + " dt 2 lw 0.8, $points using 1:2 with linespoints lc " + plot_colour(0) +
      " lw 1.8 pt 7 ps 0.9\n"
      "set bmargin at screen 0.14\nset tmargin at screen 0.32\nset format x '%g'\n"
      "set xlabel 'probability of the answer'\nset ylabel 'n'\nset ytics 0," +
      number(std::ceil(most / 2)) + "\n" + range("y", 0, most * 1.1) + "plot $counts using 1:2:(" +
      number(0.9 / static_cast<double>(std::max<std::size_t>(counts.size(), 1))) +
      ") with boxes fc " + plot_colour(0) + " fs solid 0.5 noborder\nunset multiplot";
  return plot;
}

}  // namespace prospect
