// Printer: walks a module once and writes each item as it is met. Sections are in sections.cpp, types and identifiers in
// types.cpp, annotations in customs.cpp, instructions in instructions.cpp and folded.cpp.
//
// Text goes to `out_`, through `to_`, which is another buffer while a folded instruction is put together.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "names.h"
#include "out.h"
#include "stacks.h"
#include "tenon/binary/ops.h"
#include "tenon/binary/parser.h"

namespace tenon::print {

/// What stands before an instruction.
enum class Separator : u8 { Newline, None, NoneThenSpace, Space };

/// An index space with names.
struct Space {
  const NameTable ModuleNames::* names;
  std::string_view word;  ///< in synthetic names
};
namespace spaces {
inline constexpr Space kFunc{&ModuleNames::funcs, "func"}, kType{&ModuleNames::types, "type"},
    kTable{&ModuleNames::tables, "table"}, kMemory{&ModuleNames::memories, "memory"}, kGlobal{&ModuleNames::globals, "global"},
    kElem{&ModuleNames::elems, "elem"}, kData{&ModuleNames::data, "data"}, kTag{&ModuleNames::tags, "tag"};
}  // namespace spaces

/// One hint of the section metadata.code.branch_hint.
struct BranchHint {
  u64 offset = 0;       ///< of the hint itself in the module
  u32 func_offset = 0;  ///< of the instruction in its body
  bool taken = false;
};

class FoldedCode;

class Printer {
 public:
  Printer(Bytes bytes, const Options& options, Sink& sink);
  ~Printer();

  Result<> print();

 private:
  friend class FoldedCode;
  using Immediates = binary::Immediates;

  static constexpr int kMaxIndent = 50;

  // What is written in colour, and the escapes around it.
  enum class Color : u8 { Name, Literal, Keyword, Type, Comment };
  void paint(Color color) {
    if (color_) [[unlikely]]
      write_color(color);
  }
  void unpaint() {
    if (color_) [[unlikely]]
      to_->write("\x1b[0m");
  }
  void write_color(Color color);

  void write(std::string_view text) { to_->write(text); }
  void write(char c) { to_->write(c); }
  template <class T>
  void write_number(T value) {
    to_->write_number(value);
  }

  void newline(u64 offset) {
    if (options_.offsets) [[unlikely]]
      return newline_with_offset(&offset);
    plain_newline();
  }
  void newline_unknown() {
    if (options_.offsets) [[unlikely]]
      return newline_with_offset(nullptr);
    plain_newline();
  }
  void plain_newline() {
    ++line_;
    std::size_t levels = nesting_ < kMaxIndent ? nesting_ : kMaxIndent;
    write(std::string_view(line_start_).substr(0, 1 + levels * options_.indent.size()));
  }
  void newline_with_offset(const u64* offset);

  void start_group(std::string_view word);
  void end_group();
  void end_group_at(u64 offset);

  // Identifiers (types.cpp).
  void write_identifier(const Name& name, std::string_view word, u32 index);
  void write_name(const Name& name, std::string_view word, u32 index);
  void write_idx(const Space& space, u32 index);
  void write_cur_name(const Space& space, u32 index);
  void write_local_idx(u32 index);
  void write_field_idx(u32 type, u32 index);
  void write_string(std::string_view text);
  void write_string_contents(std::string_view text);
  void write_bytes(Bytes bytes);
  void load_body_names();

  // Types (types.cpp).
  void write_val_type(ValType type);
  void write_ref_type(ValType type);
  void write_heap_type(ValType type);
  void write_type_word(std::string_view word);
  void write_type_ref(u32 index);
  u32 write_func_type_of(u32 index, bool with_names);
  u32 write_func_type(const FuncType& type, bool with_names);
  void write_locals(std::string_view word, std::span<const ValType> types, u32 first, bool with_names, bool finish = true);
  void write_field(const FieldType& field, u32 type, u32 index, bool is_struct);
  void write_sub_type(const SubType& type, u32 index);
  void write_composite(const SubType& type, u32 index);
  void write_type_def(SubType type);
  void write_limits(const Limits& limits);
  void write_table_type(const TableType& type, bool with_name);
  void write_memory_type(const MemoryType& type, bool custom_page_size, bool with_name);
  void write_tag_type(u32 type, bool with_name);
  void write_global_type(const GlobalType& type, bool with_name);

  // Sections (sections.cpp).
  Result<> read_names(binary::Parser parser, Bytes rest);
  Result<> payload(const binary::Payload& payload);
  Result<> section(const binary::ItemSection& section);
  Result<> type_section(const binary::Section& section);
  Result<> import_section(const binary::Section& section);
  Result<> function_section(const binary::Section& section);
  Result<> table_section(const binary::Section& section);
  Result<> memory_section(const binary::Section& section);
  Result<> tag_section(const binary::Section& section);
  Result<> global_section(const binary::Section& section);
  Result<> export_section(const binary::Section& section);
  Result<> element_section(const binary::Section& section);
  Result<> data_section(const binary::Section& section);
  void write_import_type(const binary::ImportType& type, bool with_name);
  void count_import(const binary::ImportType& type);
  Result<> const_expr(const binary::ConstBytes& expr, bool fold);
  Result<> const_expr_sugar(const binary::ConstBytes& expr, std::string_view word);
  Result<> code_entry(const binary::CodeEntry& body);
  Result<u64> func_body(Reader& reader, u64 func_start, u32 params, std::span<const BranchHint> hints, StackNotes* notes);
  Result<> write_local_section(Reader& reader, u32 params);

  // Annotations (customs.cpp).
  Result<> custom_section(const binary::CustomSection& section);
  void raw_custom_section(const binary::CustomSection& section);
  Result<> producers_section(const binary::CustomSection& section);
  Result<> dylink_section(const binary::CustomSection& section);
  Result<> dylink_part(u8 id, Reader& part, u64 start);
  void write_symbol_flags(u32 flags);
  void read_branch_hints(const binary::CustomSection& section);

  // Instructions (instructions.cpp).
  struct OperatorState {
    u64 offset = 0;
    u32 nesting_start = 0;
    u32 label = 0;
    Separator separator = Separator::Newline;
  };
  // An open label with a number that finds its name.
  struct Label {
    u32 number;
    const Name* name;
    u32 shadowed;  ///< place of the label of the same name that this one hides, or kNoLabel
  };
  static constexpr u32 kNoLabel = ~0u;

  Result<u64> operators(Reader& reader, std::span<const BranchHint> hints, u64 func_start, FoldedCode* folded, StackNotes* notes);
  void begin_operators(Separator separator);
  void read_op(Reader& reader, Op& op, Immediates& imm);
  void print_op(Op op, const Immediates& imm);
  void separator();
  void write_op_immediates(Op op, const Immediates& imm);
  void write_special_immediates(Op op, const Immediates& imm);
  void write_ordering(const Immediates& imm);
  void write_mem_arg(Op op, const Immediates& imm);
  void write_block_type(const binary::BlockType& type, bool& named);
  void write_label_comment(bool named);
  void write_stack_note(const StackNote& note, u32 results);
  void write_depth(u32 depth);
  void write_catches(const Immediates& imm);
  void write_handlers(const Immediates& imm);
  void write_float(u64 bits, bool is_double);
  void push_label();
  void pop_label();
  u32 depth() const { return nesting_ - op_.nesting_start; }
  void spaced_idx(const Space& space, u32 index) {
    write(' ');
    write_idx(space, index);
  }

  Bytes bytes_;
  const Options& options_;
  Out out_;
  Out* to_;
  bool color_;
  std::string line_start_;
  u32 nesting_ = 0;
  u32 line_ = 0;
  std::vector<u32> group_lines_;
  const char* custom_place_ = "before first";

  ModuleNames names_;
  std::vector<SubType> types_;
  std::vector<u32> func_types_, tag_types_;  ///< type indices
  u32 funcs_ = 0, tables_ = 0, memories_ = 0, tags_ = 0, globals_ = 0;
  u32 names_loaded_for_ = ~0u;
  NameTable local_names_, label_names_;
  struct HintedFunc {
    u32 func;
    std::vector<BranchHint> hints;
  };
  std::vector<HintedFunc> hints_;  ///< the next function's at the end

  OperatorState op_;
  std::vector<Label> labels_;
  std::unordered_map<std::string_view, u32> label_places_;  ///< innermost label of each name
  binary::BlockOrder order_;
  std::unique_ptr<FoldedCode> folded_;
  std::unique_ptr<StackTracer> stacks_;
};

}  // namespace tenon::print
