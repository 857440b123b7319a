#include "datasets/corpus/name_matcher.h"

#include <hs/hs.h>
#include <oneapi/tbb/enumerable_thread_specific.h>

#include <algorithm>

#include "core/error.h"

namespace prospect::detail {
namespace {

// Vectorscan 5.4.9 misses some matches that end within the last bytes of a block when few names of
// different lengths are searched for (seen with 512-bit vectors, within the last 20 bytes).
constexpr std::size_t kPadding = 256;

void check(hs_error_t code, const char* what) {
  if (code != HS_SUCCESS)
    fail(ErrorKind::internal, "name matcher", "expected Vectorscan to ", what, ", found its error ",
         code);
}

struct Search {
  std::string_view text;
  std::span<const std::size_t> sizes;
  std::vector<NameMatch> matches;
};

int on_match(unsigned name, unsigned long long, unsigned long long to, unsigned, void* context) {
  auto& search = *static_cast<Search*>(context);
  const TextRange range{static_cast<std::size_t>(to) - search.sizes[name],
                        static_cast<std::size_t>(to)};
  if (is_word_boundary(search.text, range.begin) && is_word_boundary(search.text, range.end))
    search.matches.push_back({name, range});
  return 0;
}

}  // namespace

struct NameMatcher::Database {
  struct Free {
    void operator()(hs_database_t* database) const { hs_free_database(database); }
    void operator()(hs_scratch_t* scratch) const { hs_free_scratch(scratch); }
  };
  using Scratch = std::unique_ptr<hs_scratch_t, Free>;

  std::unique_ptr<hs_database_t, Free> patterns;
  Scratch prototype;
  tbb::enumerable_thread_specific<Scratch> scratch;
};

NameMatcher::NameMatcher(std::span<const std::string> names, LetterCase letter_case)
    : letter_case_(letter_case) {
  std::vector<std::string> forms;
  std::vector<const char*> texts;
  std::vector<unsigned> flags, ids;
  std::vector<std::size_t> lengths;
  for (const auto& name : names) {
    sizes_.push_back(name.size());
    forms.push_back(letter_case == LetterCase::any ? lower_same_length(name) : name);
  }
  for (std::size_t i = 0; i < forms.size(); ++i) {
    if (forms[i].empty()) continue;
    texts.push_back(forms[i].c_str());
    flags.push_back(0);
    ids.push_back(static_cast<unsigned>(i));
    lengths.push_back(forms[i].size());
  }
  if (texts.empty()) return;

  database_ = std::make_unique<Database>();
  hs_database_t* patterns = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), lengths.data(),
                           static_cast<unsigned>(texts.size()), HS_MODE_BLOCK, nullptr, &patterns,
                           &error) != HS_SUCCESS) {
    const std::string reason = error == nullptr ? "no reason" : error->message;
    hs_free_compile_error(error);
    fail(ErrorKind::unsupported, "names", "expected names that Vectorscan can search for, found ",
         texts.size(), ": ", reason);
  }
  database_->patterns.reset(patterns);
  hs_scratch_t* scratch = nullptr;
  check(hs_alloc_scratch(patterns, &scratch), "allocate its scratch space");
  database_->prototype.reset(scratch);
}

NameMatcher::~NameMatcher() = default;

std::vector<NameMatch> NameMatcher::find(std::string_view text) const {
  if (database_ == nullptr) return {};
  Database::Scratch& own = database_->scratch.local();
  if (own == nullptr) {
    hs_scratch_t* copy = nullptr;
    check(hs_clone_scratch(database_->prototype.get(), &copy), "copy its scratch space");
    own.reset(copy);
  }
  std::string padded =
      letter_case_ == LetterCase::any ? lower_same_length(text) : std::string(text);
  padded.append(kPadding, '\n');
  Search search{padded, sizes_, {}};
  check(hs_scan(database_->patterns.get(), search.text.data(),
                static_cast<unsigned>(search.text.size()), 0, own.get(), on_match, &search),
        "scan a text");
  std::sort(search.matches.begin(), search.matches.end(),
            [](const NameMatch& a, const NameMatch& b) {
              return a.range.end != b.range.end ? a.range.end < b.range.end : a.name < b.name;
            });
  return std::move(search.matches);
}

}  // namespace prospect::detail
