#include "scoring/tokenizers/pre_tokenizers/kinds.h"

namespace prospect::tokenizers {
namespace {

class Sequence final : public PreTokenizer {
 public:
  explicit Sequence(std::vector<std::unique_ptr<const PreTokenizer>> steps)
      : steps_(std::move(steps)) {}

  void split(Words& words) const override {
    for (const auto& step : steps_) step->split(words);
  }

 private:
  std::vector<std::unique_ptr<const PreTokenizer>> steps_;
};

}  // namespace

std::unique_ptr<const PreTokenizer> make_pre_tokenizer_sequence(const JsonReader& reader) {
  std::vector<std::unique_ptr<const PreTokenizer>> steps;
  for (const auto& step : reader.at("pretokenizers").items())
    steps.push_back(make_pre_tokenizer(step));
  return std::make_unique<Sequence>(std::move(steps));
}

}  // namespace prospect::tokenizers
