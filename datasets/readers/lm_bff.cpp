#include "datasets/detail/delimited.h"
#include "datasets/readers/list.h"

namespace prospect::readers {
namespace {

// Source: princeton-nlp/LM-BFF, whose GLUE tasks are TSV files with GLUE's header and whose others
// (mr, subj, mpqa, ..) are CSV files without one, as pandas writes them.
class LmBffReader : public Reader {
 public:
  std::string_view name() const override { return "lm-bff"; }
  std::string_view help() const override {
    return "A file of an LM-BFF k-shot folder: GLUE's .tsv with a header, or .csv rows "
           "'label,text'.";
  }
  DataTable read(const std::filesystem::path& path, const ReadOptions& options) const override {
    if (path.extension() != ".csv")
      return detail::read_delimited(path, {'\t', detail::Quoting::none}, options);
    ReadOptions with_columns = options;
    if (with_columns.columns.empty()) with_columns.columns = {"label", "text"};
    return detail::read_delimited(path, {',', detail::Quoting::strict}, with_columns);
  }
};

}  // namespace

const Reader& lm_bff() {
  static const LmBffReader reader;
  return reader;
}

}  // namespace prospect::readers
