#include "search/answers/readings.h"

#include <cmath>

#include "core/text.h"
#include "search/detail/label_words.h"

namespace prospect {

MatrixXf log_softmax(MatrixXf logits) {
  for (Eigen::Index r = 0; r < logits.rows(); ++r) {
    auto row = logits.row(r);
    const float largest = row.maxCoeff();
    const double sum = (row.array() - largest).cast<double>().exp().sum();
    row.array() -= largest + static_cast<float>(std::log(sum));
  }
  return logits;
}

SlotReadings read_slot(const SearchContext& context, const Candidate& prompt,
                       std::span<const Example> examples) {
  SlotReadings readings;
  readings.vectors = context.oracles.slot()->hidden(prompt, examples);
  readings.log_p = log_softmax(context.oracles.head()->logits(readings.vectors));
  for (const auto& example : examples) readings.labels.push_back(example.label);
  return readings;
}

MatrixXd AnswerWords::columns(const MatrixXf& matrix) const {
  MatrixXd columns(matrix.rows(), static_cast<Eigen::Index>(ids.size()));
  for (std::size_t w = 0; w < ids.size(); ++w)
    columns.col(static_cast<Eigen::Index>(w)) = matrix.col(ids[w]).cast<double>();
  return columns;
}

AnswerWords answer_words(const Vocabulary& vocabulary, const Template& tmpl) {
  AnswerWords words;
  for (TokenId id = 0; id < static_cast<TokenId>(vocabulary.size()); ++id) {
    if (!is_label_word(vocabulary, id)) continue;
    std::string text(trim(vocabulary.decode(std::span(&id, 1))));
    if (vocabulary.encode_answer(tmpl, {text, {}}) != TokenIds{id}) continue;
    words.ids.push_back(id);
    words.texts.push_back(std::move(text));
  }
  return words;
}

}  // namespace prospect
