#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "core/label_free_selection.h"
#include "core/metric.h"
#include "core/outcome.h"
#include "core/rng.h"
#include "experiments/bench/selection_pool.h"
#include "experiments/commands/result_output.h"

// How good the template is that a criterion chooses without labels: `label_free.md` says how to run
// it.

namespace prospect {
namespace {

constexpr std::size_t kNumDraws = 100, kDrawn = 200;

// How a criterion is used: what the choice reads, and what is answered.
struct Use {
  const char* name;
  Calibration calibration;
  bool to_choose, to_answer;
};
constexpr Use kUses[] = {{"none", Calibration::none, false, false},
                         {"CBM, choice", Calibration::batch, true, false},
                         {"CBM, answer", Calibration::batch, false, true},
                         {"CBM, both", Calibration::batch, true, true},
                         {"CC, choice", Calibration::contextual, true, false},
                         {"CC, both", Calibration::contextual, true, true},
                         {"PMI, choice", Calibration::domain_pmi, true, false},
                         {"PMI, both", Calibration::domain_pmi, true, true}};

// A pool's answers on some of its examples.
struct Draw {
  std::vector<Example> examples;
  ScoreArray scores;
};

Draw draw_from(const SelectionPool& pool, Rng& rng) {
  std::vector<std::size_t> indices(pool.gold.size());
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  rng.shuffle(indices);
  indices.resize(std::min(indices.size(), kDrawn));
  Draw draw;
  for (const std::size_t i : indices) draw.examples.push_back({.id = "", .label = pool.gold[i]});
  for (const auto& log_p : pool.log_p) {
    MatrixXd rows(indices.size(), log_p.cols());
    for (std::size_t i = 0; i < indices.size(); ++i)
      rows.row(static_cast<Eigen::Index>(i)) = log_p.row(static_cast<Eigen::Index>(indices[i]));
    draw.scores.push_back(std::move(rows));
  }
  return draw;
}

double macro_f1(const SelectionPool& pool, const MatrixXd& answers, const Draw& draw) {
  static const Metric metric = find_metric("macro_f1");
  std::vector<std::size_t> all(draw.examples.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return metric.value(judge(pool.labels, answers, draw.examples), all);
}

// What the empty input, or the three content-free ones, say of each template.
std::vector<MatrixXd> references_of(const SelectionPool& pool, Calibration calibration) {
  if (calibration == Calibration::contextual) return pool.content_free;
  if (calibration != Calibration::domain_pmi) return {};
  std::vector<MatrixXd> empty;
  for (const auto& rows : pool.content_free) empty.push_back(rows.topRows(1));
  return empty;
}

struct Selector {
  std::string name;
  std::optional<LabelFree> criterion;  // nothing: the least perplexity
};

std::vector<Selector> selectors() {
  std::vector<Selector> all;
  for (const LabelFree criterion : label_free_criteria())
    all.push_back({std::string(name_of(criterion)), criterion});
  all.push_back({"ppl", std::nullopt});
  return all;
}

// Shares of the best template's macro-F1: with the same answers, and without any calibration.
struct Effect {
  double of_same = 0, of_plain = 0;
};

// [use][selector]; the selector behind the last is the mean template.
using Effects = std::vector<std::vector<Effect>>;

Effects effects_of(const SelectionPool& pool, const Draw& draw) {
  const std::size_t least = static_cast<std::size_t>(
      std::min_element(pool.perplexity.begin(), pool.perplexity.end()) - pool.perplexity.begin());
  Effects effects;
  double best_plain = 0;
  for (const Use& use : kUses) {
    const auto calibrated =
        calibrate_all(use.calibration, draw.scores, references_of(pool, use.calibration));
    const ScoreArray& read = use.to_choose ? calibrated : draw.scores;
    const ScoreArray& answers = use.to_answer ? calibrated : draw.scores;
    std::vector<double> each;
    for (const auto& log_p : answers) each.push_back(macro_f1(pool, log_p, draw));
    const double best = *std::max_element(each.begin(), each.end());
    if (&use == kUses) best_plain = best;
    auto& row = effects.emplace_back();
    for (const auto& selector : selectors()) {
      const double value =
          selector.criterion
              ? macro_f1(pool, answers_of(choose_template(*selector.criterion, read), answers),
                         draw)
              : each[least];
      row.push_back({value / best, value / best_plain});
    }
    const double mean =
        std::accumulate(each.begin(), each.end(), 0.0) / static_cast<double>(each.size());
    row.push_back({mean / best, mean / best_plain});
  }
  return effects;
}

// Mean and the middle 95% of draws, in percent.
std::string percents(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const double mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(std::lround(share * (std::ssize(values) - 1.0)))];
  };
  return fixed(100 * mean, 2) + " (" + fixed(100 * at(0.025), 1) + " to " +
         fixed(100 * at(0.975), 1) + ")";
}

using Table = std::vector<Effects>;  // [draw]

std::vector<double> column(const Table& table, std::size_t use, std::size_t selector, bool plain) {
  std::vector<double> values;
  for (const auto& effects : table) {
    const Effect& effect = effects[use][selector];
    values.push_back(plain ? effect.of_plain : effect.of_same);
  }
  return values;
}

void print_table(const Table& table, const std::string& title, bool plain) {
  std::cout << "\n## " << title << "\n\n| criterion |";
  for (const Use& use : kUses) std::cout << ' ' << use.name << " |";
  std::cout << "\n|---|";
  for (std::size_t u = 0; u < std::size(kUses); ++u) std::cout << "---|";
  auto names = selectors();
  names.push_back({"(mean template)", std::nullopt});
  for (std::size_t s = 0; s < names.size(); ++s) {
    std::cout << "\n| " << names[s].name << " |";
    for (std::size_t u = 0; u < std::size(kUses); ++u)
      std::cout << ' ' << percents(column(table, u, s, plain)) << " |";
  }
  std::cout << '\n';
}

SelectionPool open_pool(const std::filesystem::path& folder, const std::string& name,
                        const char* data) {
  const auto path = folder / ("label_free_" + name + ".safetensors");
  if (!std::filesystem::exists(path)) {
    std::cerr << "scoring the pool " << name << '\n';
    write_selection_pool(
        make_selection_pool(name, data, "pocket-mlm",
                            {.num_examples = 400, .num_likelihoods = 4, .all_words = false}),
        path);
  }
  return read_selection_pool(path);
}

void run(const std::filesystem::path& folder, const char* data) {
  std::cout
      << "# Tables of label_free_bench\n\nShares of the best template's macro-F1, in percent: "
         "mean over "
      << kNumDraws << " draws of " << kDrawn << " inputs (the middle 95% of the draws).\n";
  Table mean(kNumDraws);
  const auto names = label_free_pool_names();
  for (const auto& name : names) {
    const SelectionPool pool = open_pool(folder, name, data);
    Rng rng(1, "label-free/" + name);
    Table table;
    for (std::size_t d = 0; d < kNumDraws; ++d) {
      table.push_back(effects_of(pool, draw_from(pool, rng)));
      if (mean[d].empty())
        mean[d] = Effects(std::size(kUses), std::vector<Effect>(selectors().size() + 1));
      for (std::size_t u = 0; u < mean[d].size(); ++u)
        for (std::size_t s = 0; s < mean[d][u].size(); ++s) {
          const auto share = 1.0 / static_cast<double>(names.size());
          mean[d][u][s].of_same += share * table[d][u][s].of_same;
          mean[d][u][s].of_plain += share * table[d][u][s].of_plain;
        }
    }
    print_table(table, name + ": " + std::to_string(pool.candidates.size()) + " templates", false);
  }
  print_table(mean, "Mean of the pools", false);
  print_table(mean, "Mean of the pools, against the best template without calibration", true);
}

}  // namespace
}  // namespace prospect

int main(int argc, char** argv) {
  const char* data = std::getenv("PROSPECT_DATA");
  if (argc != 2 || data == nullptr) {
    std::cerr << "usage: PROSPECT_DATA=DIR label_free_bench POOL_FOLDER\n";
    return 2;
  }
  try {
    prospect::run(argv[1], data);
  } catch (const std::exception& error) {
    std::cerr << "label_free_bench: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
