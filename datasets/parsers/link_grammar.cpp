#include <link-grammar/link-includes.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "datasets/parsers/named_words.h"
#include "datasets/parsers/parsers.h"

namespace prospect {
namespace {

// Of this many parses the cheapest is taken; beyond it the library draws, in a repeatable way.
constexpr int kLinkages = 10;
// Words that may stay without a link where no parse links them all.
constexpr int kUnlinkedWords = 3;

struct DictionaryDelete {
  void operator()(Dictionary dictionary) const { dictionary_delete(dictionary); }
};
struct OptionsDelete {
  void operator()(Parse_Options options) const { parse_options_delete(options); }
};
struct SentenceDelete {
  void operator()(Sentence sentence) const { sentence_delete(sentence); }
};
struct LinkageDelete {
  void operator()(Linkage linkage) const { linkage_delete(linkage); }
};
template <class Handle, class Delete>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Delete>;

// The library prints what it thinks of a sentence, by a handler of each thread.
void be_silent() {
  lg_error_set_handler([](lg_errinfo*, void*) {}, nullptr);
}

// A text in which stretches were replaced, and how to find a place of it in the original.
struct Rewritten {
  struct Part {
    TextRange here, there;  // in the new text, in the old one
    bool is_name;
  };
  std::string text;
  std::vector<Part> parts;

  void add(std::string_view form, TextRange there, bool is_name) {
    parts.push_back({{text.size(), text.size() + form.size()}, there, is_name});
    text += form;
  }
  // Where a word of the new text stands in the old one: a name as a whole.
  TextRange original(TextRange word) const {
    for (const auto& part : parts) {
      if (!part.here.overlaps(word)) continue;
      if (part.is_name) return part.there;
      const std::size_t shift = part.there.begin - part.here.begin;
      return {std::max(word.begin, part.here.begin) + shift,
              std::min(word.end, part.here.end) + shift};
    }
    return {};
  }
};

// A name of one word stands for itself, since the dictionary may know it; a longer one is a word
// that no dictionary knows, which a capital makes a proper noun, or else its own last word.
std::string word_for(std::string_view name, std::size_t number) {
  const auto words = split_words(name);
  if (words.size() == 1) return std::string(name);
  if (starts_capitalised(name) || words.empty() || !holds_word(words.back().of(name)))
    return number == 0 ? "Ardovel" : "Belkarin";
  return std::string(words.back().of(name));
}

Rewritten with_names_as_words(const ParseRequest& request) {
  Rewritten rewritten;
  std::size_t at = 0;
  for (std::size_t i = 0; i < request.names.size(); ++i) {
    const TextRange& name = request.names[i];
    const TextRange before{at, name.begin};
    rewritten.add(before.of(request.sentence), before, false);
    rewritten.add(word_for(name.of(request.sentence), i), name, true);
    at = name.end;
  }
  const TextRange rest{at, request.sentence.size()};
  rewritten.add(rest.of(request.sentence), rest, false);
  return rewritten;
}

class LinkGrammarParser : public DependencyParser {
 public:
  LinkGrammarParser() {
    be_silent();
    dictionary_.reset(dictionary_create_lang("en"));
    if (dictionary_ == nullptr)
      fail(ErrorKind::unsupported, "link_grammar",
           "expected Link Grammar's English dictionary, found none; install Debian's package "
           "link-grammar-dictionaries-en, or give parses as CoNLL-U");
  }

  std::vector<SentenceParse> parse(std::span<const ParseRequest> requests) override {
    std::vector<SentenceParse> parses(requests.size());
    tbb::parallel_for(std::size_t{0}, requests.size(),
                      [&](std::size_t i) { parses[i] = parse_one(requests[i]); });
    return parses;
  }

 private:
  SentenceParse parse_one(const ParseRequest& request) const {
    const Rewritten rewritten = with_names_as_words(request);
    if (split_words(rewritten.text).size() > kMostParsedWords) return {};
    be_silent();
    const Owned<Parse_Options, OptionsDelete> options(parse_options_create());
    parse_options_set_verbosity(options.get(), 0);
    parse_options_set_linkage_limit(options.get(), kLinkages);
    parse_options_set_spell_guess(options.get(), 0);
    parse_options_set_min_null_count(options.get(), 0);
    parse_options_set_max_null_count(options.get(), 0);
    const Owned<Sentence, SentenceDelete> sentence(
        sentence_create(rewritten.text.c_str(), dictionary_.get()));
    if (sentence == nullptr || sentence_split(sentence.get(), options.get()) < 0) return {};
    if (sentence_parse(sentence.get(), options.get()) <= 0) {
      parse_options_set_min_null_count(options.get(), 1);
      parse_options_set_max_null_count(options.get(), kUnlinkedWords);
      if (sentence_parse(sentence.get(), options.get()) <= 0) return {};
    }
    const Owned<Linkage, LinkageDelete> linkage(linkage_create(0, sentence.get(), options.get()));
    if (linkage == nullptr) return {};
    return read(linkage.get(), rewritten, request.names);
  }

  // The walls at both ends are no words: a path through them would join anything with anything.
  static SentenceParse read(Linkage linkage, const Rewritten& rewritten,
                            std::span<const TextRange> names) {
    constexpr std::size_t kNoWord = SIZE_MAX;
    std::vector<TextRange> words;
    std::vector<std::size_t> index(linkage_get_num_words(linkage), kNoWord);
    for (std::size_t i = 0; i < index.size(); ++i) {
      const TextRange word{linkage_get_word_byte_start(linkage, i),
                           linkage_get_word_byte_end(linkage, i)};
      if (word.begin >= word.end || word.end > rewritten.text.size()) continue;
      index[i] = words.size();
      words.push_back(rewritten.original(word));
    }
    std::vector<SentenceParse::Link> links;
    for (std::size_t i = 0; i < linkage_get_num_links(linkage); ++i) {
      const std::size_t left = index.at(linkage_get_link_lword(linkage, i)),
                        right = index.at(linkage_get_link_rword(linkage, i));
      if (left != kNoWord && right != kNoWord) links.push_back({left, right});
    }
    return detail::with_names(words, links, names);
  }

  Owned<Dictionary, DictionaryDelete> dictionary_;
};

}  // namespace

std::unique_ptr<DependencyParser> link_grammar_parser() {
  return std::make_unique<LinkGrammarParser>();
}

}  // namespace prospect
