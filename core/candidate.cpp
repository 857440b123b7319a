#include "core/candidate.h"

#include <algorithm>
#include <utility>

#include "core/detail/named_values.h"
#include "core/ensemble.h"
#include "core/error.h"
#include "core/text.h"

namespace prospect {
namespace {

constexpr Named<AnswerCombination> kCombinations[] = {{AnswerCombination::sum, "sum"},
                                                      {AnswerCombination::mean, "mean"},
                                                      {AnswerCombination::max, "max"}};

constexpr Named<Combiner> kCombiners[] = {
    {Combiner::linear, "linear"}, {Combiner::log_linear, "log_linear"}, {Combiner::vote, "vote"}};

Json to_json(const Answer& answer) {
  if (answer.ids.empty()) return answer.text;
  return {{"text", answer.text}, {"ids", answer.ids}};
}

Answer answer_from_json(const JsonReader& reader) {
  if (reader.value().is_string()) {
    if (reader.string().empty())
      reader.fail_expected("an answer of at least one character or token id");
    return {reader.string(), {}};
  }
  reader.allow_only({"text", "ids"});
  Answer answer{reader.at("text").string(), {}};
  for (const auto& id : reader.at("ids").items())
    answer.ids.push_back(static_cast<TokenId>(id.integer(0, INT32_MAX)));
  if (answer.text.empty() && answer.ids.empty())
    reader.fail_expected("an answer of at least one character or token id");
  return answer;
}

LabelAnswers label_from_json(const std::string& label, const JsonReader& reader) {
  LabelAnswers entry{label, {}};
  if (reader.value().is_string()) {
    entry.answers.push_back(answer_from_json(reader));
  } else {
    for (const auto& item : reader.items()) entry.answers.push_back(answer_from_json(item));
  }
  if (entry.answers.empty()) reader.fail_expected("at least one answer");
  return entry;
}

std::vector<std::string> labels_from_json(const JsonReader& reader) {
  std::vector<std::string> labels;
  for (const auto& item : reader.items()) {
    const std::string label = item.string();
    if (std::find(labels.begin(), labels.end(), label) != labels.end())
      fail(ErrorKind::input, item.where(), "expected each label once, found '", label, "' again");
    labels.push_back(label);
  }
  return labels;
}

}  // namespace

std::string_view name_of(Combiner combiner) {
  return name_in(kCombiners, combiner);
}

Piece as_piece(const Answer& answer) {
  if (answer.ids.empty()) return Literal{answer.text};
  return FixedTokens{answer.ids};
}

std::vector<Answer> flatten(const Verbalizer& verbalizer) {
  std::vector<Answer> answers;
  for (const auto& label : verbalizer.labels)
    answers.insert(answers.end(), label.answers.begin(), label.answers.end());
  return answers;
}

Json to_json(const Verbalizer& verbalizer) {
  Json json = Json::object();
  for (const auto& [label, answers] : verbalizer.labels) {
    Json& list = json[label] = Json::array();
    for (const auto& answer : answers) list.push_back(to_json(answer));
  }
  return json;
}

Verbalizer verbalizer_from_json(const JsonReader& reader, const std::vector<std::string>& labels) {
  Verbalizer verbalizer;
  for (const auto& [label, answers] : reader.members()) {
    if (std::find(labels.begin(), labels.end(), label) == labels.end())
      fail(ErrorKind::input, answers.where(), "unknown label '", label, "'",
           suggestion(label, labels));
  }
  for (const auto& label : labels)
    verbalizer.labels.push_back(label_from_json(label, reader.at(label)));
  return verbalizer;
}

Json to_json(const Candidate& candidate) {
  Json labels = Json::array();
  for (const auto& label : candidate.verbalizer.labels) labels.push_back(label.label);
  return {{"template", candidate.tmpl.text()},
          {"labels", labels},  // their order, which a JSON object does not keep
          {"verbalizer", to_json(candidate.verbalizer)},
          {"combination", name_in(kCombinations, candidate.verbalizer.combination)},
          {"demonstrations", candidate.demonstrations.example_ids}};
}

Candidate candidate_from_json(const JsonReader& reader) {
  Candidate candidate;
  candidate.tmpl = Template::parse(reader.at("template").string(), {.any_number_of_masks = true},
                                   reader.at("template").where());
  candidate.verbalizer =
      verbalizer_from_json(reader.at("verbalizer"), labels_from_json(reader.at("labels")));
  candidate.verbalizer.combination = value_in(kCombinations, reader.at("combination"));
  candidate.demonstrations.example_ids = reader.at("demonstrations").strings();
  return candidate;
}

Json to_json(const Entry& entry) {
  if (const auto* candidate = std::get_if<Candidate>(&entry)) {
    Json json = to_json(*candidate);
    json["kind"] = "candidate";
    return json;
  }
  if (const auto* ensemble = std::get_if<Ensemble>(&entry)) {
    Json members = Json::array();
    for (const auto& member : ensemble->members) members.push_back(to_json(member));
    return {{"kind", "ensemble"},
            {"members", members},
            {"weights", ensemble->weights},
            {"combiner", name_of(ensemble->combiner)}};
  }
  const auto& soft = std::get<SoftPrompt>(entry);
  return {{"kind", "soft"}, {"frame", to_json(soft.frame)}, {"vectors", soft.vectors}};
}

Entry entry_from_json(const JsonReader& reader) {
  const std::string kind = reader.at("kind").choice({"candidate", "ensemble", "soft"});
  if (kind == "candidate") return candidate_from_json(reader);
  if (kind == "soft")
    return SoftPrompt{candidate_from_json(reader.at("frame")), reader.at("vectors").integer(0)};
  Ensemble ensemble;
  for (const auto& member : reader.at("members").items())
    ensemble.members.push_back(candidate_from_json(member));
  for (const auto& weight : reader.at("weights").items())
    ensemble.weights.push_back(weight.number());
  if (ensemble.members.empty()) reader.at("members").fail_expected("at least one member");
  if (ensemble.weights.size() != ensemble.members.size())
    fail(ErrorKind::input, reader.at("weights").where(), "expected one weight for each of ",
         ensemble.members.size(), " members, found ", ensemble.weights.size());
  ensemble.combiner = value_in(kCombiners, reader.at("combiner"));
  return ensemble;
}

}  // namespace prospect
