#include "experiments/report/html.h"

#include <doctest/doctest.h>

namespace prospect {
namespace {

TEST_CASE("text stays text: markup, quotes, control characters and broken UTF-8 are escaped") {
  CHECK(Html::text("<script>alert('x') && \"y\"</script>").markup() ==
        "&lt;script&gt;alert(&#39;x&#39;) &amp;&amp; &quot;y&quot;&lt;/script&gt;");
  CHECK(Html::text("a\x01z\xFF!").markup() == "a\xEF\xBF\xBDz\xEF\xBF\xBD!");
  CHECK(Html::text("größer, 中文\n").markup() == "größer, 中文\n");
  CHECK(Html::text("").empty());
}

TEST_CASE("an attribute's value cannot leave its quotes") {
  CHECK(element("p", {{"title", "\"><script>"}, {"class", ""}}, Html::text("x")).markup() ==
        "<p title=\"&quot;&gt;&lt;script&gt;\">x</p>");
}

TEST_CASE("a page names nothing outside of itself") {
  const std::string markup = page("a <b>", element("p", Html::text("x"))).markup();

  CHECK(markup.find("<title>a &lt;b&gt;</title>") != std::string::npos);
  CHECK(markup.find("http") == std::string::npos);
  CHECK(markup.find("url(") == std::string::npos);
  CHECK(markup.find("prefers-color-scheme: dark") != std::string::npos);
  CHECK(markup.find("width=device-width") != std::string::npos);
}

}  // namespace
}  // namespace prospect
