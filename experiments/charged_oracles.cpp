#include "experiments/charged_oracles.h"

#include <algorithm>
#include <utility>

#include "search/strategy.h"

namespace prospect {
namespace {

std::int64_t count(std::size_t size) {
  return static_cast<std::int64_t>(size);
}

}  // namespace

OutOfRoom::OutOfRoom(std::int64_t cost, std::int64_t left)
    : Error(ErrorKind::internal, "oracle",
            "expected a call of at most " + std::to_string(left) + " counted work, found one of " +
                std::to_string(cost)) {}

class ChargedOracles::ChargedGradient : public GradientOracle {
 public:
  ChargedGradient(ChargedOracles& owner, GradientOracle& oracle) : owner_(owner), oracle_(oracle) {}

  std::int64_t num_forwards(const Candidate& candidate, const Loss& loss) const override {
    return oracle_.num_forwards(candidate, loss);
  }
  Gradient at_tokens(const Candidate& candidate, std::span<const Example> examples,
                     const Loss& loss) override {
    charge(candidate, examples, loss);
    return oracle_.at_tokens(candidate, examples, loss);
  }
  Gradient at_vectors(const Candidate& candidate, const MatrixXf& vectors,
                      std::span<const Example> examples, const Loss& loss) override {
    charge(candidate, examples, loss);
    return oracle_.at_vectors(candidate, vectors, examples, loss);
  }
  std::vector<Shortlist> shortlist(const MatrixXf& gradient, const TokenMask& allowed,
                                   std::size_t k) override {
    return oracle_.shortlist(gradient, allowed, k);
  }
  TokenIds nearest(const MatrixXf& vectors, const TokenMask& allowed,
                   Similarity similarity) override {
    return oracle_.nearest(vectors, allowed, similarity);
  }
  MatrixXf embeddings(std::span<const TokenId> ids) override { return oracle_.embeddings(ids); }

 private:
  void charge(const Candidate& candidate, std::span<const Example> examples, const Loss& loss) {
    const std::int64_t a_row = kGradientCost * oracle_.num_forwards(candidate, loss);
    owner_.charge(OracleKind::gradient, a_row * count(examples.size()),
                  a_row * owner_.tokens_of(candidate.tmpl, examples));
  }

  ChargedOracles& owner_;
  GradientOracle& oracle_;
};

class ChargedOracles::ChargedSlot : public SlotOracle {
 public:
  ChargedSlot(ChargedOracles& owner, SlotOracle& oracle) : owner_(owner), oracle_(oracle) {}

  VectorXf mean_over(const Candidate& candidate, std::span<const Example> examples,
                     Space space) override {
    owner_.charge(OracleKind::slot, count(examples.size()),
                  owner_.tokens_of(candidate.tmpl, examples));
    return oracle_.mean_over(candidate, examples, space);
  }
  MatrixXf hidden(const Candidate& candidate, std::span<const Example> examples) override {
    owner_.charge(OracleKind::slot, count(examples.size()),
                  owner_.tokens_of(candidate.tmpl, examples));
    return oracle_.hidden(candidate, examples);
  }

 private:
  ChargedOracles& owner_;
  SlotOracle& oracle_;
};

class ChargedOracles::ChargedGeneration : public GenerationOracle {
 public:
  ChargedGeneration(ChargedOracles& owner, GenerationOracle& oracle)
      : owner_(owner), oracle_(oracle) {}

  InfillKind kind() const override { return oracle_.kind(); }
  const Vocabulary& vocabulary() const override { return oracle_.vocabulary(); }
  std::vector<Continuation> next(std::span<const GenerationContext> contexts,
                                 std::span<const Infill> infills, Mean mean,
                                 std::size_t top) override {
    std::int64_t tokens = 0;
    for (const auto& context : contexts)
      tokens += count(infills.size()) * owner_.tokens_of(context.before + " " + context.after);
    for (const auto& infill : infills)
      if (tokens > 0)
        tokens += count(contexts.size()) * count(infill.before.size() + infill.after.size());
    owner_.charge(OracleKind::generation, count(contexts.size()) * count(infills.size()), tokens);
    return oracle_.next(contexts, infills, mean, top);
  }

 private:
  ChargedOracles& owner_;
  GenerationOracle& oracle_;
};

class ChargedOracles::ChargedLikelihood : public LikelihoodOracle {
 public:
  ChargedLikelihood(ChargedOracles& owner, LikelihoodOracle& oracle)
      : owner_(owner), oracle_(oracle) {}

  std::vector<double> log_p(std::span<const std::string> texts, PseudoMasking masking) override {
    std::int64_t sum = 0, tokens = 0;
    for (const auto& text : texts) {
      const std::int64_t forwards = oracle_.cost(text);
      sum += forwards;
      tokens += forwards * owner_.tokens_of(text);
    }
    owner_.charge(OracleKind::likelihood, sum, tokens);
    return oracle_.log_p(texts, masking);
  }
  std::int64_t num_tokens(const std::string& text) const override {
    return oracle_.num_tokens(text);
  }
  std::int64_t cost(const std::string& text) const override { return oracle_.cost(text); }

 private:
  ChargedOracles& owner_;
  LikelihoodOracle& oracle_;
};

class ChargedOracles::ChargedParaphrase : public ParaphraseOracle {
 public:
  ChargedParaphrase(ChargedOracles& owner, ParaphraseOracle& oracle)
      : owner_(owner), oracle_(oracle) {}

  std::vector<Paraphrase> paraphrase(const std::string& text, std::size_t n) override {
    owner_.charge(OracleKind::paraphrase, count(n * n), count(n * n) * owner_.tokens_of(text));
    return oracle_.paraphrase(text, n);
  }

 private:
  ChargedOracles& owner_;
  ParaphraseOracle& oracle_;
};

class ChargedOracles::ChargedDraft : public DraftOracle {
 public:
  ChargedDraft(ChargedOracles& owner, DraftOracle& oracle) : owner_(owner), oracle_(oracle) {}

  std::vector<double> log_likelihood(std::span<const Candidate> candidates,
                                     std::span<const Example> examples) override {
    std::int64_t tokens = 0;
    for (const auto& candidate : candidates) tokens += owner_.tokens_of(candidate.tmpl, examples);
    owner_.charge(OracleKind::draft,
                  oracle_.cost(count(candidates.size()) * count(examples.size())),
                  oracle_.cost(tokens));
    return oracle_.log_likelihood(candidates, examples);
  }
  std::int64_t cost(std::int64_t num_rows) const override { return oracle_.cost(num_rows); }

 private:
  ChargedOracles& owner_;
  DraftOracle& oracle_;
};

class ChargedOracles::ChargedHead : public HeadOracle {
 public:
  ChargedHead(ChargedOracles& owner, HeadOracle& oracle) : owner_(owner), oracle_(oracle) {}

  std::int64_t vector_size() const override { return oracle_.vector_size(); }
  MatrixXf vectors(std::span<const Template> texts) override {
    std::int64_t tokens = 0;
    for (const auto& text : texts) tokens += owner_.tokens_of(text, std::vector<Example>(1));
    owner_.charge(OracleKind::head, count(texts.size()), tokens);
    return oracle_.vectors(texts);
  }
  MatrixXf logits(const MatrixXf& vectors) override { return oracle_.logits(vectors); }
  MatrixXf pull_back(const MatrixXf& vectors, const MatrixXf& at_logits) override {
    return oracle_.pull_back(vectors, at_logits);
  }

 private:
  ChargedOracles& owner_;
  HeadOracle& oracle_;
};

ChargedOracles::ChargedOracles(Oracles& oracles, std::function<void()> poll, const Helpers& helpers)
    : poll_(std::move(poll)) {
  const auto first = [](auto* helper, auto* own) { return helper != nullptr ? helper : own; };
  if (auto* oracle = oracles.gradient())
    gradient_ = std::make_unique<ChargedGradient>(*this, *oracle);
  if (auto* oracle = oracles.slot()) slot_ = std::make_unique<ChargedSlot>(*this, *oracle);
  if (auto* oracle = first(helpers.generation, oracles.generation()))
    generation_ = std::make_unique<ChargedGeneration>(*this, *oracle);
  if (auto* oracle = first(helpers.likelihood, oracles.likelihood()))
    likelihood_ = std::make_unique<ChargedLikelihood>(*this, *oracle);
  if (auto* oracle = first(helpers.paraphrase, oracles.paraphrase()))
    paraphrase_ = std::make_unique<ChargedParaphrase>(*this, *oracle);
  if (auto* oracle = oracles.head()) head_ = std::make_unique<ChargedHead>(*this, *oracle);
  if (auto* oracle = first(helpers.draft, oracles.draft()))
    draft_ = std::make_unique<ChargedDraft>(*this, *oracle);
}

ChargedOracles::~ChargedOracles() = default;

std::vector<OracleUse> ChargedOracles::take_uses() {
  return std::exchange(uses_, {});
}

GradientOracle* ChargedOracles::gradient() {
  return gradient_.get();
}
SlotOracle* ChargedOracles::slot() {
  return slot_.get();
}
GenerationOracle* ChargedOracles::generation() {
  return generation_.get();
}
LikelihoodOracle* ChargedOracles::likelihood() {
  return likelihood_.get();
}
ParaphraseOracle* ChargedOracles::paraphrase() {
  return paraphrase_.get();
}
DraftOracle* ChargedOracles::draft() {
  return draft_.get();
}
HeadOracle* ChargedOracles::head() {
  return head_.get();
}

std::int64_t ChargedOracles::tokens_of(const Template& tmpl,
                                       std::span<const Example> examples) const {
  return meter_ == nullptr ? 0 : meter_->tokens_of(tmpl, examples);
}

std::int64_t ChargedOracles::tokens_of(const std::string& text) const {
  return meter_ == nullptr ? 0 : meter_->tokens_of(text);
}

void ChargedOracles::charge(OracleKind kind, std::int64_t cost, std::int64_t tokens) {
  if (meter_ == nullptr)
    fail(ErrorKind::internal, "oracle", "expected a call inside `ask`, found one outside");
  poll_();
  if (!meter_->charge(cost, tokens)) throw OutOfRoom(cost, meter_->left());
  auto use = std::find_if(uses_.begin(), uses_.end(),
                          [&](const OracleUse& known) { return known.kind == kind; });
  if (use == uses_.end()) use = uses_.insert(uses_.end(), OracleUse{kind, 0, 0});
  ++use->calls;
  use->cost += cost;
}

}  // namespace prospect
