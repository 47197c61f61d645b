// ModuleDesc: what a validated module is, for everyone who runs or compiles it.
//
// `front` makes one from bytes; an artifact can be mapped into one. The runtime and the tiers read only this, never the binary
// reader. All types in it are canonical in one engine's TypeStore. It is immutable once made and may be shared by threads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tenon/base/types.h"
#include "tenon/spec/opcodes.h"
#include "tenon/spec/types.h"

namespace tenon {

/// The type of an import or export; the alternative's position is its ExternKind. Functions and tags are TypeIds of function
/// types, told apart by FuncExtern and TagExtern.
struct FuncExtern {
  TypeId type;
  bool is_exact = false;  ///< of an import: its type is this one, not one below it (custom descriptors)
  bool operator==(const FuncExtern&) const = default;
};
struct TagExtern {
  TypeId type;
  bool operator==(const TagExtern&) const = default;
};
using ExternType = std::variant<FuncExtern, TableType, MemoryType, GlobalType, TagExtern>;

inline ExternKind kind_of(const ExternType& type) {
  return static_cast<ExternKind>(type.index());
}

struct ImportDesc {
  std::string module;
  std::string name;
  ExternType type;
};

struct ExportDesc {
  std::string name;
  ExternKind kind;
  u32 index;  ///< into the index space of `kind`
};

/// One instruction of a constant expression, in postfix order.
/// i32.const, i64.const, f32.const, f64.const: the bits in `a` (i32 sign-extended). v128.const: `a` low, `b` high half.
/// global.get, ref.func: the index in `a`. ref.null: the bits of the ValType in `a`. struct.new*, array.new*: the TypeId in `a`,
/// array.new_fixed the count in `b`. All others (arithmetic, ref.i31, conversions) have no operands here.
struct ConstInstr {
  Op op;
  u64 a = 0;
  u64 b = 0;
};
/// A constant expression as a small program over a stack; it leaves one value.
using ConstExpr = std::vector<ConstInstr>;

struct GlobalDesc {
  GlobalType type;
  ConstExpr init;
};

struct TableDesc {
  TableType type;
  ConstExpr init;  ///< empty: all elements null
};

enum class SegmentMode : u8 { Active, Passive, Declared };

/// An element segment: either functions by index (the common case, `exprs` empty) or constant expressions.
struct ElemDesc {
  SegmentMode mode = SegmentMode::Passive;
  ValType type;
  TableIndex table;  ///< Active
  ConstExpr offset;  ///< Active
  std::vector<FuncIndex> funcs;
  std::vector<ConstExpr> exprs;
  std::size_t size() const { return exprs.empty() ? funcs.size() : exprs.size(); }
};

/// A data segment. Its bytes are `ModuleDesc::bytes[begin, begin + size)`.
struct DataDesc {
  SegmentMode mode = SegmentMode::Passive;
  MemoryIndex memory;  ///< Active
  ConstExpr offset;    ///< Active
  u64 begin = 0;
  u64 size = 0;
};

/// Where a branch goes, for code that runs in place. Entries of a function lie in the order of the instructions that own them:
/// br, br_if, if (taken when the condition is false), else (taken when reached from the first arm: to the end), br_table (one for
/// each label, the default last), br_on_null, br_on_non_null, br_on_cast, br_on_cast_fail, and one for each catch clause at
/// its try_table. Legacy try: catch, catch_all and delegate, reached from above, own one that leads behind the matching end,
/// as else does; catch and catch_all own a second one, that of their clause. rethrow owns one whose `keep` is the local that
/// holds the exception.
///
/// A taken branch with the opcode's first byte at `pc` and its entry at `stp` (for br_table the label's own entry, for a catch
/// clause the clause's) goes on at pc + pc_delta with entry stp + entry_delta, keeping the `keep` topmost operands and removing
/// the `drop` operands beneath them. (For catch clauses `keep` is the number of values the clause pushes and `drop` is the
/// operand height of the label's stack below them, absolute.) The
/// target is the first instruction of a loop's body, the instruction after a block's end, and for the function's own label the
/// final end itself. An instruction that does not branch moves past its own entries.
struct SideEntry {
  i32 pc_delta;
  i32 entry_delta;
  u32 keep;
  u32 drop;
};

/// A clause of a try_table, or of a legacy try.
struct CatchClause {
  enum class Kind : u32 { Catch = 0, CatchRef = 1, CatchAll = 2, CatchAllRef = 3 };
  Kind kind;
  TagIndex tag;    ///< Catch, CatchRef
  u32 owner;       ///< offset in the module of the try_table's or catch's opcode (pc of its SideEntry)
  u32 side_entry;  ///< into BodyTables::side_table
};

/// In place of an index: there is none.
inline constexpr u32 kNoIndex = ~0u;

/// The instructions of which a try_table, or the first part of a legacy try, handles exceptions: offsets in the module of its
/// first inner instruction and of the instruction that ends it (end, catch, catch_all, delegate). Ranges of a function lie in
/// order of `begin`, which differ, and are nested or apart.
struct HandlerRange {
  u32 begin;
  u32 end;
  u32 first_catch;  ///< into ModuleDesc::catches
  u32 catch_count;
  u32 outer;      ///< the range around this one, counted from the function's first; or kNoIndex
  u32 next;       ///< whose turn it is where no clause fits: `outer`, or what a delegate names; kNoIndex: the caller's
  u32 exn_local;  ///< legacy: the local that keeps the exception for rethrow; or kNoIndex
};

/// In place of a list that would be too long: the loop may assign any local.
inline constexpr u32 kAllLocals = ~0u;

/// A loop: where its body starts, and which locals it assigns (what a compiler needs at its header).
struct LoopSummary {
  u32 offset;          ///< of the loop opcode in the module
  u32 first_assigned;  ///< into ModuleDesc::assigned_locals, sorted
  u32 assigned_count;  ///< or kAllLocals
};

/// A run of declared locals of one type.
struct LocalRun {
  u32 count;
  ValType type;
};

/// What validation learned about a function body; enough to run it in place and to plan its compilation.
struct FuncSummary {
  TypeId type;
  u32 func_index;   ///< in the module's function space
  u32 code_offset;  ///< of the first instruction, in ModuleDesc::bytes
  u32 code_end;     ///< one past the final end
  u32 body_offset;  ///< of the body (its local declarations); backtraces name code offsets in the module
  u32 param_count;
  u32 result_count;
  u32 local_count;       ///< parameters included, and behind the declared ones those that keep exceptions for rethrow
  u32 max_operands;      ///< greatest height of the operand stack
  u32 first_side_entry;  ///< into BodyTables::side_table
  u32 side_entry_count;
  u32 first_local_run;  ///< into BodyTables::local_runs (locals that are no parameters)
  u32 local_run_count;
  u32 first_handler;  ///< into BodyTables::handlers
  u32 handler_count;
  u32 first_loop;  ///< into BodyTables::loops
  u32 loop_count;
  u32 call_count;  ///< call instructions of every kind
  bool uses_v128;  ///< a v128 is ever an operand, local, parameter or result
  bool uses_refs;  ///< a reference is ever an operand, local, parameter or result
};

/// What validation wrote about function bodies, in their order.
struct BodyTables {
  std::vector<FuncSummary> code;  ///< own functions only; their indices point into the tables beside them
  std::vector<SideEntry> side_table;
  std::vector<LocalRun> local_runs;
  std::vector<HandlerRange> handlers;
  std::vector<CatchClause> catches;
  std::vector<LoopSummary> loops;
  std::vector<u32> assigned_locals;
};

/// Names from the name section, where it has them. Sorted by index.
struct NameMap {
  std::string module;
  std::vector<std::pair<u32, std::string>> funcs;
  /// The function's name, or an empty string.
  std::string_view func(u32 index) const;
};

/// A validated module.
struct ModuleDesc : BodyTables {
  /// The module's bytes. Function bodies run in place and data segments are read from here.
  std::vector<u8> owned_bytes;
  Bytes bytes;  ///< owned_bytes, or bytes that the maker keeps alive (a mapped file)
  std::shared_ptr<void> keep_alive;

  std::vector<TypeId> types;  ///< the module's type space, canonical
  std::vector<ImportDesc> imports;
  std::vector<ExportDesc> exports;

  // Index spaces, imports first. `imported_*` is where the module's own begin.
  std::vector<TypeId> funcs;
  std::vector<TableType> table_types;
  std::vector<MemoryType> memories;
  std::vector<GlobalType> global_types;
  std::vector<TypeId> tags;
  u32 imported_funcs = 0, imported_tables = 0, imported_memories = 0, imported_globals = 0, imported_tags = 0;

  std::vector<TableDesc> tables;    ///< own tables only
  std::vector<GlobalDesc> globals;  ///< own globals only
  std::vector<ElemDesc> elems;
  std::vector<DataDesc> datas;
  std::optional<FuncIndex> start;

  /// Functions that ref.func may name (exports, segments, globals): those for which a FuncRef must exist from the start.
  std::vector<bool> escaping_funcs;

  NameMap names;
  struct CustomSection {
    std::string name;
    u64 begin, size;  ///< contents in `bytes`
  };
  std::vector<CustomSection> customs;
};

}  // namespace tenon
