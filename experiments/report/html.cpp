#include "experiments/report/html.h"

#include "core/text.h"

namespace prospect {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '&':
      out += "&amp;";
      return;
    case '<':
      out += "&lt;";
      return;
    case '>':
      out += "&gt;";
      return;
    case '"':
      out += "&quot;";
      return;
    case '\'':
      out += "&#39;";
      return;
    default:
      const auto byte = static_cast<unsigned char>(c);
      const bool control = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
      if (control)
        out += kReplacement;
      else
        out += c;
  }
}

constexpr std::string_view kStyle = R"CSS(
:root {
  color-scheme: light dark;
  --paper: #fcfcfa; --panel: #ffffff; --ink: #1c1e21; --faint: #5c6370; --line: #d9dbe0;
  --mark: #fff3c4; --good: #1a7f4b; --bad: #b3261e;
  --plot-1: #0b62a8; --plot-2: #c2500a; --plot-3: #137a4c; --plot-4: #a33a86;
  --plot-5: #6b5d00; --plot-6: #5b4bc4; --plot-7: #b0273c; --plot-8: #46606f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181c; --panel: #1e2126; --ink: #e6e7ea; --faint: #a2a9b4; --line: #3a3f47;
    --mark: #4a4115; --good: #5fce94; --bad: #ff8f86;
    --plot-1: #66b2f0; --plot-2: #f6a15c; --plot-3: #5fce94; --plot-4: #ea8fd2;
    --plot-5: #d8c750; --plot-6: #aaa0ff; --plot-7: #ff8a9a; --plot-8: #a3bccb;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1rem clamp(0.75rem, 3vw, 2rem) 4rem; max-width: 76rem;
  background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 0.5rem; border-top: 1px solid var(--line);
     padding-top: 1rem; overflow-wrap: anywhere; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 0.25rem; }
p { margin: 0.4rem 0; max-width: 48rem; overflow-wrap: anywhere; }
a { color: var(--plot-1); }
nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 0.75rem 0; }
code, pre { font: 0.9em/1.4 ui-monospace, "DejaVu Sans Mono", monospace; }
code { overflow-wrap: anywhere; white-space: pre-wrap; }
pre { overflow: auto; background: var(--panel); border: 1px solid var(--line); padding: 0.75rem;
      max-height: 32rem; }
.faint { color: var(--faint); }
.good { color: var(--good); } .bad { color: var(--bad); }
.scroll { overflow-x: auto; border: 1px solid var(--line); background: var(--panel);
          margin: 0.5rem 0; max-width: 100%; }
table { border-collapse: collapse; min-width: 100%; font-size: 0.9rem; }
th, td { text-align: left; padding: 0.35rem 0.6rem; vertical-align: top;
         border-bottom: 1px solid var(--line); }
th { white-space: nowrap; color: var(--faint); font-weight: 600; }
tr:last-child td { border-bottom: 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td .wide { display: block; min-width: 14rem; max-width: 34rem; overflow-wrap: anywhere; }
tr.mark td, td.mark { background: var(--mark); }
.figures { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
figure { margin: 0.5rem 0; padding: 0.75rem; border: 1px solid var(--line); background: var(--panel);
         min-width: 0; }
figure svg { display: block; width: 100%; max-width: 40rem; height: auto; margin: 0 auto; }
figcaption { font-size: 0.9rem; }
figcaption .title { font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; }
.swatch { display: inline-block; width: 1.1em; height: 0.7em; margin-right: 0.35em; }
.bar { display: inline-block; height: 0.7em; background: var(--plot-1); vertical-align: baseline; }
.bar.less { background: var(--plot-2); }
details > summary { cursor: pointer; }
@media print { .scroll, pre { overflow: visible; max-height: none; } }
)CSS";

}  // namespace

Html Html::text(std::string_view text) {
  Html html;
  while (!text.empty()) {
    const auto invalid = invalid_utf8(text);
    for (const char c : text.substr(0, invalid.value_or(text.size())))
      append_escaped(html.markup_, c);
    if (!invalid) break;
    html.markup_ += kReplacement;
    text.remove_prefix(*invalid + 1);
  }
  return html;
}

Html Html::trusted(std::string markup) {
  Html html;
  html.markup_ = std::move(markup);
  return html;
}

Html element(std::string_view name, HtmlAttributes attributes, const Html& content) {
  std::string markup = "<" + std::string(name);
  for (const auto& [key, value] : attributes) {
    if (value.empty()) continue;
    markup += " " + std::string(key) + "=\"" + Html::text(value).markup() + "\"";
  }
  return Html::trusted(markup + ">" + content.markup() + "</" + std::string(name) + ">");
}

Html table(std::span<const HtmlColumn> columns, std::span<const std::vector<Html>> rows) {
  const auto class_of = [&](std::size_t i) { return columns[i].number ? "number" : ""; };
  Html head;
  for (std::size_t i = 0; i < columns.size(); ++i)
    head += element("th", {{"scope", "col"}, {"class", class_of(i)}}, Html::text(columns[i].title));
  Html body;
  for (const auto& row : rows) {
    Html cells;
    for (std::size_t i = 0; i < row.size(); ++i)
      cells += element("td", {{"class", class_of(i)}}, row[i]);
    body += element("tr", cells) + Html::trusted("\n");
  }
  return element("div", {{"class", "scroll"}, {"tabindex", "0"}},
                 element("table", element("thead", element("tr", head)) + element("tbody", body)));
}

Html page(std::string_view title, const Html& body) {
  const Html head = Html::trusted(
                        "<meta charset=\"utf-8\">\n"
                        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                        // An empty icon: else a browser asks the page's server for one.
                        "<link rel=\"icon\" href=\"data:,\">\n") +
                    element("title", Html::text(title)) +
                    element("style", Html::trusted(std::string(kStyle)));
  return Html::trusted("<!DOCTYPE html>\n<html lang=\"en\">\n") + element("head", head) +
         element("body", element("main", body)) + Html::trusted("\n</html>\n");
}

}  // namespace prospect
