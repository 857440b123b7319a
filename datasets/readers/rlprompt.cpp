#include "datasets/detail/delimited.h"
#include "datasets/readers/list.h"

namespace prospect::readers {
namespace {

// Source: mingkaid/rl-prompt. Its files pass through pandas, which puts a text that holds a quote
// in quotes; copies with those quotes removed are read alike, unless a text starts with a quote.
class RlPromptReader : public Reader {
 public:
  std::string_view name() const override { return "rlprompt"; }
  std::string_view help() const override {
    return "A file of an RLPrompt k-shot folder: .tsv with the header 'text label', quoted as "
           "pandas does.";
  }
  DataTable read(const std::filesystem::path& path, const ReadOptions& options) const override {
    return detail::read_delimited(path, {'\t', detail::Quoting::lenient}, options);
  }
};

}  // namespace

const Reader& rlprompt() {
  static const RlPromptReader reader;
  return reader;
}

}  // namespace prospect::readers
