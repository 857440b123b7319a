#include "experiments/bench/selection_pool.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/files.h"
#include "core/json.h"
#include "core/label_free_selection.h"
#include "core/log_space.h"
#include "core/rng.h"
#include "core/scorer.h"
#include "core/text.h"
#include "datasets/task_file.h"
#include "datasets/templates/interchange.h"
#include "experiments/model_folder.h"
#include "experiments/safetensors_writer.h"
#include "scoring/model.h"
#include "search/detail/filled_text.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNumTemplates = 104, kNumContentFree = 3;
constexpr const char* kSeeds[] = {"13", "21", "42", "87", "100"};  // of LM-BFF's splits

using LabelWords = std::vector<std::string>;  // one for each label

struct PoolSource {
  const char* name;
  const char* task;
  bool from_train;     // else from the test rows
  const char* lm_bff;  // folder of LM-BFF's templates; null where none were published
  std::vector<LabelWords> words;
};

const std::vector<PoolSource>& sources() {
  static const std::vector<PoolSource> all{
      {"sst2",
       "sst2-full",
       true,
       "SST-2",
       {{"terrible", "great"}, {"boring", "brilliant"}, {"bad", "wonderful"}}},
      {"mr",
       "mr",
       false,
       "mr",
       {{"terrible", "great"}, {"terrible", "epic"}, {"boring", "charming"}}},
      {"subj",
       "subj",
       false,
       "subj",
       {{"art", "history"}, {"disappointing", "tragic"}, {"funny", "told"}}},
      {"agnews",
       "agnews",
       false,
       nullptr,
       {{"world", "sports", "business", "technology"},
        {"politics", "sports", "business", "science"},
        {"war", "football", "market", "software"}}},
      {"rte", "rte", false, "RTE", {{"no", "yes"}}}};
  return all;
}

const PoolSource& source_of(const std::string& name) {
  for (const auto& source : sources())
    if (source.name == name) return source;
  fail(ErrorKind::usage, "pool", "expected sst2, mr, subj, agnews or rte, found '", name, "'");
}

std::vector<std::string> lm_bff_templates(const fs::path& folder, const Task& task) {
  std::vector<std::vector<std::string>> lists;
  for (const char* seed : kSeeds)
    lists.push_back(split(read_file(folder / ("16-" + std::string(seed) + ".txt")), '\n'));
  std::vector<std::string> templates;
  std::set<std::string> seen;
  std::size_t longest = 0;
  for (const auto& list : lists) longest = std::max(longest, list.size());
  for (std::size_t i = 0; i < longest; ++i) {
    for (const auto& list : lists) {
      if (i >= list.size() || list[i].empty() || templates.size() == kNumTemplates) continue;
      const std::string text =
          read_template(TemplateFormat::lm_bff, list[i], task.fields, folder.string()).text();
      if (seen.insert(text).second) templates.push_back(text);
    }
  }
  return templates;
}

// The forms of PET's and OpenPrompt's templates, with nouns that news goes by.
std::vector<std::string> news_templates() {
  std::vector<std::string> templates{"{mask}: {text}",
                                     "{mask} - {text}",
                                     "{text} ({mask})",
                                     "{mask} News: {text}",
                                     "[ Category: {mask} ] {text}",
                                     "{text} {mask}.",
                                     "{text} All about {mask}.",
                                     "{text} It was {mask}."};
  const char* const forms[] = {"A {mask} NOUN: {text}",
                               "{mask} NOUN: {text}",
                               "[ NOUN: {mask} ] {text}",
                               "{text} NOUN: {mask}.",
                               "{text} This NOUN is about {mask}.",
                               "{text} This is a {mask} NOUN.",
                               "{text} ( {mask} NOUN )",
                               "This {mask} NOUN says: {text}"};
  for (const char* noun : {"news", "story", "article", "report", "headline", "topic", "category",
                           "section", "subject", "page", "issue", "column", "item", "text"}) {
    for (const char* form : forms) {
      std::string text = form;
      text.replace(text.find("NOUN"), 4, noun);
      if (templates.size() < kNumTemplates) templates.push_back(text);
    }
  }
  return templates;
}

// The label log-probabilities of one set of words, from one pass over the union of the words.
MatrixXd log_p_of(const LabelWords& labels, const std::vector<std::string>& words,
                  std::span<const RowOutcome> rows) {
  MatrixXd log_p(rows.size(), labels.size());
  for (std::size_t n = 0; n < rows.size(); ++n) {
    const std::span<double> row(log_p.data() + n * labels.size(), labels.size());
    for (std::size_t k = 0; k < labels.size(); ++k) {
      const auto at = std::find(words.begin(), words.end(), labels[k]) - words.begin();
      row[k] = rows[n].log_p.at(static_cast<std::size_t>(at));
    }
    log_normalise(row);
  }
  return log_p;
}

std::vector<Example> draw_rows(std::vector<Example> rows, std::size_t count) {
  Rng rng(13, "selection pool");
  rng.shuffle(rows);
  if (rows.size() > count) rows.resize(count);
  return rows;
}

// Inputs without content: every field says the same [zhao2021].
std::vector<Example> content_free_examples(const Task& task, const Vocabulary& vocabulary) {
  const auto mask = vocabulary.mask();
  std::vector<Example> examples;
  for (const std::string& text :
       {std::string(), std::string("N/A"), mask ? vocabulary.token(*mask) : "[MASK]"}) {
    Example& example = examples.emplace_back();
    for (const auto& field : task.fields) example.fields[field] = text;
  }
  return examples;
}

std::vector<RowOutcome> score_all(Model& model, const Candidate& candidate,
                                  std::span<const Example> examples,
                                  std::span<const Answer> answers) {
  ScoringSpec spec;
  spec.space = AnswerSpace::vocabulary;
  std::vector<Row> rows;
  for (std::uint32_t e = 0; e < examples.size(); ++e) rows.push_back({0, e});
  auto outcomes = model.scorer().score({std::span(&candidate, 1), examples, answers, rows, spec});
  for (const auto& row : outcomes)
    if (row.failure) fail(ErrorKind::input, candidate.tmpl.text(), row.failure->reason);
  return outcomes;
}

double perplexity_of(Model& model, const Template& tmpl, std::span<const Example> examples) {
  LikelihoodOracle& oracle = *model.oracles().likelihood();
  std::vector<std::string> texts;
  std::vector<std::size_t> num_tokens;
  for (const auto& example : examples) {
    texts.push_back(filled_text(tmpl, model.vocabulary(), example, ""));
    num_tokens.push_back(static_cast<std::size_t>(oracle.num_tokens(texts.back())));
  }
  return mean_perplexity(oracle.log_p(texts), num_tokens);
}

std::vector<std::string> names_of(std::span<const char* const> names) {
  return {names.begin(), names.end()};
}

}  // namespace

std::vector<std::string> selection_pool_names() {
  constexpr const char* kNames[] = {"sst2", "mr", "subj", "agnews"};
  return names_of(kNames);
}

std::vector<std::string> label_free_pool_names() {
  constexpr const char* kNames[] = {"sst2", "agnews", "subj", "rte"};
  return names_of(kNames);
}

SelectionPool make_selection_pool(const std::string& name, const fs::path& data,
                                  const std::string& model_name, const PoolSize& size) {
  PoolSource source = source_of(name);
  if (!size.all_words) source.words.resize(1);
  TaskData task = open_task(source.task);
  const auto examples =
      draw_rows(std::move(source.from_train ? task.train : task.test), size.num_examples);
  const auto templates =
      source.lm_bff == nullptr
          ? news_templates()
          : lm_bff_templates(data / "lm-bff" / "auto_template" / source.lm_bff, task.task);
  std::vector<std::string> words;
  for (const auto& labels : source.words)
    for (const auto& word : labels)
      if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  std::vector<Answer> answers;
  for (const auto& word : words) answers.push_back({word, {}});

  SelectionPool pool{.name = name, .labels = task.task.labels};
  for (const auto& example : examples) pool.gold.push_back(example.label);
  const auto model = open_model(find_model(model_name), ModelOptions{});
  const auto blank = content_free_examples(task.task, model->vocabulary());
  const auto read_texts =
      std::span(examples).first(std::min(size.num_likelihoods, examples.size()));
  for (const auto& text : templates) {
    const Candidate candidate{
        .tmpl = Template::parse(text), .verbalizer = {}, .demonstrations = {}};
    const auto outcomes = score_all(*model, candidate, examples, answers);
    const auto content_free = score_all(*model, candidate, blank, answers);
    for (const auto& labels : source.words) {
      pool.candidates.push_back(text + "  " + join(labels, "/"));
      pool.log_p.push_back(log_p_of(labels, words, outcomes));
      pool.content_free.push_back(log_p_of(labels, words, content_free));
      if (!read_texts.empty())
        pool.perplexity.push_back(perplexity_of(*model, candidate.tmpl, read_texts));
    }
  }
  return pool;
}

void write_selection_pool(const SelectionPool& pool, const fs::path& path) {
  const auto tensor_of = [&](const char* name, const std::vector<MatrixXd>& matrices) {
    NamedTensor tensor{
        name, {std::ssize(matrices), matrices.front().rows(), matrices.front().cols()}, {}};
    for (const auto& log_p : matrices)
      tensor.values.insert(tensor.values.end(), log_p.data(), log_p.data() + log_p.size());
    return tensor;
  };
  write_safetensors(path,
                    {tensor_of("log_p", pool.log_p), tensor_of("content_free", pool.content_free)},
                    {{"name", pool.name},
                     {"labels", dump_json(Json(pool.labels))},
                     {"candidates", dump_json(Json(pool.candidates))},
                     {"perplexity", dump_json(Json(pool.perplexity))},
                     {"gold", dump_json(Json(pool.gold))}});
}

SelectionPool read_selection_pool(const fs::path& path) {
  const std::string bytes = read_file(path);
  std::uint64_t length = 0;
  if (bytes.size() < sizeof(length)) fail(ErrorKind::input, path.string(), "expected a pool");
  std::memcpy(&length, bytes.data(), sizeof(length));
  if (length > bytes.size() - sizeof(length))
    fail(ErrorKind::input, path.string(), "expected a pool");
  const Json header = parse_json(bytes.substr(sizeof(length), length), path.string());
  const Json& meta = header.at("__metadata__");
  const auto list = [&](const char* key) {
    return parse_json(meta.at(key).get<std::string>(), key);
  };
  SelectionPool pool;
  pool.name = meta.at("name");
  pool.labels = list("labels").get<std::vector<std::string>>();
  pool.candidates = list("candidates").get<std::vector<std::string>>();
  pool.gold = list("gold").get<std::vector<std::int32_t>>();
  pool.perplexity = list("perplexity").get<std::vector<double>>();
  const std::size_t begin = sizeof(length) + length;
  const auto read = [&](const char* name, std::size_t num_rows) {
    std::vector<MatrixXd> matrices;
    std::size_t at = begin + header.at(name).at("data_offsets").at(0).get<std::size_t>();
    const std::size_t size = num_rows * pool.labels.size() * sizeof(double);
    for (std::size_t c = 0; c < pool.candidates.size(); ++c, at += size) {
      if (at + size > bytes.size())
        fail(ErrorKind::input, path.string(), "expected ", pool.candidates.size(),
             " candidates of ", size, " bytes, found an end at ", bytes.size());
      MatrixXd log_p(num_rows, pool.labels.size());
      std::memcpy(log_p.data(), bytes.data() + at, size);
      matrices.push_back(std::move(log_p));
    }
    return matrices;
  };
  pool.log_p = read("log_p", pool.gold.size());
  pool.content_free = read("content_free", kNumContentFree);
  return pool;
}

}  // namespace prospect
