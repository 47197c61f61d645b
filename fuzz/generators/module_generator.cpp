#include "module_generator.h"

#include "body_generator.h"

namespace tenon::fuzz {

using encode::Sink;

namespace {

constexpr ValType kNumbers[] = {ValType::i32(), ValType::i64(), ValType::f32(), ValType::f64()};

/// Builds the definitions of one module, then its bodies, then damages it.
class ModuleGenerator {
 public:
  explicit ModuleGenerator(const GeneratorConfig& config) : config_(config), random_(config.seed), world_(config.features) {}

  GeneratedModule run() {
    GeneratedModule out;
    out.damaged = random_.chance(config_.damage_percent);
    bool damage_bytes = out.damaged && random_.chance(40);
    if (out.damaged && !damage_bytes) random_damage();
    make_types();
    make_imports();
    make_own();
    make_segments();
    make_exports();
    make_code();
    auto bytes = builder_.finish();
    if (bytes) out.bytes = std::move(*bytes);
    if (damage_bytes) damage(out.bytes);
    out.opcodes = world_.used;
    return out;
  }

 private:
  bool has(Feature feature) const { return config_.features.has(feature); }

  void random_damage() {
    world_.damage_at = random_.below(config_.body_size * 2);
    world_.damage_kind = random_.below(4);
  }

  ValType number() {
    if (has(Feature::Simd) && random_.chance(20)) return ValType::v128();
    return kNumbers[random_.below(4)];
  }

  /// A type that a value anywhere may have.
  ValType value_type() {
    if (!has(Feature::ReferenceTypes) || random_.chance(70)) return number();
    return reference();
  }

  ValType reference() {
    std::vector<ValType> choices = {ValType::funcref(), ValType::externref()};
    if (has(Feature::Exceptions) && has(Feature::Gc)) choices.push_back(ValType::exnref());
    if (has(Feature::Gc))
      for (AbstractHeap heap : {AbstractHeap::Any, AbstractHeap::Eq, AbstractHeap::I31, AbstractHeap::Struct, AbstractHeap::Array,
                                AbstractHeap::None, AbstractHeap::NoFunc, AbstractHeap::NoExtern})
        choices.push_back(ValType::ref(heap));
    if (has(Feature::FunctionReferences))
      for (u32 i = 0; i < world_.types.size(); ++i) choices.push_back(ValType::ref(TypeIndex(i)));
    return choices[random_.below(choices.size())];
  }

  TypeIndex add(SubType type) {
    world_.types.push_back(type);
    return builder_.types.add(type);
  }
  TypeIndex func(std::vector<ValType> params, std::vector<ValType> results) {
    SubType type;
    type.composite = FuncType{std::move(params), std::move(results)};
    return add(std::move(type));
  }

  void make_types() {
    using V = ValType;
    func({}, {});
    func({V::i32()}, {V::i32()});
    func({V::i32(), V::i64()}, {V::i64()});
    func({V::f32()}, {V::f64()});
    func({V::i32()}, {});
    if (has(Feature::MultiValue)) func({V::i64(), V::f32()}, {V::f32(), V::i32()});
    for (u32 extra = random_.below(4); extra > 0; --extra) {
      std::vector<V> params, results;
      for (u32 n = random_.below(5); n > 0; --n) params.push_back(value_type());
      for (u32 n = random_.below(has(Feature::MultiValue) ? 4 : 2); n > 0; --n) results.push_back(value_type());
      func(std::move(params), std::move(results));
    }
    if (has(Feature::Gc)) make_gc_types();
    if (has(Feature::StackSwitching)) make_cont_types();
  }

  void make_gc_types() {
    u32 base = static_cast<u32>(world_.types.size());
    auto structure = [](std::vector<FieldType> fields, bool final) {
      SubType type;
      type.is_final = final;
      type.composite = StructType{std::move(fields)};
      return type;
    };
    auto array = [](ValType element) {
      SubType type;
      type.composite = ArrayType{{element, true}};
      return type;
    };
    FieldType byte{ValType(TypeKind::I8), true}, word{ValType::i32(), true}, real{ValType::f64(), false};
    add(structure({byte, word}, false));
    SubType derived = structure({byte, word, {ValType(TypeKind::I16), true}, real}, false);
    derived.supertype = ValType::ref(TypeIndex(base), false);
    add(derived);
    add(array(ValType(TypeKind::I8)));
    add(array(ValType::i32()));
    add(array(ValType::f64()));
    add(array(ValType::ref(TypeIndex(base))));
    add(array(ValType::funcref()));
    // Two types that refer to each other.
    u32 rec = static_cast<u32>(world_.types.size());
    std::vector<SubType> group = {structure({{ValType::ref(TypeIndex(rec + 1)), true}}, true),
                                  structure({{ValType::ref(TypeIndex(rec)), true}, {value_type(), true}}, true)};
    for (const SubType& type : group) world_.types.push_back(type);
    builder_.types.rec(group);
  }

  void make_cont_types() {
    auto cont = [&](TypeIndex of) {
      SubType type;
      type.composite = ContType{ValType::ref(of, false)};
      return add(type);
    };
    Conts& conts = world_.conts;
    conts.plain = cont(TypeIndex(0));                               // [] -> []
    conts.unary = cont(TypeIndex(1));                               // [i32] -> [i32]
    conts.thunk = cont(func({}, {ValType::i32()}));                 // [] -> [i32]
    conts.switching = cont(func({ValType::ref(conts.plain)}, {}));  // [(ref null plain)] -> []
    conts.thunk_func = TypeIndex(conts.thunk.value() - 1);
  }

  void make_imports() {
    auto name = [&] { return "i" + std::to_string(world_.imports++); };
    for (u32 n = random_.below(3); n > 0; --n) {
      TypeIndex type = random_func_type();
      builder_.imports.func("m", name(), type);
      world_.funcs.push_back(type);
    }
    for (u32 n = random_.below(3); n > 0; --n) {
      GlobalType type{value_type(), has(Feature::MutableGlobal) && random_.chance(30)};
      builder_.imports.global("m", name(), type);
      world_.globals.push_back(type);
    }
    world_.imported_globals = static_cast<u32>(world_.globals.size());
    if (random_.chance(20)) {
      MemoryType type = memory_type();
      builder_.imports.memory("m", name(), type);
      world_.memories.push_back(type);
    }
    if (random_.chance(20)) {
      TableType type = table_type();
      builder_.imports.table("m", name(), type);
      world_.tables.push_back(type);
    }
  }

  TypeIndex random_func_type() {
    for (;;) {
      u32 i = random_.below(world_.types.size());
      if (world_.types[i].func() != nullptr) return TypeIndex(i);
    }
  }

  MemoryType memory_type() {
    MemoryType type;
    type.limits.min = random_.below(3);
    if (random_.chance(50)) type.limits.max = type.limits.min + random_.below(10);
    type.is_64 = has(Feature::Memory64) && random_.chance(30);
    if (has(Feature::Threads) && random_.chance(30)) {
      type.is_shared = true;
      if (!type.limits.max) type.limits.max = 10;
    }
    if (has(Feature::CustomPageSizes) && random_.chance(20)) type.page_size_log2 = 0;
    return type;
  }

  TableType table_type() {
    TableType type;
    type.element = has(Feature::ReferenceTypes) && random_.chance(40) ? reference() : ValType::funcref();
    type.limits.min = random_.below(20);
    if (random_.chance(50)) type.limits.max = type.limits.min + random_.below(10);
    type.is_64 = has(Feature::Memory64) && random_.chance(20);
    return type;
  }

  void make_own() {
    u32 functions = 1 + random_.below(3);
    for (u32 n = 0; n < functions; ++n) {
      TypeIndex type = random_func_type();
      builder_.functions.item().uleb(type.value());
      world_.funcs.push_back(type);
      own_funcs_.push_back(type);
    }
    u32 memories = has(Feature::MultiMemory) ? 1 + random_.below(2) : world_.memories.empty();
    for (; memories > 0; --memories) {
      MemoryType type = memory_type();
      encode::memory_type(builder_.memories.item(), type);
      world_.memories.push_back(type);
    }
    u32 tables = has(Feature::ReferenceTypes) ? 1 + random_.below(3) : world_.tables.empty();
    for (; tables > 0; --tables) {
      TableType type = table_type();
      if (world_.tables.empty()) type.element = ValType::funcref();
      encode::table_type(builder_.tables.item(), type);
      world_.tables.push_back(type);
    }
    if (has(Feature::Exceptions) || has(Feature::LegacyExceptions)) {
      for (u32 type : {0u, 4u, 1u}) {
        if (type == 1 && !has(Feature::StackSwitching)) continue;  // tags with results belong to stack switching
        encode::tag_type(builder_.tags.item(), TypeIndex(type));
        world_.tags.push_back(TypeIndex(type));
      }
    }
    for (u32 n = 2 + random_.below(4); n > 0; --n) {
      GlobalType type{value_type(), random_.chance(60)};
      Sink& sink = builder_.globals.item();
      encode::global_type(sink, type);
      constant(sink, type.content);
      world_.globals.push_back(type);
    }
  }

  /// A constant expression of a type, its end included.
  void constant(Sink& sink, ValType type) {
    BodyGenerator body(world_, random_, sink);
    body.constant(type, 2);
    body.op(Op::End);
  }

  void make_segments() {
    u32 datas = has(Feature::BulkMemory) ? 1 + random_.below(3) : random_.below(2);
    for (u32 n = 0; n < datas; ++n) {
      std::vector<u8> bytes(random_.below(20));
      for (u8& byte : bytes) byte = static_cast<u8>(random_.below(256));
      if (has(Feature::BulkMemory) && random_.chance(60)) {
        builder_.data.passive(bytes);
      } else {
        u32 memory = random_.below(world_.memories.size());
        Sink offset;
        BodyGenerator(world_, random_, offset).constant(world_.memories[memory].is_64 ? ValType::i64() : ValType::i32(), 1);
        builder_.data.active(MemoryIndex(memory), offset.view(), bytes);
      }
    }
    world_.datas = datas;
    if (has(Feature::BulkMemory)) builder_.data_count = datas;
    make_elements();
  }

  void make_elements() {
    // Form 0: active in table 0, function indices; with reference types form 5: passive with expressions, form 3: declared.
    if (world_.tables[0].element == ValType::funcref() && !world_.tables[0].is_64) {
      Sink& sink = builder_.elements.item();
      sink.uleb(0);
      encode::i32_const(sink, 0);
      encode::end(sink);
      functions(sink);
      world_.elems.push_back(ValType::funcref().with_nullable(!has(Feature::FunctionReferences)));
    }
    if (!has(Feature::ReferenceTypes) || !has(Feature::BulkMemory)) return;
    for (u32 table = 0; table < world_.tables.size(); ++table) {
      if (!random_.chance(60)) continue;
      ValType type = world_.tables[table].element;
      if (!type.nullable()) continue;
      Sink& sink = builder_.elements.item();
      bool active = random_.chance(30);
      sink.uleb(active ? 6 : 5);
      if (active) {
        sink.uleb(table);
        constant(sink, world_.tables[table].is_64 ? ValType::i64() : ValType::i32());
      }
      encode::val_type(sink, type);
      u32 count = random_.below(4);
      sink.uleb(count);
      for (; count > 0; --count) constant(sink, type);
      world_.elems.push_back(type);
    }
    // All functions are declared, so that ref.func may name any of them.
    Sink& sink = builder_.elements.item();
    sink.uleb(3);
    sink.push_back(0);
    sink.uleb(world_.funcs.size());
    for (u32 i = 0; i < world_.funcs.size(); ++i) sink.uleb(i);
    world_.elems.push_back(ValType::funcref());
  }

  void functions(Sink& sink) {
    u32 count = random_.below(4);
    sink.uleb(count);
    for (; count > 0; --count) sink.uleb(random_.below(world_.funcs.size()));
  }

  void make_exports() {
    for (u32 i = 0; i < world_.funcs.size(); ++i) builder_.exports.add("f" + std::to_string(i), ExternKind::Func, i);
    for (u32 i = 0; i < world_.memories.size(); ++i) builder_.exports.add("m" + std::to_string(i), ExternKind::Memory, i);
    for (u32 i = 0; i < world_.tables.size(); ++i) builder_.exports.add("t" + std::to_string(i), ExternKind::Table, i);
    for (u32 i = 0; i < world_.globals.size(); ++i)
      if (has(Feature::MutableGlobal) || !world_.globals[i].is_mutable)
        builder_.exports.add("g" + std::to_string(i), ExternKind::Global, i);
    for (u32 i = 0; i < world_.tags.size(); ++i) builder_.exports.add("e" + std::to_string(i), ExternKind::Tag, i);
    for (u32 i = 0; i < world_.funcs.size(); ++i) {
      const FuncType& type = *world_.types[world_.funcs[i].value()].func();
      if (type.params.empty() && type.results.empty() && random_.chance(30)) {
        builder_.starts.push_back(FuncIndex(i));
        break;
      }
    }
  }

  void make_code() {
    for (TypeIndex type : own_funcs_) {
      Sink body;
      std::vector<ValType> locals;
      for (u32 n = random_.below(6); n > 0; --n) {
        ValType local = value_type();
        locals.push_back(local);
      }
      encode::LocalGroups groups;
      for (ValType local : locals) groups.add(local);
      groups.write(body);
      BodyGenerator(world_, random_, body).function(*world_.types[type.value()].func(), locals, config_.body_size);
      builder_.code.body(body.view());
    }
  }

  void damage(std::vector<u8>& bytes) {
    if (bytes.size() <= 8) return;
    switch (random_.below(4)) {
      case 0:
        bytes.resize(8 + random_.below(bytes.size() - 8));
        break;
      case 1:
        bytes.erase(bytes.begin() + 8 + random_.below(bytes.size() - 8));
        break;
      default:
        bytes[8 + random_.below(bytes.size() - 8)] = static_cast<u8>(random_.below(256));
    }
  }

  GeneratorConfig config_;
  Random random_;
  World world_;
  encode::ModuleBuilder builder_;
  std::vector<TypeIndex> own_funcs_;
};

}  // namespace

GeneratedModule generate_module(const GeneratorConfig& config) {
  return ModuleGenerator(config).run();
}

}  // namespace tenon::fuzz
