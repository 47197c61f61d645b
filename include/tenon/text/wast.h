// wast: scripts of the specification's test suite, as a list of directives. Modules are held as text or bytes and parsed when
// asked, so that those that must not parse can be told apart from a script that does not parse.
//
// A Script owns its text; directives and modules refer into it and must not outlive it.
#pragma once

#include <array>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tenon/base/bits128.h"
#include "tenon/base/types.h"
#include "tenon/spec/types.h"
#include "tenon/text/diagnostics.h"
#include "tenon/text/wat.h"

namespace tenon::text {

/// A module in a script. Copying is cheap except for Binary and Quote.
class ScriptModule {
 public:
  enum class Form : u8 {
    Text,    ///< `(module ...)`: part of the script's text
    Binary,  ///< `(module binary "...")`: bytes as they are
    Quote,   ///< `(module quote "...")`: text that the script's own parser has not looked at
  };

  Form form() const { return form_; }
  bool is_component() const { return component_; }
  /// The identifier without its `$`, if the module has one.
  const std::optional<std::string>& id() const { return id_; }
  /// Where the `module` keyword stands.
  const Place& place() const { return place_; }
  /// Form::Quote: the quoted text, strings joined with spaces, maybe not UTF-8. Form::Binary: the bytes. Form::Text: empty.
  const std::string& contents() const { return contents_; }

  /// The module's bytes: Text and Quote are parsed, Binary is copied. Diagnostics of Text count places in the whole script's
  /// text, those of Quote in the quoted text. Parses anew at every call. Thread-safe.
  std::expected<std::vector<u8>, Diagnostics> encode() const;

 private:
  friend class ScriptParser;
  Form form_ = Form::Text;
  bool component_ = false;
  bool allow_confusing_unicode_ = true;
  bool check_blocks_ = true;
  std::optional<std::string> id_;
  Place place_;
  std::string_view script_;  // the whole text
  u64 body_ = 0;             // Form::Text: offset behind the keywords `module definition`
  std::string_view file_;
  std::string contents_;
};

/// The lanes in which a v128 is written.
enum class LaneShape : u8 { I8x16, I16x8, I32x4, I64x2, F32x4, F64x2 };

/// An argument: what its kind says, in `bits` or `v128`.
struct Arg {
  enum class Kind : u8 {
    I32,        ///< bits, zero-extended
    I64,        ///< bits
    F32,        ///< bits of the float, zero-extended
    F64,        ///< bits of the float
    V128,       ///< v128
    RefNull,    ///< a null of `type`
    RefExtern,  ///< the host value number `bits`, as an externref
    RefHost,    ///< the host value number `bits`, as an anyref
  };
  Kind kind = Kind::I32;
  u64 bits = 0;
  Bits128 v128;
  LaneShape shape = LaneShape::I32x4;  ///< V128: as it is written
  ValType type;                        ///< RefNull only
};

/// What is expected of one float or float lane.
enum class NanPattern : u8 { Value, Canonical, Arithmetic };

/// An expected result.
struct Expected {
  enum class Kind : u8 {
    I32,        ///< bits, zero-extended
    I64,        ///< bits
    F32,        ///< bits, unless `nan` says otherwise
    F64,        ///< bits, unless `nan` says otherwise
    V128,       ///< v128 in lanes of `shape`; of float lanes those whose lane_nan is Value
    RefNull,    ///< a null; of `type`, if it is not Bottom
    RefExtern,  ///< a non-null externref; the host value number `bits`, if `has_number`
    RefHost,    ///< the host value number `bits`, as an anyref
    RefFunc,    ///< a non-null funcref (`bits` is the function's index, if `has_number`)
    RefAny,     ///< a non-null reference of the hierarchy or type named
    RefEq,
    RefArray,
    RefStruct,
    RefI31,
    RefI31Shared,
    Either,  ///< one of `either`
  };
  Kind kind = Kind::I32;
  NanPattern nan = NanPattern::Value;
  LaneShape shape = LaneShape::I32x4;
  bool has_number = false;
  std::array<NanPattern, 4> lane_nan{};
  u64 bits = 0;
  Bits128 v128;
  ValType type;
  std::vector<Expected> either;
};

/// `(invoke $module? "name" args...)`
struct Invoke {
  std::optional<std::string> module;  ///< identifier without `$`; nothing means the newest instance
  std::string name;
  std::vector<Arg> args;
  Place place;
};

/// `(get $module? "name")`
struct Get {
  std::optional<std::string> module;
  std::string name;
  Place place;
};

/// What an assertion executes: a call, a global's value, or a module's instantiation.
using Execute = std::variant<Invoke, Get, ScriptModule>;

/// `(module ...)`: define, validate, instantiate.
struct DefineAndInstantiate {
  ScriptModule module;
};
/// `(module definition ...)`: define and validate.
struct Define {
  ScriptModule module;
};
/// `(module instance $instance? $module?)`: instantiate a definition.
struct Instantiate {
  std::optional<std::string> instance;
  std::optional<std::string> module;
};
/// `(register "name" $module?)`
struct Register {
  std::string name;
  std::optional<std::string> module;
};
struct AssertReturn {
  Execute execute;
  std::vector<Expected> results;
};
struct AssertTrap {
  Execute execute;
  std::string message;
};
struct AssertExhaustion {
  Invoke call;
  std::string message;
};
struct AssertException {
  Execute execute;
};
struct AssertSuspension {
  Execute execute;
  std::string message;
};
/// `assert_malformed` and `assert_malformed_custom`
struct AssertMalformed {
  ScriptModule module;
  std::string message;
  bool custom = false;
};
/// `assert_invalid` and `assert_invalid_custom`
struct AssertInvalid {
  ScriptModule module;
  std::string message;
  bool custom = false;
};
struct AssertUnlinkable {
  ScriptModule module;
  std::string message;
};
struct Directive;
/// `(thread $name (shared (module $m))? directives...)`
struct Thread {
  std::string name;
  std::optional<std::string> shared_module;
  std::vector<Directive> directives;
};
/// `(wait $thread)`
struct Wait {
  std::string thread;
};

/// One directive and where its keyword stands.
struct Directive {
  Place place;
  std::variant<DefineAndInstantiate, Define, Instantiate, Register, Invoke, AssertReturn, AssertTrap, AssertExhaustion,
               AssertException, AssertSuspension, AssertMalformed, AssertInvalid, AssertUnlinkable, Thread, Wait>
      what;
};

/// A script: its directives, and the text that they refer into. Move-only.
struct Script {
  std::unique_ptr<const std::string> text;
  std::unique_ptr<const std::string> file;
  std::vector<Directive> directives;
};

/// Parses a script. A file that is a bare module is a script of one DefineAndInstantiate. Syntax errors in modules are found when
/// they are encoded, those in directives here. `options.allow_confusing_unicode` and `options.check_blocks` hold for the modules,
/// too.
std::expected<Script, Diagnostics> parse_wast(std::string_view source, const ParseOptions& options = {});

}  // namespace tenon::text
