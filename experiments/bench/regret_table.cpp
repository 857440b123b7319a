#include <algorithm>
#include <map>
#include <numeric>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "experiments/bench/tables.h"
#include "experiments/commands/result_output.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

// A way to choose, given what was measured on dev.
struct Choice {
  const char* name;
  std::size_t (*choose)(const PoolOutcomes&, std::span<const std::size_t>);
};

std::size_t first_of_best_accuracy(const PoolOutcomes& outcomes, std::span<const std::size_t> dev) {
  const auto dev_accuracy = accuracies(outcomes, dev);
  return static_cast<std::size_t>(std::max_element(dev_accuracy.begin(), dev_accuracy.end()) -
                                  dev_accuracy.begin());
}

std::size_t best_likelihood(const PoolOutcomes& outcomes, std::span<const std::size_t> dev) {
  std::size_t best = 0;
  double most = 0;
  for (std::size_t c = 0; c < outcomes.num_candidates(); ++c) {
    double sum = 0;
    for (const std::size_t i : dev) sum += outcomes.log_p[c][i];
    if (c == 0 || sum > most) {
      best = c;
      most = sum;
    }
  }
  return best;
}

constexpr Choice kChoices[] = {
    {"accuracy, ties by order in the file", first_of_best_accuracy},
    {"accuracy, then interface's ties (`accuracy`)",
     [](const PoolOutcomes& outcomes, std::span<const std::size_t> dev) {
       return best_place(merits_on(outcomes, dev, SelectionRule::metric));
     }},
    {"log-likelihood alone", best_likelihood},
    {"expected accuracy (`default`)",
     [](const PoolOutcomes& outcomes, std::span<const std::size_t> dev) {
       return best_place(merits_on(outcomes, dev, SelectionRule::expected));
     }},
};

using Regrets = std::vector<std::vector<double>>;  // of each choice, on each draw

Regrets regrets_on(const PoolOutcomes& outcomes, std::size_t shots, std::size_t num_draws) {
  Regrets regrets(std::size(kChoices));
  Rng rng(1, "regret/" + outcomes.pool.name + "/" + std::to_string(shots));
  for (std::size_t d = 0; d < num_draws; ++d) {
    const PoolDraw draw = draw_dev(outcomes, shots, rng);
    const auto test = accuracies(outcomes, draw.test);
    const double best = *std::max_element(test.begin(), test.end());
    for (std::size_t c = 0; c < regrets.size(); ++c)
      regrets[c].push_back(best - test[kChoices[c].choose(outcomes, draw.dev)]);
  }
  return regrets;
}

std::vector<double> differences(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result;
  for (std::size_t i = 0; i < a.size(); ++i) result.push_back(a[i] - b[i]);
  return result;
}

void print_rows(std::ostream& out, const std::string& name, std::size_t shots,
                const Regrets& regrets) {
  for (std::size_t c = 0; c < regrets.size(); ++c)
    out << "| " << name << " | " << shots << " | " << kChoices[c].name << " | "
        << points(mean_and_half(regrets[c])) << " | "
        << (c == 0 ? std::string("-") : points(mean_and_half(differences(regrets[c], regrets[0]))))
        << " |\n";
}

std::string percent(double share) {
  return fixed(100 * share, 1);
}

}  // namespace

void print_pools(std::ostream& out, std::span<const PoolOutcomes> pools) {
  out << "| pool | candidates | examples | accuracy: least, median, best | within a point of the "
         "best |\n"
         "|---|---|---|---|---|\n";
  for (const auto& outcomes : pools) {
    std::vector<std::size_t> all(outcomes.num_examples());
    std::iota(all.begin(), all.end(), std::size_t{0});
    auto accuracy = accuracies(outcomes, all);
    std::sort(accuracy.begin(), accuracy.end());
    out << "| " << outcomes.pool.name << " | " << accuracy.size() << " | " << all.size() << " | "
        << percent(accuracy.front()) << ", " << percent(accuracy[accuracy.size() / 2]) << ", "
        << percent(accuracy.back()) << " | "
        << std::count_if(accuracy.begin(), accuracy.end(),
                         [&](double a) { return a > accuracy.back() - 0.01; })
        << " |\n";
  }
}

void print_regret_table(std::ostream& out, std::span<const PoolOutcomes> pools,
                        std::size_t num_draws) {
  out << "| pool | a class | selected by | regret, points | less than the first |\n"
         "|---|---|---|---|---|\n";
  for (const std::size_t shots : {16, 128}) {
    Regrets means(std::size(kChoices), std::vector<double>(num_draws));
    for (const auto& outcomes : pools) {
      const Regrets regrets = regrets_on(outcomes, shots, num_draws);
      print_rows(out, outcomes.pool.name, shots, regrets);
      for (std::size_t c = 0; c < regrets.size(); ++c)
        for (std::size_t d = 0; d < num_draws; ++d)
          means[c][d] += regrets[c][d] / static_cast<double>(pools.size());
    }
    print_rows(out, "**mean**", shots, means);
  }
}

void print_published_ties(std::ostream& out, const fs::path& data) {
  out << "| list | candidates, by split seed | share the best dev score |\n|---|---|---|\n";
  std::set<fs::path> folders;
  for (const char* kind : {"auto_template", "auto_label_mapping"})
    for (const auto& entry : fs::directory_iterator(data / "lm-bff" / kind))
      folders.insert(entry.path());
  for (const auto& folder : folders) {
    std::vector<std::string> counts, ties;
    for (const char* seed : {"13", "21", "42", "87", "100"}) {
      std::map<std::string, std::size_t> by_score;
      std::size_t count = 0;
      std::string best;
      for (const auto& line :
           split(read_file(folder / ("16-" + std::string(seed) + ".score.txt")), '\n')) {
        if (line.empty()) continue;
        const std::string score = line.substr(0, line.find(' '));
        if (count++ == 0) best = score;  // sorted, best first
        ++by_score[score];
      }
      counts.push_back(std::to_string(count));
      ties.push_back(std::to_string(by_score[best]));
    }
    out << "| " << folder.parent_path().filename().string() << " " << folder.filename().string()
        << " | " << join(counts, ", ") << " | " << join(ties, ", ") << " |\n";
  }
}

}  // namespace prospect
