// Identifiers, strings and types.
#include "printer.h"

#include "tenon/base/utf8.h"

namespace tenon::print {

void Printer::write_color(Color color) {
  switch (color) {
    case Color::Name:
      return write("\x1b[0m\x1b[35m");
    case Color::Literal:
      return write("\x1b[0m\x1b[31m");
    case Color::Keyword:
      return write("\x1b[0m\x1b[1m\x1b[38;5;11m");
    case Color::Type:
      return write("\x1b[0m\x1b[1m\x1b[38;5;10m");
    case Color::Comment:
      return write("\x1b[0m\x1b[36m");
  }
}

// ---- Identifiers and strings ----

void Printer::write_string_contents(std::string_view text) {
  Bytes bytes = as_bytes(text);
  std::size_t plain = 0;  // start of what needs no escape
  for (std::size_t at = 0; at < bytes.size();) {
    u8 byte = bytes[at];
    if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') {
      ++at;
      continue;
    }
    write(text.substr(plain, at - plain));
    std::size_t next = at;
    char32_t scalar = decode_utf8(bytes, next).value_or(0xfffd);
    at = plain = next > at ? next : at + 1;
    write("\\u{");
    to_->write_number(static_cast<u32>(scalar), 16);
    write('}');
  }
  write(text.substr(plain));
}

void Printer::write_string(std::string_view text) {
  paint(Color::Literal);
  write('"');
  write_string_contents(text);
  write('"');
  unpaint();
}

void Printer::write_bytes(Bytes bytes) {
  paint(Color::Literal);
  write('"');
  const u8* at = bytes.data();
  const u8* end = at + bytes.size();
  while (at != end) {
    // A byte makes three characters at most.
    to_->make_room();
    const u8* stop = at + std::min<std::size_t>(static_cast<std::size_t>(end - at), Out::kRoom / 3);
    for (; at != stop; ++at) {
      u8 byte = *at;
      if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') {
        to_->put(static_cast<char>(byte));
      } else {
        to_->put('\\');
        to_->put("0123456789abcdef"[byte >> 4]);
        to_->put("0123456789abcdef"[byte & 15]);
      }
    }
  }
  write('"');
  unpaint();
}

void Printer::write_identifier(const Name& name, std::string_view word, u32 index) {
  if (name.form == Name::Form::Plain) {
    write('$');
    return write(name.text);
  }
  write("$\"");
  if (name.form == Name::Form::Synthetic) {
    write('#');
    write(word);
    write_number(index);
    write(' ');
  }
  write_string_contents(name.text);
  write('"');
}

void Printer::write_name(const Name& name, std::string_view word, u32 index) {
  write_identifier(name, word, index);
  if (name.form != Name::Form::Synthetic) return;
  write(' ');
  start_group("@name \"");
  write_string_contents(name.text);
  write('"');
  end_group();
}

void Printer::write_idx(const Space& space, u32 index) {
  paint(Color::Name);
  if (const Name* name = (names_.*space.names).find(index)) {
    write_identifier(*name, space.word, index);
  } else {
    if (options_.name_unnamed) {
      write("$#");
      write(space.word);
    }
    write_number(index);
  }
  unpaint();
}

void Printer::write_cur_name(const Space& space, u32 index) {
  paint(Color::Name);
  if (const Name* name = (names_.*space.names).find(index)) {
    write_name(*name, space.word, index);
    write(' ');
  } else if (options_.name_unnamed) {
    write("$#");
    write(space.word);
    write_number(index);
    write(' ');
  }
  write("(;");
  write_number(index);
  write(";)");
  unpaint();
}

// Names of locals and labels belong to the function that comes next or is being printed.
void Printer::load_body_names() {
  if (names_loaded_for_ == funcs_) return;
  names_loaded_for_ = funcs_;
  if (!names_.locals.empty()) {
    local_names_.clear();
    names_.locals.load(funcs_, true, local_names_);
  }
  if (!names_.labels.empty()) {
    label_names_.clear();
    names_.labels.load(funcs_, false, label_names_);
  }
}

void Printer::write_local_idx(u32 index) {
  paint(Color::Name);
  if (const Name* name = local_names_.find(index)) {
    write_identifier(*name, "local", index);
  } else {
    if (options_.name_unnamed) write("$#local");
    write_number(index);
  }
  unpaint();
}

void Printer::write_field_idx(u32 type, u32 index) {
  paint(Color::Name);
  if (auto found = names_.fields.find(u64{type} << 32 | index); found != names_.fields.end()) {
    write_identifier(found->second, "field", index);
  } else {
    if (options_.name_unnamed) write("$#field");
    write_number(index);
  }
  unpaint();
}

// ---- Value types ----

void Printer::write_type_word(std::string_view word) {
  paint(Color::Type);
  write(word);
  unpaint();
}

void Printer::write_val_type(ValType type) {
  switch (type.kind()) {
#define NUM_TYPE(Name, text, code) \
  case TypeKind::Name:             \
    return write_type_word(text);
#include "tenon/spec/types.def"
    case TypeKind::I8:
      return write("i8");
    case TypeKind::I16:
      return write("i16");
    default:
      return write_ref_type(type);
  }
}

void Printer::write_ref_type(ValType type) {
  if (!type.nullable()) {
    start_group("ref ");
    write_heap_type(type);
    return end_group();
  }
  // Continuations have short forms in the tables that the printer of others does not use.
  bool is_short =
      type.is_abstract() && !type.shared() && !type.is_abstract(AbstractHeap::Cont) && !type.is_abstract(AbstractHeap::NoCont);
  if (is_short) return write_type_word(info(type.abstract_heap()).nullable_text);
  start_group("ref");
  write(" null ");
  write_heap_type(type);
  end_group();
}

void Printer::write_heap_type(ValType type) {
  if (type.is_concrete()) {
    if (type.exact()) start_group("exact ");
    write_idx(spaces::kType, type.type_index().value());
    if (type.exact()) end_group();
    return;
  }
  if (type.shared()) start_group("shared ");
  write_type_word(info(type.abstract_heap()).text);
  if (type.shared()) end_group();
}

// ---- Type definitions ----

void Printer::write_type_ref(u32 index) {
  start_group("type ");
  write_idx(spaces::kType, index);
  end_group();
}

u32 Printer::write_func_type_of(u32 index, bool with_names) {
  write_type_ref(index);
  if (index >= types_.size()) return 0;
  const SubType& type = types_[index];
  const FuncType* func = type.func();
  return func && !type.is_shared && !type.describes && !type.descriptor ? write_func_type(*func, with_names) : 0;
}

u32 Printer::write_func_type(const FuncType& type, bool with_names) {
  if (!type.params.empty()) {
    write(' ');
    write_locals("param", type.params, 0, with_names);
  }
  if (!type.results.empty()) {
    write(' ');
    start_group("result");
    for (ValType result : type.results) {
      write(' ');
      write_val_type(result);
    }
    end_group();
  }
  return static_cast<u32>(type.params.size());
}

// A local that has a name stands in a group of its own; those without share one, which stays open where the list is cut short
// by a fault.
void Printer::write_locals(std::string_view word, std::span<const ValType> types, u32 first, bool with_names, bool finish) {
  bool open = false;
  for (std::size_t i = 0; i < types.size(); ++i) {
    u32 index = first + static_cast<u32>(i);
    const Name* name = with_names ? local_names_.find(index) : nullptr;
    bool made_up = !name && with_names && options_.name_unnamed;
    if (name && open) {
      end_group();
      open = false;
    }
    if (i > 0) write(' ');
    if (!open) {
      start_group(word);
      write(' ');
      open = true;
    }
    if (name) {
      write_name(*name, "local", index);
      write(' ');
    } else if (made_up) {
      write("$#local");
      write_number(index);
      write(' ');
    }
    write_val_type(types[i]);
    if (name || made_up) {
      end_group();
      open = false;
    }
  }
  if (open && finish) end_group();
}

void Printer::write_field(const FieldType& field, u32 type, u32 index, bool is_struct) {
  write(' ');
  if (is_struct) {
    if (auto found = names_.fields.find(u64{type} << 32 | index); found != names_.fields.end()) {
      write_identifier(found->second, "field", index);
      write(' ');
    } else if (options_.name_unnamed) {
      write("$#field");
      write_number(index);
      write(' ');
    }
  }
  if (field.is_mutable) write("(mut ");
  write_val_type(field.storage);
  if (field.is_mutable) write(')');
}

void Printer::write_composite(const SubType& type, u32 index) {
  if (type.is_shared) {
    start_group("shared");
    write(' ');
  }
  auto clause = [&](std::string_view word, const std::optional<ValType>& other) {
    if (!other) return;
    start_group(word);
    spaced_idx(spaces::kType, other->type_index().value());
    end_group();
    write(' ');
  };
  clause("describes", type.describes);
  clause("descriptor", type.descriptor);
  if (const FuncType* func = type.func()) {
    start_group("func");
    write_func_type(*func, false);
  } else if (const StructType* structure = type.structure()) {
    start_group("struct");
    for (std::size_t i = 0; i < structure->fields.size(); ++i) {
      write(" (field");
      write_field(structure->fields[i], index, static_cast<u32>(i), true);
      write(')');
    }
  } else if (const ArrayType* array = type.array()) {
    start_group("array");
    write_field(array->element, index, 0, false);
  } else {
    start_group("cont");
    spaced_idx(spaces::kType, type.cont()->func.type_index().value());
  }
  end_group();
  if (type.is_shared) end_group();
}

void Printer::write_sub_type(const SubType& type, u32 index) {
  if (type.is_final && !type.supertype) return write_composite(type, index);
  start_group("sub");
  write(' ');
  if (type.is_final) write("final ");
  if (type.supertype) {
    write_idx(spaces::kType, type.supertype->type_index().value());
    write(' ');
  }
  write_composite(type, index);
  end_group();
}

void Printer::write_type_def(SubType type) {
  u32 index = static_cast<u32>(types_.size());
  start_group("type ");
  write_cur_name(spaces::kType, index);
  write(' ');
  write_sub_type(type, index);
  end_group();
  types_.push_back(std::move(type));
}

// ---- Types of imports and definitions ----

void Printer::write_limits(const Limits& limits) {
  paint(Color::Literal);
  write_number(limits.min);
  if (limits.max) {
    write(' ');
    write_number(*limits.max);
  }
  unpaint();
}

void Printer::write_table_type(const TableType& type, bool with_name) {
  start_group("table ");
  if (with_name) {
    write_cur_name(spaces::kTable, tables_);
    write(' ');
  }
  if (type.is_shared) write_type_word("shared ");
  if (type.is_64) write_type_word("i64 ");
  write_limits(type.limits);
  write(' ');
  write_ref_type(type.element);
}

void Printer::write_memory_type(const MemoryType& type, bool custom_page_size, bool with_name) {
  start_group("memory ");
  if (with_name) {
    write_cur_name(spaces::kMemory, memories_);
    write(' ');
  }
  if (type.is_64) write_type_word("i64 ");
  write_limits(type.limits);
  if (type.is_shared) write_type_word(" shared");
  if (!custom_page_size) return;
  write(' ');
  start_group("pagesize ");
  write("0x");
  to_->write_number(type.page_size(), 16);
  end_group();
}

void Printer::write_tag_type(u32 type, bool with_name) {
  start_group("tag ");
  if (with_name) {
    write_cur_name(spaces::kTag, tags_);
    write(' ');
  }
  write_func_type_of(type, false);
}

void Printer::write_global_type(const GlobalType& type, bool with_name) {
  start_group("global ");
  if (with_name) {
    write_cur_name(spaces::kGlobal, globals_);
    write(' ');
  }
  bool group = type.is_shared || type.is_mutable;
  if (group) write('(');
  if (type.is_shared) write_type_word("shared ");
  if (type.is_mutable) write_type_word("mut ");
  write_val_type(type.content);
  if (group) write(')');
}

}  // namespace tenon::print
