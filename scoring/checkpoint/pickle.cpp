#include "scoring/checkpoint/pickle.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "core/text.h"
#include "scoring/checkpoint/pickle_input.h"
#include "scoring/checkpoint/pickle_opcodes.h"
#include "scoring/checkpoint/pickle_stack.h"

namespace prospect {
namespace {

using Kind = PickleValue::Kind;
using Values = std::vector<const PickleValue*>;

constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr std::string_view kSets[] = {"builtins.set", "builtins.frozenset", "__builtin__.set",
                                      "__builtin__.frozenset"};

bool is_container(std::string_view global) {
  return global == kOrderedDict || std::ranges::find(kSets, global) != std::end(kSets);
}

// Runs a pickle, opcode by opcode.
class PickleRun {
 public:
  PickleRun(std::span<const std::byte> bytes, const std::string& where,
            const Pickle::Allowed& allowed, std::deque<PickleValue>& values)
      : input_(bytes, where), allowed_(allowed), stack_(input_, values) {}

  const PickleValue* result() {
    for (;;) {
      const auto opcode = input_.opcode();
      if (opcode == op::kStop) break;
      if (!skips(opcode) && !pushes_number(opcode) && !pushes_text(opcode) &&
          !makes_container(opcode) && !fills_container(opcode) && !uses_memo(opcode) &&
          !names_or_calls(opcode))
        refuse(opcode);
    }
    return stack_.pop();
  }

  std::size_t size() const { return input_.at(); }
  Values take_persistent() { return std::move(persistent_); }

 private:
  // The groups of opcodes; each tells whether it knows the opcode.

  bool skips(unsigned char opcode) {
    switch (opcode) {
      case op::kProto:
        if (const auto protocol = input_.argument(opcode); protocol > 5)
          input_.damaged("expected a pickle of protocol 0 to 5, found ", protocol);
        return true;
      case op::kFrame:
        input_.argument(opcode);
        return true;
      case op::kMark:
        stack_.mark();
        return true;
      case op::kPop:
        stack_.discard();
        return true;
      case op::kPopMark:
        stack_.pop_to_mark();
        return true;
      case op::kDup:
        stack_.push(stack_.top());
        return true;
      default:
        return false;
    }
  }

  bool pushes_number(unsigned char opcode) {
    switch (opcode) {
      case op::kNone:
        stack_.push(Kind::none);
        return true;
      case op::kNewtrue:
      case op::kNewfalse:
        stack_.push(Kind::boolean)->integer = opcode == op::kNewtrue;
        return true;
      case op::kBinint:
        push_integer(static_cast<std::int32_t>(input_.argument(opcode)));
        return true;
      case op::kBinint1:
      case op::kBinint2:
        push_integer(static_cast<std::int64_t>(input_.argument(opcode)));
        return true;
      case op::kInt:
      case op::kLong:
        push_written(input_.line());
        return true;
      case op::kLong1:
      case op::kLong4:
        push_long(input_.take(input_.argument(opcode)));
        return true;
      case op::kFloat:
        stack_.push(Kind::real)->real = input_.parse<double>(input_.line());
        return true;
      case op::kBinfloat: {  // the only big-endian number
        std::string digits(input_.take(sizeof(double)));
        std::ranges::reverse(digits);
        std::memcpy(&stack_.push(Kind::real)->real, digits.data(), sizeof(double));
        return true;
      }
      default:
        return false;
    }
  }

  void push_integer(std::int64_t value) { stack_.push(Kind::integer)->integer = value; }

  void push_written(std::string_view digits) {
    if (digits.ends_with('L')) digits.remove_suffix(1);
    if (digits == "00" || digits == "01")
      stack_.push(Kind::boolean)->integer = digits == "01";
    else
      push_integer(input_.parse<std::int64_t>(digits));
  }

  void push_long(std::string_view digits) {
    if (digits.size() > 8) {
      stack_.push(Kind::long_integer)->text = digits;
      return;
    }
    push_integer(PickleInput::signed_number(digits));
  }

  bool pushes_text(unsigned char opcode) {
    switch (opcode) {
      case op::kShortBinunicode:
      case op::kBinunicode:
      case op::kBinunicode8:
        push_text(input_.take(input_.argument(opcode)));
        return true;
      case op::kUnicode:
        push_text(without_escapes(input_.line()));
        return true;
      case op::kString: {
        const std::string_view quoted = input_.line();
        if (quoted.size() < 2 || quoted.front() != quoted.back() ||
            (quoted.front() != '\'' && quoted.front() != '"'))
          input_.damaged("expected a text in quotes, found '", quoted.substr(0, 40), "'");
        push_text_or_bytes(without_escapes(quoted.substr(1, quoted.size() - 2)));
        return true;
      }
      case op::kShortBinstring:
      case op::kBinstring:
        push_text_or_bytes(input_.take(input_.argument(opcode)));
        return true;
      case op::kShortBinbytes:
      case op::kBinbytes:
      case op::kBinbytes8:
      case op::kBytearray8:
        stack_.push(Kind::bytes)->text = input_.take(input_.argument(opcode));
        return true;
      default:
        return false;
    }
  }

  void push_text(std::string_view text) {
    if (invalid_utf8(text))
      input_.damaged("expected text in UTF-8, found '", text.substr(0, 40), "'");
    stack_.push(Kind::text)->text = text;
  }

  // Python 2 has one type for both.
  void push_text_or_bytes(std::string_view text) {
    stack_.push(invalid_utf8(text) ? Kind::bytes : Kind::text)->text = text;
  }

  std::string_view without_escapes(std::string_view text) {
    if (text.find('\\') != std::string_view::npos)
      fail(ErrorKind::unsupported, input_.where(), "the pickle has a text with escapes, '",
           text.substr(0, 40), "'; save it again with pickle protocol 2");
    return text;
  }

  bool makes_container(unsigned char opcode) {
    switch (opcode) {
      case op::kEmptyTuple:
        stack_.push(Kind::tuple);
        return true;
      case op::kTuple1:
      case op::kTuple2:
      case op::kTuple3:
        stack_.push_items(Kind::tuple, stack_.pop_many(opcode - op::kTuple1 + 1U));
        return true;
      case op::kTuple:
        stack_.push_items(Kind::tuple, stack_.pop_to_mark());
        return true;
      case op::kEmptyList:
      case op::kEmptySet:
        stack_.push(Kind::list);
        return true;
      case op::kList:
      case op::kFrozenset:
        stack_.push_items(Kind::list, stack_.pop_to_mark());
        return true;
      case op::kEmptyDict:
        stack_.push(Kind::dict);
        return true;
      case op::kDict:
        stack_.push_items(Kind::dict, stack_.pop_to_mark());
        return true;
      default:
        return false;
    }
  }

  bool fills_container(unsigned char opcode) {
    switch (opcode) {
      case op::kAppend:
        extend(Kind::list, stack_.pop_many(1));
        return true;
      case op::kAppends:
      case op::kAdditems:
        extend(Kind::list, stack_.pop_to_mark());
        return true;
      case op::kSetitem:
        extend(Kind::dict, stack_.pop_many(2));
        return true;
      case op::kSetitems:
        extend(Kind::dict, stack_.pop_to_mark());
        return true;
      case op::kBuild:
        // The attributes of an OrderedDict, as the versions of a state dict's modules: no weights.
        stack_.pop();
        if (stack_.top()->kind != Kind::dict)
          fail(ErrorKind::unsupported, input_.where(), "the pickle sets the state of ",
               describe(*stack_.top()), "; expected only tensors and plain containers");
        return true;
      default:
        return false;
    }
  }

  void extend(Kind kind, const Values& items) {
    PickleValue* target = stack_.top();
    if (target->kind != kind)
      input_.damaged("expected a ", kind == Kind::list ? "list" : "dict", " to fill, found ",
                     describe(*target));
    stack_.add(*target, items);
  }

  bool uses_memo(unsigned char opcode) {
    switch (opcode) {
      case op::kPut:
      case op::kBinput:
      case op::kLongBinput:
        stack_.store(input_.argument(opcode));
        return true;
      case op::kMemoize:
        stack_.store();
        return true;
      case op::kGet:
      case op::kBinget:
      case op::kLongBinget:
        stack_.recall(input_.argument(opcode));
        return true;
      default:
        return false;
    }
  }

  bool names_or_calls(unsigned char opcode) {
    switch (opcode) {
      case op::kGlobal: {
        const std::string_view module = input_.line();
        push_global(module, input_.line());
        return true;
      }
      case op::kStackGlobal: {
        const auto names = stack_.pop_many(2);
        if (names[0]->kind != Kind::text || names[1]->kind != Kind::text)
          input_.damaged("expected a module and a name, found ", describe(*names[0]), " and ",
                         describe(*names[1]));
        push_global(names[0]->text, names[1]->text);
        return true;
      }
      case op::kInst: {
        const std::string_view module = input_.line();
        push_global(module, input_.line());
        const PickleValue* callee = stack_.pop();
        call(callee, stack_.pop_to_mark());
        return true;
      }
      case op::kObj: {
        auto items = stack_.pop_to_mark();
        if (items.empty()) input_.damaged("it makes an object of no class");
        call(items.front(), {items.begin() + 1, items.end()});
        return true;
      }
      case op::kReduce:
      case op::kNewobj: {
        const auto parts = stack_.pop_many(2);
        if (parts[1]->kind != Kind::tuple)
          input_.damaged("expected a tuple of arguments, found ", describe(*parts[1]));
        call(parts[0], parts[1]->items);
        return true;
      }
      case op::kBinpersid:
        persistent_.push_back(stack_.push_items(Kind::persistent, stack_.pop_many(1)));
        return true;
      default:
        return false;
    }
  }

  void push_global(std::string_view module, std::string_view name) {
    const std::string global = std::string(module) + '.' + std::string(name);
    if (!is_container(global) && !allowed_(global))
      fail(ErrorKind::unsupported, input_.where(),
           "expected only tensors and plain containers in the pickle, found ",
           global.substr(0, 200),
           ", and nothing from a file is run; save model.state_dict() alone");
    stack_.push(Kind::global)->text = global;
  }

  void call(const PickleValue* callee, const Values& arguments) {
    if (callee->kind != Kind::global)
      input_.damaged("expected something to call, found ", describe(*callee));
    if (!is_container(callee->text)) {
      stack_.push_items(Kind::call, arguments)->text = callee->text;
      return;
    }
    const bool is_dict = callee->text == kOrderedDict;
    if (arguments.size() > 1 || (!arguments.empty() && arguments[0]->kind != Kind::list))
      input_.damaged("expected a list to make ", callee->text, " of");
    PickleValue* made = stack_.push(is_dict ? Kind::dict : Kind::list);
    if (arguments.empty()) return;
    if (!is_dict) return stack_.add(*made, arguments[0]->items);
    for (const PickleValue* pair : arguments[0]->items) {
      if ((pair->kind != Kind::list && pair->kind != Kind::tuple) || pair->items.size() != 2)
        input_.damaged("expected pairs to make ", callee->text, " of, found ", describe(*pair));
      stack_.add(*made, pair->items);
    }
  }

  [[noreturn]] void refuse(unsigned char opcode) {
    constexpr const char* kDigits = "0123456789abcdef";
    const std::string byte{'0', 'x', kDigits[opcode >> 4], kDigits[opcode & 15]};
    switch (opcode) {
      case op::kPersid:
        fail(ErrorKind::unsupported, input_.where(), "the pickle is of protocol 0, which writes ",
             "storages as text; save it again with pickle protocol 2");
      case op::kExt1:
      case op::kExt2:
      case op::kExt4:
      case op::kNewobjEx:
      case op::kNextBuffer:
      case op::kReadonlyBuffer:
        fail(ErrorKind::unsupported, input_.where(), "the pickle uses opcode ", byte,
             " (an object or buffer of the program that wrote it); expected only tensors and plain "
             "containers");
      default:
        input_.damaged("it has an unknown opcode, ", byte);
    }
  }

  PickleInput input_;
  const Pickle::Allowed& allowed_;
  Values persistent_;
  PickleStack stack_;
};

}  // namespace

std::string describe(const PickleValue& value) {
  constexpr const char* kNames[] = {"None",   "a bool", "a number", "a long number", "a float",
                                    "text",   "bytes",  "a tuple",  "a list",        "a dict",
                                    "a name", "a call", "a storage"};
  switch (value.kind) {
    case Kind::integer:
      return std::to_string(value.integer);
    case Kind::text:
      return "'" + value.text.substr(0, 100) + "'";
    case Kind::global:
      return value.text;
    case Kind::call:
      return "the call of " + value.text;
    default:
      return kNames[static_cast<std::size_t>(value.kind)];
  }
}

Pickle::Pickle(std::span<const std::byte> bytes, const std::string& where, const Allowed& allowed) {
  PickleRun run(bytes, where, allowed, values_);
  value_ = run.result();
  persistent_ = run.take_persistent();
  size_ = run.size();
}

}  // namespace prospect
