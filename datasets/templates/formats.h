#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/template.h"

namespace prospect::templates {

using Fields = std::span<const std::string>;

/// What a format has: `read` and `write` as in interchange.h.
Template read_lm_bff(std::string_view text, Fields fields, const std::string& where);
std::string write_lm_bff(const Template& tmpl, Fields fields);
Template read_lama(std::string_view text, Fields fields, const std::string& where);
std::string write_lama(const Template& tmpl, Fields fields);
Template read_autoprompt(std::string_view text, Fields fields, const std::string& where);
std::string write_autoprompt(const Template& tmpl, Fields fields);
Template read_openprompt(std::string_view text, Fields fields, const std::string& where);
std::string write_openprompt(const Template& tmpl, Fields fields);

/// The field of a place. @throws Error (input) when the task has fewer fields.
const std::string& field_at(Fields fields, std::size_t index, const std::string& where);
/// The place of a field. @throws Error (unsupported) when it is not among the first `limit`.
std::size_t index_of(Fields fields, const std::string& name, std::size_t limit,
                     const Template& tmpl);

/// Makes a template of pieces, of which one is an answer slot.
/// @throws Error (input) when there is none, (unsupported) when there are more.
Template with_one_mask(std::vector<Piece> pieces, const std::string& where);

/// Appends text; neighbouring texts become one literal.
void append_literal(std::vector<Piece>& pieces, std::string_view text);
/// Appends an unset trigger slot; a single space between two makes them one block.
void append_trigger(std::vector<Piece>& pieces);

/// @throws Error (unsupported) when a trigger slot holds a token: text says which only with the
/// model's vocabulary.
void check_unset(const TriggerSlots& slots, const Template& tmpl);

/// @throws Error (unsupported): the format has no way to write `piece` of `tmpl`.
[[noreturn]] void fail_unwritable(const Template& tmpl, std::string_view format,
                                  const std::string& piece);

}  // namespace prospect::templates
