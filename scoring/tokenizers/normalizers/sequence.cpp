#include "scoring/tokenizers/normalizers/kinds.h"

namespace prospect::tokenizers {
namespace {

class Sequence final : public Normalizer {
 public:
  explicit Sequence(std::vector<std::unique_ptr<const Normalizer>> steps)
      : steps_(std::move(steps)) {}

  void apply(AlignedText& text) const override {
    for (const auto& step : steps_) step->apply(text);
  }

 private:
  std::vector<std::unique_ptr<const Normalizer>> steps_;
};

}  // namespace

std::unique_ptr<const Normalizer> make_normalizer_sequence(const JsonReader& reader) {
  std::vector<std::unique_ptr<const Normalizer>> steps;
  for (const auto& step : reader.at("normalizers").items()) steps.push_back(make_normalizer(step));
  return std::make_unique<Sequence>(std::move(steps));
}

}  // namespace prospect::tokenizers
