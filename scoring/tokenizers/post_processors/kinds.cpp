#include "scoring/tokenizers/post_processors/kinds.h"

#include <algorithm>

#include "scoring/tokenizers/detail/kinds.h"

namespace prospect::tokenizers {
namespace {

constexpr Kind<PostProcessor> kKinds[] = {
    {"BertProcessing", make_bert_processing},         {"ByteLevel", make_byte_level_processing},
    {"RobertaProcessing", make_roberta_processing},   {"Sequence", make_post_processor_sequence},
    {"TemplateProcessing", make_template_processing},
};

}  // namespace

std::unique_ptr<const PostProcessor> make_post_processor(const JsonReader& reader) {
  return make_kind<PostProcessor>(reader, "post-processor", kKinds);
}

std::unique_ptr<const PostProcessor> make_bare_post_processor() {
  using Kind = FramePart::Kind;
  return std::make_unique<FixedFrames>(Frame{{Kind::first, 0, 0}},
                                       Frame{{Kind::first, 0, 0}, {Kind::second, 0, 1}});
}

std::size_t num_special(const Frame& frame) {
  return static_cast<std::size_t>(std::count_if(frame.begin(), frame.end(), [](const FramePart& p) {
    return p.kind == FramePart::Kind::special;
  }));
}

}  // namespace prospect::tokenizers
