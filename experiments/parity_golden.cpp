#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/log_space.h"
#include "experiments/parity.h"

namespace prospect {
namespace {

constexpr double kLogitTolerance = 1e-4;       // absolute, also of token log-probabilities
constexpr double kLikelihoodTolerance = 1e-4;  // absolute, times the number of tokens
constexpr double kGradientTolerance = 1e-3;    // of a row, relative to the largest row's norm
constexpr double kSwapTolerance = 1e-4;        // scores that are nearer may change places

// The numbers of an array, read at once: an array may hold a hundred thousand.
std::vector<double> numbers_of(const JsonReader& reader, std::optional<std::size_t> count = {}) {
  std::vector<double> numbers;
  if (!reader.value().is_array()) reader.fail_expected("an array of numbers");
  for (const auto& item : reader.value()) {
    if (!item.is_number()) reader.fail_expected("an array of numbers");
    numbers.push_back(item.get<double>());
  }
  if (count && numbers.size() != *count)
    fail(ErrorKind::input, reader.where(), "expected ", *count, " numbers, found ", numbers.size());
  return numbers;
}

template <class Integer>
std::vector<Integer> integers_of(const JsonReader& reader) {
  std::vector<Integer> integers;
  for (const auto& item : reader.items())
    integers.push_back(static_cast<Integer>(item.integer(0, INT32_MAX)));
  return integers;
}

// What a model gets of one recorded input.
struct GoldenRow {
  explicit GoldenRow(const JsonReader& input) {
    row.ids = integers_of<TokenId>(input.at("input_ids"));
    row.type_ids = input.has("token_type_ids")
                       ? integers_of<std::int32_t>(input.at("token_type_ids"))
                       : std::vector<std::int32_t>(row.ids.size(), 0);
    if (row.type_ids.size() != row.ids.size() || row.ids.empty())
      fail(ErrorKind::input, input.where(), "expected as many token_type_ids as input_ids, found ",
           row.type_ids.size(), " and ", row.ids.size());
    if (input.has("decoder_input_ids"))
      row.target_ids = integers_of<TokenId>(input.at("decoder_input_ids"));
    predicted = input.has("target_ids") ? integers_of<TokenId>(input.at("target_ids"))
                                        : std::vector<TokenId>(row.ids.begin() + 1, row.ids.end());
  }

  // Drops the padding on the right.
  void keep(std::size_t length) {
    row.ids.resize(std::min(length, row.ids.size()));
    row.type_ids.resize(row.ids.size());
  }

  Prompt row;
  std::vector<TokenId> predicted;  // what the outputs from the first on tell of
};

// log of the sum of exponentials of a row of logits.
double log_sum(const Eigen::VectorXd& logits) {
  return log_sum_exp(std::span(logits.data(), static_cast<std::size_t>(logits.size())));
}

// Larger of two errors, where a NaN is the largest.
void widen(double& error, double other) {
  if (!(other <= error)) error = other;
}

class GoldenChecker {
 public:
  GoldenChecker(Model& model, const JsonReader& golden, ParityReport& report)
      : model_(model), golden_(golden), report_(report) {
    if (golden.has("logit_ids")) logit_ids_ = integers_of<std::size_t>(golden.at("logit_ids"));
    const auto size = static_cast<std::size_t>(golden.at("vocabulary").integer(1, INT32_MAX));
    for (const std::size_t id : logit_ids_.value_or(std::vector<std::size_t>{})) {
      if (id >= size)
        fail(ErrorKind::input, golden.at("logit_ids").where(), "expected ids below ", size,
             ", found ", id);
    }
  }

  void check() {
    const std::string kind = golden_.at("kind").choice({"masked_lm", "causal_lm", "seq2seq_lm"});
    masked_ = kind == "masked_lm";
    writes_ = kind == "seq2seq_lm";
    std::size_t index = 0;
    for (const auto& input : golden_.at("inputs").items()) check_input(input, index++);
    if (golden_.has("batch")) check_batch(golden_.at("batch"));
    if (golden_.has("pseudo")) check_pseudo(golden_.at("pseudo"));
    if (golden_.has("generation")) check_generation(golden_.at("generation"));
  }

 private:
  void skip(const std::string& name, const std::string& reason) {
    report_.skipped.push_back({name, reason});
  }

  std::vector<std::uint32_t> wanted_positions(const JsonReader& input, const GoldenRow& row) const {
    const auto& last = writes_ ? row.row.target_ids : row.row.ids;
    if (!masked_) return {static_cast<std::uint32_t>(last.size() - 1)};
    const auto positions = integers_of<std::uint32_t>(input.at("mask_positions"));
    if (positions.empty()) input.at("mask_positions").fail_expected("at least one position");
    return positions;
  }

  // Error of one row of logits against recorded ones, which may be those of some ids alone.
  double logit_error(const MatrixXf& logits, Eigen::Index row, const JsonReader& recorded) const {
    const auto size = static_cast<std::size_t>(logits.cols());
    const auto expected = numbers_of(recorded, logit_ids_ ? logit_ids_->size() : size);
    double error = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const std::size_t id = logit_ids_ ? (*logit_ids_)[i] : i;
      widen(error, std::abs(logits(row, static_cast<Eigen::Index>(id)) - expected[i]));
    }
    return error;
  }

  double masked_logits_error(const GoldenRow& row, const JsonReader& input) {
    const auto positions = wanted_positions(input, row);
    const MatrixXf logits = model_.logits(row.row, positions);  // [M, V]
    const auto recorded = input.at("logits").items();
    if (recorded.size() != positions.size())
      input.at("logits").fail_expected("one row for each mask");
    double error = 0;
    for (std::size_t mask = 0; mask < recorded.size(); ++mask)
      widen(error, logit_error(logits, static_cast<Eigen::Index>(mask), recorded[mask]));
    if (!input.has("log_sum_exp")) return error;
    const auto sums = numbers_of(input.at("log_sum_exp"), positions.size());
    for (std::size_t mask = 0; mask < sums.size(); ++mask)
      widen(error, std::abs(log_sum(logits.row(static_cast<Eigen::Index>(mask)).cast<double>()) -
                            sums[mask]));
    return error;
  }

  void check_input(const JsonReader& input, std::size_t index) {
    const std::string number = "/" + std::to_string(index);
    const GoldenRow row(input);
    report_.run("logits" + number, kLogitTolerance, [&](std::string&) {
      if (masked_) return masked_logits_error(row, input);
      const MatrixXf logits = model_.logits(row.row, wanted_positions(input, row));
      return logit_error(logits, 0, input.at("last_logits"));
    });
    if (!masked_ && input.has("token_log_probs")) check_token_log_probs(row, input, number);
    if (input.has("gradient_norms")) check_gradient(row, input, number);
  }

  void check_token_log_probs(const GoldenRow& row, const JsonReader& input,
                             const std::string& number) {
    const std::size_t length = row.predicted.size();
    double sum = 0;
    report_.run("token_log_probs" + number, kLogitTolerance, [&](std::string&) {
      const auto expected = numbers_of(input.at("token_log_probs"), length);
      std::vector<std::uint32_t> positions(length);
      for (std::size_t t = 0; t < length; ++t) positions[t] = static_cast<std::uint32_t>(t);
      const MatrixXf logits = model_.logits(row.row, positions);  // [T - 1, V]
      double error = 0;
      for (std::size_t t = 0; t < length; ++t) {
        const double log_p = log_p_of(logits, t, row.predicted[t]);
        sum += log_p;
        widen(error, std::abs(log_p - expected[t]));
      }
      return error;
    });
    report_.run("log_likelihood" + number, kLikelihoodTolerance * static_cast<double>(length),
                [&](std::string&) { return std::abs(sum - input.at("log_likelihood").number()); });
  }

  static double log_p_of(const MatrixXf& logits, std::size_t row, TokenId id) {
    const Eigen::VectorXd values = logits.row(static_cast<Eigen::Index>(row)).cast<double>();
    return values[id] - log_sum(values);
  }

  void check_gradient(const GoldenRow& row, const JsonReader& input, const std::string& number) {
    std::optional<InputGradient> gradient;
    report_.run("loss" + number, kLogitTolerance, [&](std::string&) {
      const auto target = static_cast<TokenId>(input.at("label_id").integer(0, INT32_MAX));
      const std::uint32_t position = writes_ ? 0 : wanted_positions(input, row).front();
      const TargetToken token{position, target};
      gradient = model_.input_gradient(row.row, {&token, 1});
      return std::abs(gradient->loss - input.at("loss").number());
    });
    if (!gradient) return;
    const auto norms = numbers_of(input.at("gradient_norms"), row.row.ids.size());
    const double largest = *std::max_element(norms.begin(), norms.end());
    report_.run("gradient_norms" + number, kGradientTolerance * largest, [&](std::string&) {
      double error = 0;
      for (std::size_t t = 0; t < norms.size(); ++t)
        widen(error,
              std::abs(gradient->at_tokens.row(static_cast<Eigen::Index>(t)).cast<double>().norm() -
                       norms[t]));
      return error;
    });
    if (input.has("gradient"))
      report_.run("gradient" + number, kGradientTolerance * largest, [&](std::string&) {
        return gradient_error(gradient->at_tokens, input.at("gradient"));
      });
    if (input.has("swaps"))
      report_.run("swaps" + number, kSwapTolerance, [&](std::string& note) {
        return swap_error(gradient->at_tokens, input.at("swaps"), note);
      });
  }

  static double gradient_error(const MatrixXf& gradient, const JsonReader& recorded) {
    const auto rows = recorded.items();
    if (static_cast<Eigen::Index>(rows.size()) != gradient.rows())
      recorded.fail_expected("one row for each token");
    double error = 0;
    for (std::size_t t = 0; t < rows.size(); ++t) {
      const auto expected = numbers_of(rows[t], static_cast<std::size_t>(gradient.cols()));
      const Eigen::Map<const Eigen::VectorXd> values(expected.data(), gradient.cols());
      const Eigen::VectorXd found =
          gradient.row(static_cast<Eigen::Index>(t)).cast<double>().transpose();
      widen(error, (found - values).norm());
    }
    return error;
  }

  // By how much the recorded scores forbid the order that was found: 0 where it is the same.
  double swap_error(const MatrixXf& gradient, const JsonReader& swaps, std::string& note) {
    GradientOracle* oracle = model_.oracles().gradient();
    if (oracle == nullptr)
      fail(ErrorKind::unsupported, model_.card().path, "expected a model that gives gradients");
    const auto ids = integers_of<TokenId>(swaps.at("ids"));
    const auto scores = numbers_of(swaps.at("scores"), ids.size());
    const auto position = swaps.at("position").integer(0, gradient.rows() - 1);
    const TokenMask every_token(
        static_cast<std::size_t>(golden_.at("vocabulary").integer(1, INT32_MAX)), true);
    const auto found = oracle->shortlist(gradient.row(position), every_token, ids.size()).front();
    double error = found.ids.size() == ids.size() ? 0 : INFINITY;
    for (std::size_t k = 0; k < std::min(ids.size(), found.ids.size()); ++k) {
      if (found.ids[k] == ids[k]) continue;
      // A token that is not recorded scores at most as the last one that is.
      const auto place = std::find(ids.begin(), ids.end(), found.ids[k]);
      const double score = place == ids.end()
                               ? scores.back()
                               : scores[static_cast<std::size_t>(place - ids.begin())];
      widen(error, std::abs(score - scores[k]));
      if (note.empty())
        note = "expected id " + std::to_string(ids[k]) + " at place " + std::to_string(k) +
               ", found " + std::to_string(found.ids[k]);
    }
    return error;
  }

  // The rows of a padded batch, each alone and without its padding.
  void check_batch(const JsonReader& batch) {
    const auto ids = batch.at("input_ids").items(), mask = batch.at("attention_mask").items(),
               logits = batch.at("logits").items();
    const char* key = masked_ ? "mask_positions" : "last_position";
    const auto positions = batch.at(key).items();
    if (mask.size() != ids.size() || logits.size() != ids.size() || positions.size() != ids.size())
      batch.fail_expected("as many rows of each kind");
    for (std::size_t i = 0; i < ids.size(); ++i) {
      report_.run("batch/" + std::to_string(i), kLogitTolerance, [&](std::string&) {
        Json input{{"input_ids", ids[i].value()}};
        if (batch.has("token_type_ids"))
          input["token_type_ids"] = batch.at("token_type_ids").items().at(i).value();
        if (batch.has("decoder_input_ids"))
          input["decoder_input_ids"] = batch.at("decoder_input_ids").items().at(i).value();
        GoldenRow row(JsonReader(input, batch.where() + "/" + std::to_string(i)));
        const auto attended = integers_of<std::size_t>(mask[i]);
        row.keep(static_cast<std::size_t>(std::count(attended.begin(), attended.end(), 1)));
        const auto position = masked_ ? integers_of<std::uint32_t>(positions[i])
                                      : std::vector<std::uint32_t>{static_cast<std::uint32_t>(
                                            positions[i].integer(0, INT32_MAX))};
        if (writes_) row.row.target_ids.resize(position.front() + 1);
        return logit_error(model_.logits(row.row, position), 0, logits[i]);
      });
    }
  }

  void check_pseudo(const JsonReader& pseudo) {
    std::size_t index = 0;
    for (const auto& item : pseudo.items()) {
      const std::string number = "/" + std::to_string(index++);
      const GoldenRow row(item);
      const auto expected = numbers_of(item.at("token_log_probs"));
      report_.run("pseudo_tokens" + number, kLogitTolerance,
                  [&](std::string&) { return pseudo_error(row, expected, item); });
      LikelihoodOracle* oracle = model_.oracles().likelihood();
      if (oracle == nullptr) {
        skip("pseudo" + number, "this model gives no likelihoods");
        continue;
      }
      report_.run("pseudo" + number, kLikelihoodTolerance * static_cast<double>(expected.size()),
                  [&](std::string&) {
                    const std::string text = item.at("text").string();
                    return std::abs(oracle->log_p(std::span(&text, 1)).front() -
                                    item.at("log_likelihood").number());
                  });
    }
  }

  // Each token masked in turn, special tokens never.
  double pseudo_error(const GoldenRow& row, const std::vector<double>& expected,
                      const JsonReader& item) {
    const auto mask = model_.vocabulary().mask();
    if (!mask) fail(ErrorKind::model, model_.card().path, "expected a mask token, found none");
    double error = 0;
    std::size_t next = 0;
    for (std::size_t t = 0; t < row.row.ids.size(); ++t) {
      const TokenId id = row.row.ids[t];
      if (model_.vocabulary().traits(id).special) continue;
      Prompt masked = row.row;
      masked.ids[t] = *mask;
      const std::uint32_t position[] = {static_cast<std::uint32_t>(t)};
      if (next == expected.size()) item.at("token_log_probs").fail_expected("more numbers");
      widen(error, std::abs(log_p_of(model_.logits(masked, position), 0, id) - expected[next++]));
    }
    return next == expected.size() ? error : INFINITY;
  }

  // Greedy and beam search write the recorded tokens.
  void check_generation(const JsonReader& generation) {
    std::size_t index = 0;
    for (const auto& item : generation.items()) {
      const std::string number = "/" + std::to_string(index++);
      const auto ids = integers_of<TokenId>(item.at("input_ids"));
      GenerationOptions options;
      options.max_new_tokens = item.at("max_new_tokens").integer(1, 1 << 16);
      options.eos_ids = ids_of(item, "eos_token_id");
      const auto forced = ids_of(item, "forced_eos_token_id");
      if (!forced.empty()) options.forced_last = forced.front();
      options.forbidden_ids = ids_of(item, "bad_words_ids");
      report_.run("greedy" + number, 0, [&](std::string& note) {
        return text_error(model_.generate(ids, options).front().ids, item.at("greedy"), note);
      });
      options.num_beams = 4;
      std::optional<Generation> beam;
      report_.run("beam_4" + number, 0, [&](std::string& note) {
        beam = model_.generate(ids, options).front();
        return text_error(beam->ids, item.at("beam_4"), note);
      });
      if (beam)
        report_.run("beam_4_score" + number, kLogitTolerance, [&](std::string&) {
          return std::abs(beam->score - item.at("beam_4_score").number());
        });
    }
  }

  // An id, a list of ids, or a list of lists of one.
  static std::vector<TokenId> ids_of(const JsonReader& item, const char* key) {
    if (!item.has(key)) return {};
    const Json value = item.at(key).value();
    std::vector<TokenId> ids;
    for (const Json& entry : value.is_array() ? value : Json::array({value})) {
      const Json& id = entry.is_array() && entry.size() == 1 ? entry[0] : entry;
      if (id.is_number_integer()) ids.push_back(id.get<TokenId>());
    }
    return ids;
  }

  // How many places differ. The reference starts a target with its start token, and fills what is
  // shorter than its longest beam with padding.
  double text_error(const std::vector<TokenId>& found, const JsonReader& recorded,
                    std::string& note) const {
    auto expected = integers_of<TokenId>(recorded);
    if (writes_ && !expected.empty()) expected.erase(expected.begin());
    if (expected.size() > found.size()) expected.resize(found.size());
    double differences = static_cast<double>(found.size() - expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (found[i] == expected[i]) continue;
      if (note.empty())
        note = "expected id " + std::to_string(expected[i]) + " at place " + std::to_string(i) +
               ", found " + std::to_string(found[i]);
      ++differences;
    }
    return differences;
  }

  Model& model_;
  const JsonReader& golden_;
  ParityReport& report_;
  std::optional<std::vector<std::size_t>> logit_ids_;
  bool masked_ = true, writes_ = false;
};

}  // namespace

void check_golden(Model& model, const JsonReader& golden, ParityReport& report) {
  GoldenChecker(model, golden, report).check();
}

}  // namespace prospect
