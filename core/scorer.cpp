#include "core/scorer.h"

#include "core/detail/named_values.h"

namespace prospect {
namespace {

constexpr Named<AnswerRule> kRules[] = {{AnswerRule::single, "single"},
                                        {AnswerRule::parallel, "parallel"},
                                        {AnswerRule::left_to_right, "left_to_right"},
                                        {AnswerRule::most_confident, "most_confident"},
                                        {AnswerRule::within_word, "within_word"}};
constexpr Named<LengthNorm> kNorms[] = {{LengthNorm::sum, "sum"},
                                        {LengthNorm::tokens, "tokens"},
                                        {LengthNorm::characters, "characters"},
                                        {LengthNorm::bytes, "bytes"}};
constexpr Named<AnswerSpace> kSpaces[] = {{AnswerSpace::labels, "labels"},
                                          {AnswerSpace::vocabulary, "vocabulary"}};
constexpr Named<Precision> kPrecisions[] = {{Precision::float32, "float32"},
                                            {Precision::bfloat16, "bfloat16"},
                                            {Precision::automatic, "auto"}};

constexpr Named<Tail> kTails[] = {{Tail::score, "score"}, {Tail::drop, "drop"}};

template <class Value, std::size_t N>
void read(const JsonReader& reader, std::string_view key, const Named<Value> (&table)[N],
          Value& value) {
  if (reader.has(key)) value = value_in(table, reader.at(key));
}

}  // namespace

std::string_view name_of(AnswerRule rule) {
  return name_in(kRules, rule);
}
std::string_view name_of(LengthNorm norm) {
  return name_in(kNorms, norm);
}
std::string_view name_of(AnswerSpace space) {
  return name_in(kSpaces, space);
}
std::string_view name_of(Precision precision) {
  return name_in(kPrecisions, precision);
}

std::string_view name_of(Tail tail) {
  return name_in(kTails, tail);
}

Json to_json(const ScoringSpec& spec) {
  return {{"rule", name_of(spec.rule)},
          {"norm", name_of(spec.norm)},
          {"space", name_of(spec.space)},
          {"precision", name_of(spec.precision)},
          {"tail", name_of(spec.tail)}};
}

ScoringSpec scoring_spec_from_json(const JsonReader& reader, ScoringSpec defaults) {
  reader.allow_only({"rule", "norm", "space", "precision", "tail", "calibration"});
  read(reader, "rule", kRules, defaults.rule);
  read(reader, "norm", kNorms, defaults.norm);
  read(reader, "space", kSpaces, defaults.space);
  read(reader, "precision", kPrecisions, defaults.precision);
  read(reader, "tail", kTails, defaults.tail);
  return defaults;
}

}  // namespace prospect
