#include "tenon/inspect/script_json.h"

#include <bit>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tenon/spec/errors.h"

namespace tenon::inspect {
namespace {

using Json = nlohmann::ordered_json;
using namespace tenon::text;

std::string nan_or(NanPattern nan, u64 bits) {
  switch (nan) {
    case NanPattern::Canonical:
      return "nan:canonical";
    case NanPattern::Arithmetic:
      return "nan:arithmetic";
    default:
      return std::to_string(bits);
  }
}

// The lanes of a vector; integers are signed.
template <class Lane>
Json lanes(const Bits128& bits, const std::array<NanPattern, 4>& nan, bool is_float) {
  Json out = Json::array();
  auto values = bits.lanes<Lane>();
  for (std::size_t i = 0; i < values.size(); ++i)
    out.push_back(is_float ? nan_or(nan[i & 3], std::make_unsigned_t<Lane>(values[i])) : std::to_string(values[i]));
  return out;
}

Json vector(const Bits128& bits, LaneShape shape, const std::array<NanPattern, 4>& nan = {}) {
  auto make = [](std::string_view lane, Json value) {
    return Json{{"type", "v128"}, {"lane_type", lane}, {"value", std::move(value)}};
  };
  switch (shape) {
    case LaneShape::I8x16:
      return make("i8", lanes<i8>(bits, nan, false));
    case LaneShape::I16x8:
      return make("i16", lanes<i16>(bits, nan, false));
    case LaneShape::I32x4:
      return make("i32", lanes<i32>(bits, nan, false));
    case LaneShape::I64x2:
      return make("i64", lanes<i64>(bits, nan, false));
    case LaneShape::F32x4:
      return make("f32", lanes<i32>(bits, nan, true));
    case LaneShape::F64x2:
      return make("f64", lanes<i64>(bits, nan, true));
  }
  return {};
}

Json typed(std::string_view type) {
  return Json{{"type", type}};
}
Json valued(std::string_view type, std::string value) {
  return Json{{"type", type}, {"value", std::move(value)}};
}

// A null, by the heap type that its type names. The words are made of the table's.
Result<Json> null_of(ValType type) {
  if (!type.is_abstract()) return fail(ErrorCode::Unsupported, "unsupported heap type found in `ref.null`");
  if (type.shared()) return fail(ErrorCode::Unsupported, "shared abstract types are not supported in `ref.null`");
  switch (AbstractHeap heap = type.abstract_heap()) {
    case AbstractHeap::Func:
    case AbstractHeap::Extern:
    case AbstractHeap::Any:
    case AbstractHeap::Exn:
    case AbstractHeap::Cont:
      return valued(info(heap).nullable_text, "null");
    default:
      return typed(info(heap).nullable_text);
  }
}

class Builder {
 public:
  Builder(const Script& script, std::string_view stem) : script_(script), stem_(stem) {}

  Result<Json> commands(const std::vector<Directive>& directives) {
    Json out = Json::array();
    for (const Directive& directive : directives) {
      auto command = std::visit([&](const auto& what) { return convert(what, directive.place.line); }, directive.what);
      if (!command)
        return std::unexpected(std::move(command).error().with_context(
            fmt::format("failure processing directive on line {}", directive.place.line)));
      out.push_back(*std::move(command));
    }
    return out;
  }

  std::vector<ScriptJson::File> files;

 private:
  static Json begin(std::string_view type, u32 line) { return Json{{"type", type}, {"line", line}}; }
  static void add_name(Json& out, const char* key, const std::optional<std::string>& name) {
    if (name) out[key] = *name;
  }

  // Adds the module's file to `out`.
  Result<> emit(Json& out, const ScriptModule& module, bool malformed) {
    u64 number = number_++;
    bool whole_file = module.form() == ScriptModule::Form::Quote && module.contents() == *script_.text;
    bool is_text = module.form() == ScriptModule::Form::Quote && !whole_file;
    std::string name = fmt::format("{}.{}.{}", stem_, number, is_text ? "wat" : "wasm");
    out["filename"] = name;
    out["module_type"] = is_text ? "text" : "binary";
    std::string binary_name = fmt::format("{}.{}.wasm", stem_, number);
    if (is_text) {
      Bytes bytes = as_bytes(module.contents());
      files.push_back({name, {bytes.begin(), bytes.end()}});
      if (malformed) return {};
    }
    auto bytes = module.encode();
    if (!bytes) {
      if (is_text) return {};
      return fail(bytes.error().first().code, bytes.error().render());
    }
    files.push_back({is_text ? binary_name : name, *std::move(bytes)});
    if (is_text) out["binary_filename"] = binary_name;
    return {};
  }

  Result<Json> module_command(std::string_view type, u32 line, const ScriptModule& module) {
    Json out = begin(type, line);
    add_name(out, "name", module.id());
    TENON_TRY_VOID(emit(out, module, false));
    return out;
  }
  Result<Json> module_assertion(std::string_view type, const ScriptModule& module, const std::string& message, bool malformed) {
    Json out = begin(type, module.place().line);
    TENON_TRY_VOID(emit(out, module, malformed));
    out["text"] = message;
    return out;
  }

  static Result<Json> arg(const Arg& arg) {
    switch (arg.kind) {
      case Arg::Kind::I32:
        return valued("i32", std::to_string(static_cast<i32>(arg.bits)));
      case Arg::Kind::I64:
        return valued("i64", std::to_string(static_cast<i64>(arg.bits)));
      case Arg::Kind::F32:
        return valued("f32", std::to_string(arg.bits));
      case Arg::Kind::F64:
        return valued("f64", std::to_string(arg.bits));
      case Arg::Kind::V128:
        return vector(arg.v128, arg.shape);
      case Arg::Kind::RefNull:
        return null_of(arg.type);
      case Arg::Kind::RefExtern:
        return valued("externref", std::to_string(arg.bits));
      case Arg::Kind::RefHost:
        return valued("anyref", std::to_string(arg.bits));
    }
    return Json();
  }

  static Result<Json> expected(const Expected& value) {
    using Kind = Expected::Kind;
    auto numbered = [&](std::string_view type) {
      return value.has_number ? valued(type, std::to_string(value.bits)) : typed(type);
    };
    switch (value.kind) {
      case Kind::I32:
        return valued("i32", std::to_string(static_cast<i32>(value.bits)));
      case Kind::I64:
        return valued("i64", std::to_string(static_cast<i64>(value.bits)));
      case Kind::F32:
        return valued("f32", nan_or(value.nan, value.bits));
      case Kind::F64:
        return valued("f64", nan_or(value.nan, value.bits));
      case Kind::V128:
        return vector(value.v128, value.shape, value.lane_nan);
      case Kind::RefNull:
        return value.type.is_bottom() ? Result<Json>(typed("refnull")) : null_of(value.type);
      case Kind::RefExtern:
        return numbered("externref");
      case Kind::RefHost:
        return numbered("anyref");
      case Kind::RefFunc: {
        Json out = typed("funcref");
        if (value.has_number) out["value"] = Json{{"index", value.bits}};
        return out;
      }
      case Kind::RefAny:
        return typed("anyref");
      case Kind::RefEq:
        return typed("eqref");
      case Kind::RefArray:
        return typed("arrayref");
      case Kind::RefStruct:
        return typed("structref");
      case Kind::RefI31:
        return typed("i31ref");
      case Kind::RefI31Shared:
        return typed("i31refshared");
      case Kind::Either: {
        Json values = Json::array();
        for (const Expected& one : value.either) {
          TENON_TRY(Json item, expected(one));
          values.push_back(std::move(item));
        }
        return Json{{"type", "either"}, {"values", std::move(values)}};
      }
    }
    return Json();
  }

  static Result<Json> action(const Invoke& call) {
    Json out = typed("invoke");
    add_name(out, "module", call.module);
    out["field"] = call.name;
    Json args = Json::array();
    for (const Arg& one : call.args) {
      TENON_TRY(Json item, arg(one));
      args.push_back(std::move(item));
    }
    out["args"] = std::move(args);
    return out;
  }
  static Result<Json> action(const Get& get) {
    Json out = typed("get");
    add_name(out, "module", get.module);
    out["field"] = get.name;
    return out;
  }
  static Result<Json> action(const ScriptModule&) {
    return fail(ErrorCode::Unsupported, "unsupported `action` found using a module");
  }
  static Result<Json> action(const Execute& execute) {
    return std::visit([](const auto& what) { return action(what); }, execute);
  }
  static u32 line_of(const Execute& execute, u32 line) {
    if (const auto* call = std::get_if<Invoke>(&execute)) return call->place.line;
    if (const auto* get = std::get_if<Get>(&execute)) return get->place.line;
    return line;
  }
  template <class Action>
  static Result<Json> with_action(std::string_view type, u32 line, const Action& what, const std::string* text) {
    Json out = begin(type, line);
    TENON_TRY(out["action"], action(what));
    if (text) out["text"] = *text;
    return out;
  }

  Result<Json> convert(const DefineAndInstantiate& what, u32 line) { return module_command("module", line, what.module); }
  Result<Json> convert(const Define& what, u32 line) { return module_command("module_definition", line, what.module); }
  Result<Json> convert(const Instantiate& what, u32 line) {
    Json out = begin("module_instance", line);
    add_name(out, "instance", what.instance);
    add_name(out, "module", what.module);
    return out;
  }
  Result<Json> convert(const Register& what, u32 line) {
    Json out = begin("register", line);
    add_name(out, "name", what.module);
    out["as"] = what.name;
    return out;
  }
  Result<Json> convert(const Invoke& what, u32 line) { return with_action("action", line, what, nullptr); }
  Result<Json> convert(const AssertReturn& what, u32 line) {
    TENON_TRY(Json out, with_action("assert_return", line_of(what.execute, line), what.execute, nullptr));
    Json results = Json::array();
    for (const Expected& one : what.results) {
      TENON_TRY(Json item, expected(one));
      results.push_back(std::move(item));
    }
    out["expected"] = std::move(results);
    return out;
  }
  Result<Json> convert(const AssertTrap& what, u32 line) {
    if (const auto* module = std::get_if<ScriptModule>(&what.execute))
      return module_assertion("assert_uninstantiable", *module, what.message, false);
    return with_action("assert_trap", line_of(what.execute, line), what.execute, &what.message);
  }
  Result<Json> convert(const AssertExhaustion& what, u32 line) {
    return with_action("assert_exhaustion", line, what.call, &what.message);
  }
  Result<Json> convert(const AssertException& what, u32 line) {
    return with_action("assert_exception", line, what.execute, nullptr);
  }
  Result<Json> convert(const AssertSuspension& what, u32 line) {
    return with_action("assert_suspension", line, what.execute, &what.message);
  }
  Result<Json> convert(const AssertMalformed& what, u32) {
    return module_assertion(what.custom ? "assert_malformed_custom" : "assert_malformed", what.module, what.message, true);
  }
  Result<Json> convert(const AssertInvalid& what, u32) {
    return module_assertion(what.custom ? "assert_invalid_custom" : "assert_invalid", what.module, what.message, false);
  }
  Result<Json> convert(const AssertUnlinkable& what, u32) {
    return module_assertion("assert_unlinkable", what.module, what.message, false);
  }
  Result<Json> convert(const Thread& what, u32 line) {
    Json out = begin("thread", line);
    out["name"] = what.name;
    add_name(out, "shared_module", what.shared_module);
    TENON_TRY(out["commands"], commands(what.directives));
    return out;
  }
  Result<Json> convert(const Wait& what, u32 line) {
    Json out = begin("wait", line);
    out["thread"] = what.thread;
    return out;
  }

  const Script& script_;
  std::string_view stem_;
  u64 number_ = 0;
};

}  // namespace

Result<ScriptJson> script_to_json(const Script& script, std::string_view source, std::string_view stem, bool pretty) {
  Builder builder(script, stem);
  TENON_TRY(Json commands, builder.commands(script.directives));
  Json whole{{"source_filename", source}, {"commands", std::move(commands)}};
  ScriptJson out;
  out.json = whole.dump(pretty ? 2 : -1, ' ', false, Json::error_handler_t::replace);
  out.files = std::move(builder.files);
  return out;
}

}  // namespace tenon::inspect
