#include "experiments/report/page_parts.h"

#include <utility>

#include "experiments/number_text.h"

namespace prospect {
namespace {

// No escaped text holds a `<`, so that nobody else can write a mark.
std::string mark(std::size_t plot) {
  return "<!--plot " + std::to_string(plot) + "-->";
}

}  // namespace

Html Plots::add(PlotScript script) {
  scripts_.push_back(std::move(script));
  return Html::trusted(mark(scripts_.size() - 1));
}

std::string Plots::drawn_into(const std::string& markup) const {
  const auto drawings = draw(scripts_);
  std::string page;
  std::size_t done = 0;
  for (std::size_t i = 0; i < drawings.size(); ++i) {
    const std::size_t at = markup.find(mark(i), done);
    page += markup.substr(done, at - done) + drawings[i].markup();
    done = at + mark(i).size();
  }
  return page + markup.substr(done);
}

Html paragraph(const std::string& text) {
  return element("p", Html::text(text));
}

Html code(std::string_view text) {
  return element("code", Html::text(text));
}

Html wide(const Html& content) {
  return element("span", {{"class", "wide"}}, content);
}

Html figure(const std::string& title, const Html& drawing, const Html& words) {
  return element(
      "figure",
      element("figcaption", element("div", {{"class", "title"}}, Html::text(title)) + words) +
          drawing);
}

Html legend(std::span<const std::string> names) {
  Html items;
  for (std::size_t i = 0; i < names.size(); ++i)
    items += element("span", element("span",
                                     {{"class", "swatch"},
                                      {"style", "background:var(--plot-" +
                                                    std::to_string(i % kPlotColours + 1) + ")"}},
                                     Html()) +
                                 Html::text(names[i])) +
             Html::text(" ");
  return element("div", {{"class", "legend"}}, items);
}

std::string percent(std::int64_t part, std::int64_t whole) {
  return whole == 0
             ? "-"
             : fixed(100.0 * static_cast<double>(part) / static_cast<double>(whole), 1) + " %";
}

}  // namespace prospect
