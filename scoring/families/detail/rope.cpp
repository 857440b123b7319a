#include "scoring/families/detail/rope.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"

namespace prospect {
namespace {

constexpr std::string_view kKeys[] = {"rope_type",
                                      "type",
                                      "rope_theta",
                                      "factor",
                                      "original_max_position_embeddings",
                                      "low_freq_factor",
                                      "high_freq_factor",
                                      "attention_factor",
                                      "beta_fast",
                                      "beta_slow",
                                      "mscale",
                                      "mscale_all_dim",
                                      "truncate",
                                      "partial_rotary_factor"};

// The members that describe the embeddings, whatever they are called.
class RopeMembers {
 public:
  RopeMembers(const ModelConfig& config, const RotaryDefaults& defaults) {
    const Json& json = config.json();
    where_ = config.where() + "#/";
    if (defaults.scaled && config.has("rope_scaling") && !json["rope_scaling"].empty()) {
      take(json["rope_scaling"], "rope_scaling");
    } else if (config.has("rope_parameters")) {
      const Json& all = json["rope_parameters"];
      const std::string type(defaults.layer_type);
      if (!type.empty() && all.is_object() && all.contains(type) && !all[type].is_null())
        take(all[type], "rope_parameters/" + type);
      else if (type.empty())
        take(all, "rope_parameters");
    }
  }

  std::string type() const {
    for (const char* key : {"rope_type", "type"})
      if (has(key)) {
        if (!members_[key].is_string()) wrong(key, "a name");
        return members_[key].get<std::string>();
      }
    return "default";
  }

  bool has(const std::string& key) const {
    return members_.contains(key) && !members_[key].is_null();
  }

  double number(const std::string& key, double least, double otherwise) const {
    if (!has(key)) return otherwise;
    if (!members_[key].is_number() || !(members_[key].get<double>() >= least))
      wrong(key, "a number of at least " + std::to_string(least));
    return members_[key].get<double>();
  }

  double number(const std::string& key, double least) const {
    if (!has(key)) fail(ErrorKind::model, where_, "expected the key '", key, "', found none");
    return number(key, least, least);
  }

  bool boolean(const std::string& key, bool otherwise) const {
    if (!has(key)) return otherwise;
    if (!members_[key].is_boolean()) wrong(key, "true or false");
    return members_[key].get<bool>();
  }

  const std::string& where() const { return where_; }

 private:
  void take(const Json& members, const std::string& name) {
    where_ += name;
    if (!members.is_object())
      fail(ErrorKind::model, where_, "expected an object, found ", members.type_name());
    for (const auto& [key, value] : members.items())
      if (std::find(std::begin(kKeys), std::end(kKeys), key) == std::end(kKeys) && !value.is_null())
        fail(ErrorKind::unsupported, where_, "unknown key '", key,
             "', which may change what is computed");
    members_ = members;
  }

  [[noreturn]] void wrong(const std::string& key, const std::string& expected) const {
    fail(ErrorKind::model, where_ + "/" + key, "expected ", expected, ", found ",
         dump_json(members_[key]));
  }

  Json members_ = Json::object();
  std::string where_;
};

double yarn_attention(double factor, double weight) {
  return factor <= 1 ? 1 : 0.1 * weight * std::log(factor) + 1;
}

void read_yarn(const RopeMembers& members, const ModelConfig& config, Rotary& rotary) {
  const auto positions = static_cast<double>(config.integer("max_position_embeddings", 1, 1 << 26));
  rotary.factor =
      members.number("factor", 1e-6, positions / static_cast<double>(rotary.original_positions));
  rotary.beta_fast = members.number("beta_fast", 0, 32);
  rotary.beta_slow = members.number("beta_slow", 0, 1);
  if (rotary.beta_fast == 0) rotary.beta_fast = 32;
  if (rotary.beta_slow == 0) rotary.beta_slow = 1;
  rotary.truncate = members.boolean("truncate", true);
  const double scale = members.number("mscale", 0, 0), all = members.number("mscale_all_dim", 0, 0);
  const double own = scale != 0 && all != 0
                         ? yarn_attention(rotary.factor, scale) / yarn_attention(rotary.factor, all)
                         : yarn_attention(rotary.factor, 1);
  rotary.attention_factor = members.number("attention_factor", 0, own);
}

}  // namespace

Rotary read_rotary(const ModelConfig& config, const RotaryDefaults& defaults) {
  using Scaling = Rotary::Scaling;
  const RopeMembers members(config, defaults);
  Rotary rotary;
  const double base = config.number_or(defaults.base_key, 1e-6, 1e12, defaults.base);
  rotary.base = members.number("rope_theta", 1e-6, base);
  double partial = defaults.partial;
  if (defaults.takes_partial)
    partial = config.number_or("partial_rotary_factor", 0, 1,
                               members.number("partial_rotary_factor", 0, partial));
  else if (members.number("partial_rotary_factor", 0, 1) != 1)
    fail(ErrorKind::unsupported, members.where() + "/partial_rotary_factor",
         "expected 1 or none, since this family turns whole heads");
  rotary.size = static_cast<std::int64_t>(static_cast<double>(defaults.head_size) * partial);
  if (rotary.size % 2 != 0 || rotary.size == 0)
    fail(ErrorKind::unsupported, members.where(),
         "expected an even number of turned dimensions, found ", rotary.size);

  const std::int64_t positions = config.integer("max_position_embeddings", 1, 1 << 26);
  const std::string type = members.type();
  rotary.original_positions = config.integer_or(
      "original_max_position_embeddings", 1, 1 << 26,
      static_cast<std::int64_t>(
          members.number("original_max_position_embeddings", 1, static_cast<double>(positions))));
  if (type == "default") return rotary;
  if (type == "linear") {
    rotary.scaling = Scaling::linear;
    rotary.factor = members.number("factor", 1e-6);
  } else if (type == "dynamic") {
    rotary.scaling = Scaling::dynamic;
    rotary.factor = members.number("factor", 1e-6);
    rotary.original_positions = positions;  // what the reference looks at
    if (rotary.size <= 2)
      fail(ErrorKind::unsupported, members.where(), "dynamic scaling takes more than 2 dimensions");
  } else if (type == "llama3") {
    rotary.scaling = Scaling::llama3;
    rotary.factor = members.number("factor", 1e-6);
    rotary.low_frequency = members.number("low_freq_factor", 1e-6);
    rotary.high_frequency = members.number("high_freq_factor", 1e-6);
  } else if (type == "yarn") {
    rotary.scaling = Scaling::yarn;
    read_yarn(members, config, rotary);
  } else {
    fail(ErrorKind::unsupported, members.where() + "/rope_type", "unknown rope type '", type,
         "'; known: default, linear, dynamic, llama3, yarn");
  }
  return rotary;
}

std::int64_t rotary_positions(const ModelConfig& config, const Rotary& rotary) {
  const std::int64_t positions = config.integer("max_position_embeddings", 1, 1 << 26);
  const bool extended = rotary.scaling != Rotary::Scaling::none;
  const auto original = static_cast<double>(rotary.original_positions);
  return extended ? std::max(positions, static_cast<std::int64_t>(original * rotary.factor))
                  : positions;
}

}  // namespace prospect
