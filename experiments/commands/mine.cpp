#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <ostream>

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"
#include "datasets/corpus/pair_scanner.h"
#include "datasets/parsers/parsers.h"
#include "datasets/readers/reader.h"
#include "datasets/task_file.h"
#include "experiments/commands/command_line.h"
#include "experiments/commands/result_output.h"
#include "search/mining/miner.h"

namespace prospect {
namespace {

namespace fs = std::filesystem;

struct MineOptions {
  std::optional<std::string> task, facts, split, out, parses;
  std::string corpus, kinds = "middle", letter_case = "exact", closing = " .";
  std::int64_t keep = 40, max_words = 10, min_frequency = 1;
  OutputFormat format;
};

// Facts by relation.
struct Relations {
  std::vector<std::string> names, fields;
  std::vector<GroupedPair> pairs;

  void add(const std::string& relation, NamePair pair) {
    const auto [place, is_new] = known_.emplace(relation, names.size());
    if (is_new) names.push_back(relation);
    pairs.push_back({std::move(pair), place->second});
  }

 private:
  std::map<std::string, std::size_t> known_;
};

// The files of a folder by name, or the file itself.
std::vector<fs::path> fact_files(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path))
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  if (files.empty())
    fail(ErrorKind::input, path.string(), "expected facts in files *.jsonl, found none");
  std::sort(files.begin(), files.end());
  return files;
}

Relations read_facts(const MineOptions& options) {
  Relations relations;
  relations.fields = {"sub_label"};
  for (const auto& file : fact_files(*options.facts)) {
    for (const auto& row : find_reader("lama", "--facts").read(file, {}).rows) {
      if (options.split) {
        const auto split = row.fields.find("split");
        if (split == row.fields.end())
          fail(ErrorKind::input, file.string() + ":" + std::to_string(row.line),
               "expected a fact with a 'split' for --split to choose by, found none");
        if (split->second != *options.split) continue;
      }
      relations.add(row.fields.at("relation"),
                    {row.fields.at("sub_label"), row.fields.at("obj_label")});
    }
  }
  return relations;
}

Relations read_task(const MineOptions& options) {
  const TaskData data = open_task(*options.task);
  if (data.task.kind != TaskKind::facts)
    fail(ErrorKind::input, *options.task,
         "expected a facts task; in a search the strategy 'mining' serves the others too");
  Relations relations;
  relations.fields = data.task.fields;
  for (const auto& fact : data.train)
    relations.add(fact.group.empty() ? data.task.name : fact.group,
                  {fact.fields.at(data.task.fields.front()), fact.gold});
  return relations;
}

void declare(CommandLine& line, MineOptions& options) {
  line.option("facts", "PATH", options.facts,
              "LAMA facts in JSON Lines (sub_label, obj_label), a file or a folder of them.");
  line.option("split", "NAME", options.split, "Of these, the facts of one split alone.");
  line.option("task", "TASK", options.task, "A facts task: the pairs of its training rows.");
  line.option("corpus", "FILE", options.corpus, "One sentence a line, plain or packed with xz.");
  line.option("kinds", "KINDS", options.kinds,
              "Of middle (the words between the names), dependency (those that their dependency "
              "path spans) and path (those on it), joined by commas.");
  line.option("parses", "FILE", options.parses,
              "Parses as CoNLL-U; without them Link Grammar parses sentences with a pair.");
  line.option("letter-case", "CASE", options.letter_case, "Names as written, or in any case.",
              {"exact", "any"});
  line.option("top", "N", options.keep, "Templates kept of each relation.",
              between<std::int64_t>(1, 100'000));
  line.option("max-words", "N", options.max_words, "Longer ones are dropped.",
              between<std::int64_t>(1, 100));
  line.option("min-frequency", "N", options.min_frequency, "Rarer ones are dropped.",
              at_least<std::int64_t>(1));
  line.option("closing", "TEXT", options.closing, "What a template ends with.");
  line.option("out", "FILE", options.out, "Write the templates there as JSON Lines.");
  add_format_options(line, options.format);
}

MinedPhrases mine_all(const MineOptions& options, const Relations& relations, Console& console) {
  MiningOptions mining;
  mining.corpus = options.corpus;
  mining.parses = options.parses.value_or("");
  mining.kinds = split(options.kinds, ',');
  mining.letter_case = options.letter_case;
  mining.keep = options.keep;
  mining.max_words = options.max_words;
  mining.min_frequency = options.min_frequency;
  const auto begin = std::chrono::steady_clock::now();
  const Providers providers{
      .scanner = &corpus_scanner(), .thesaurus = nullptr, .parsers = &parser_source()};
  MinedPhrases mined = mine(relations.pairs, relations.names.size(), mining, providers, "");
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const ScanReport& scan = mined.scan;
  console.err << scan.sentences << " sentences in " << fixed(seconds, 2) << " s ("
              << static_cast<std::int64_t>(static_cast<double>(scan.sentences) / seconds) << "/s), "
              << scan.skipped << " lines skipped; " << relations.pairs.size() << " pairs of "
              << relations.names.size() << " relations, " << scan.mentions << " mentions";
  if (mined.num_parsed + mined.num_unparsed > 0)
    console.err << "; " << mined.num_parsed << " parses, " << mined.num_unparsed << " without";
  console.err << std::endl;
  return mined;
}

}  // namespace

int run_mine(std::span<const std::string> arguments, Console& console) {
  MineOptions options;
  CommandLine line("mine", "--facts PATH [--split NAME] | --task TASK, --corpus FILE [--out FILE]",
                   "Mines templates: what a corpus writes between the subjects and objects of a "
                   "relation. All relations\nare mined in one pass.");
  declare(line, options);
  line.require({"corpus"});
  line.example("mine --task facts --corpus sentences.txt.xz --out templates.jsonl",
               "the bundled facts");
  line.example("mine --facts lama/facts --split train --corpus sentences.txt.xz --top 5",
               "LAMA's relations");
  if (!line.parse(arguments, console)) return 0;
  if (options.task.has_value() == options.facts.has_value())
    fail(ErrorKind::usage, "--facts, --task", "expected one of them, found ",
         options.task ? "both" : "none");
  if (options.task && options.split)
    fail(ErrorKind::usage, "--split", "expected it with --facts alone; a task names its own files");

  ResultPrinter printer(options.format, console, "templates");
  const Relations relations = options.facts ? read_facts(options) : read_task(options);
  if (relations.pairs.empty())
    fail(ErrorKind::input, options.facts.value_or(options.task.value_or("")),
         "expected facts to mine for, found none", options.split ? " of this split" : "");
  const MinedPhrases mined = mine_all(options, relations, console);
  std::string lines;
  for (std::size_t group = 0; group < relations.names.size(); ++group) {
    std::int64_t rank = 0;
    for (const auto& phrase : mined.groups[group]) {
      const Template tmpl = phrase_template(phrase.text, options.closing, relations.fields);
      const Json row{{"relation", relations.names[group]},
                     {"rank", ++rank},
                     {"template", tmpl.text()},
                     {"lama", phrase.text + options.closing},
                     {"frequency", phrase.frequency},
                     {"pairs", phrase.num_pairs}};
      if (options.out) lines += dump_json(row) + "\n";
      if (options.out && !options.format.machine()) continue;
      printer.add(row, [&](std::ostream& out) {
        out << relations.names[group] << '\t' << phrase.frequency << '\t' << phrase.num_pairs
            << '\t' << phrase.text << options.closing << '\n';
      });
    }
    if (rank == 0)
      console.err << relations.names[group] << ": no sentence gave a template" << std::endl;
  }
  printer.finish();
  if (options.out) write_file(*options.out, lines);
  return 0;
}

}  // namespace prospect
