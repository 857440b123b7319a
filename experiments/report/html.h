#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prospect {

/// A piece of an HTML page. The only ways to make one escape what they are given, so that a user's
/// text can never become markup; what is known to be markup goes through `trusted`, by name.
///
/// ```
/// Html page = element("p", {{"class", "note"}}, Html::text("a < b"));
/// ```
class Html {
 public:
  Html() = default;
  /// Text as it is read: `&`, `<`, `>` and quotes are escaped; control characters and bytes that
  /// are no UTF-8 become U+FFFD.
  static Html text(std::string_view text);
  /// Markup of our own or of a program we ran, as it stands.
  static Html trusted(std::string markup);

  Html& operator+=(const Html& other) {
    markup_ += other.markup_;
    return *this;
  }
  friend Html operator+(Html a, const Html& b) { return std::move(a += b); }

  const std::string& markup() const { return markup_; }
  bool empty() const { return markup_.empty(); }

 private:
  std::string markup_;
};

using HtmlAttributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// `<name attributes>content</name>`. Attributes' values are escaped; names are our own.
Html element(std::string_view name, HtmlAttributes attributes, const Html& content);
inline Html element(std::string_view name, const Html& content) {
  return element(name, {}, content);
}

/// A column of a table.
struct HtmlColumn {
  std::string title;
  bool number = false;  ///< Aligned to the right.
};

/// A table that scrolls by itself where the page is narrower.
Html table(std::span<const HtmlColumn> columns, std::span<const std::vector<Html>> rows);

/// A whole page that needs nothing from outside, readable in light and dark and on a phone.
Html page(std::string_view title, const Html& body);

}  // namespace prospect
