#include "module_generator.h"

#include "body_generator.h"

namespace tenon::fuzz {

using encode::Sink;

namespace {

constexpr ValType kNumbers[] = {ValType::i32(), ValType::i64(), ValType::f32(), ValType::f64()};

/// Builds the definitions of one module, then its bodies, then damages it.
class ModuleGenerator {
 public:
  explicit ModuleGenerator(const GeneratorConfig& config)
      : config_(config), random_(config.seed, config.choices), world_(config.features) {
    world_.running.on = config.run;
    world_.running.canonical_nans = config.canonical_nans;
  }

  GeneratedModule run() {
    GeneratedModule out;
    out.damaged = random_.chance(config_.damage_percent);
    bool damage_bytes = out.damaged && random_.chance(40);
    if (out.damaged && !damage_bytes) random_damage();
    make_types();
    make_imports();
    make_own();
    if (config_.run) make_entries();
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
    bool legacy = config_.run && has(Feature::LegacyExceptions);  // engines refuse modules with both forms
    if (has(Feature::Exceptions) && has(Feature::Gc) && !legacy) choices.push_back(ValType::exnref());
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
    // Functions of objects.
    for (u32 n = 1 + random_.below(3); n > 0; --n) {
      auto object = [&] { return ValType::ref(TypeIndex(base + random_.below(rec + 2 - base))); };
      std::vector<ValType> params = {object(), value_type()}, results;
      if (random_.chance(60)) results.push_back(object());
      func(std::move(params), std::move(results));
    }
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

  // What hosts of differential runs define.
  void import_from_peers() {
    for (u32 n = 0; n < 2; ++n) {
      builder_.imports.func("m", "h" + std::to_string(n), TypeIndex(1 + n));
      world_.funcs.push_back(TypeIndex(1 + n));
    }
    auto global = [&](const char* name, GlobalType type) {
      builder_.imports.global("m", name, type);
      world_.globals.push_back(type);
    };
    global("gi", {ValType::i32(), false});
    if (has(Feature::MutableGlobal)) global("gl", {ValType::i64(), true});
    world_.imported_globals = static_cast<u32>(world_.globals.size());
    if (random_.chance(20)) {
      MemoryType type;
      type.limits = {1, 4};
      builder_.imports.memory("m", "mem", type);
      world_.memories.push_back(type);
    }
    if (random_.chance(20)) {
      TableType type;
      type.element = ValType::funcref();
      type.limits = {10, 30};
      builder_.imports.table("m", "tab", type);
      world_.tables.push_back(type);
    }
  }

  void make_imports() {
    if (config_.run) return import_from_peers();
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
    if (config_.run) {
      u64 bytes = type.page_size_log2 == 0 ? 8192 : 1;
      type.limits.min = bytes + random_.below(2);
      type.limits.max = type.limits.min + random_.below(3);  // how far the others grow is up to engines
    }
    return type;
  }

  TableType table_type() {
    TableType type;
    type.element = has(Feature::ReferenceTypes) && random_.chance(40) ? reference() : ValType::funcref();
    type.limits.min = random_.below(20);
    if (random_.chance(50)) type.limits.max = type.limits.min + random_.below(10);
    type.is_64 = has(Feature::Memory64) && random_.chance(20);
    if (config_.run) {
      type.limits.min += 10;
      type.limits.max = type.limits.min + random_.below(10);
    }
    return type;
  }

  void make_own() {
    u32 functions = 1 + random_.below(3) + (config_.run ? 1 : 0);
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
      if (world_.tables.empty() && config_.run) type.is_64 = false;
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

  /// What the functions of a module that is run share, and the types of its entries.
  void make_entries() {
    world_.running.fuel = static_cast<u32>(world_.globals.size());
    world_.running.sum = world_.running.fuel + 1;
    Sink& fuel = builder_.globals.item();
    encode::global_type(fuel, {ValType::i32(), true});
    encode::i32_const(fuel, 100);
    encode::end(fuel);
    Sink& sum = builder_.globals.item();
    encode::global_type(sum, {ValType::i64(), true});
    encode::i64_const(sum, 0);
    encode::end(sum);
    TypeIndex entry = func({ValType::i64(), ValType::i64()}, {ValType::i64()}), digest = func({}, {ValType::i64()});
    for (u32 i = 0; i < own_funcs_.size(); ++i) builder_.functions.item().uleb(entry.value());
    builder_.functions.item().uleb(digest.value());
  }

  /// A constant expression of a type, its end included.
  void constant(Sink& sink, ValType type) {
    BodyGenerator body(world_, random_, sink);
    body.constant(type, 2);
    body.op(Op::End);
  }

  void make_segments() {
    if (config_.run) return make_live_segments();
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

  // Segments of modules that are run. Data: active, passive, and one that is mostly what data.drop drops.
  void make_live_segments() {
    for (u32 n = 0; n < 3; ++n) {
      std::vector<u8> bytes(40 + random_.below(30));
      for (u8& byte : bytes) byte = static_cast<u8>(random_.below(256));
      if (n > 0) {
        builder_.data.passive(bytes);
        continue;
      }
      u32 memory = random_.below(world_.memories.size());
      Sink offset;
      i32 at = static_cast<i32>(random_.below(4000));
      world_.memories[memory].is_64 ? encode::i64_const(offset, at) : encode::i32_const(offset, at);
      builder_.data.active(MemoryIndex(memory), offset.view(), bytes);
    }
    world_.datas = 3;
    builder_.data_count = 3;
    // Elements: all functions at their indices in table 0; one passive segment for each type of table; all functions declared.
    u32 funcs = static_cast<u32>(world_.funcs.size());
    auto segment = [&](ValType type, bool live) {
      world_.elems.push_back(type);
      world_.running.live_elems.push_back(live);
    };
    Sink& sink = builder_.elements.item();
    sink.uleb(0);
    encode::i32_const(sink, 0);
    encode::end(sink);
    sink.uleb(funcs);
    for (u32 i = 0; i < funcs; ++i) sink.uleb(i);
    segment(ValType::funcref().with_nullable(!has(Feature::FunctionReferences)), false);
    for (const TableType& table : world_.tables) {
      Sink& passive = builder_.elements.item();
      passive.uleb(5);
      encode::val_type(passive, table.element);
      passive.uleb(10);
      for (u32 n = 0; n < 10; ++n) constant(passive, table.element);
      segment(table.element, true);
    }
    Sink& declared = builder_.elements.item();
    declared.uleb(3);
    declared.push_back(0);
    declared.uleb(funcs);
    for (u32 i = 0; i < funcs; ++i) declared.uleb(i);
    segment(ValType::funcref(), false);
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

  void export_to_peers() {
    u32 funcs = static_cast<u32>(world_.funcs.size()), own = static_cast<u32>(own_funcs_.size());
    auto add = [&](char letter, u32 number, ExternKind kind, u32 at) {
      builder_.exports.add(letter + std::to_string(number), kind, at);
    };
    for (u32 i = 0; i < own; ++i) add('c', i, ExternKind::Func, funcs + i);
    builder_.exports.add("d", ExternKind::Func, funcs + own);
    for (u32 i = 0; i < world_.memories.size(); ++i) add('m', i, ExternKind::Memory, i);
    for (u32 i = 0; i < world_.tables.size(); ++i) add('t', i, ExternKind::Table, i);
    for (u32 i = 0; i < world_.globals.size(); ++i) {
      ValType type = world_.globals[i].content;
      bool seen = has(Feature::MutableGlobal) || !world_.globals[i].is_mutable;
      if (seen && (type == ValType::i32() || type == ValType::i64())) add('g', i, ExternKind::Global, i);
    }
    for (u32 i = funcs - own; i < funcs; ++i) {
      const FuncType& type = *world_.types[world_.funcs[i].value()].func();
      if (!type.params.empty() || !type.results.empty() || !random_.chance(20)) continue;
      builder_.starts.push_back(FuncIndex(i));
      break;
    }
  }

  void make_exports() {
    if (config_.run) return export_to_peers();
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
      if (config_.run)
        for (ValType local : BodyGenerator::scratch(config_.features)) groups.add(local);
      groups.write(body);
      BodyGenerator(world_, random_, body).function(*world_.types[type.value()].func(), locals, config_.body_size);
      builder_.code.body(body.view());
    }
    if (config_.run) make_entry_code();
  }

  void make_entry_code() {
    auto body = [&](auto write) {
      Sink sink;
      encode::LocalGroups groups;
      for (ValType local : BodyGenerator::scratch(config_.features)) groups.add(local);
      groups.write(sink);
      BodyGenerator generator(world_, random_, sink);
      write(generator);
      builder_.code.body(sink.view());
    };
    u32 first = static_cast<u32>(world_.funcs.size() - own_funcs_.size());
    for (u32 i = first; i < world_.funcs.size(); ++i) body([&](BodyGenerator& generator) { generator.wrapper(i); });
    body([](BodyGenerator& generator) { generator.digest(); });
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

Features runnable_features() {
  Features features = Features::all();
  for (Feature none : {Feature::SharedEverythingThreads, Feature::MemoryControl, Feature::CustomDescriptors,
                       Feature::CompactImports, Feature::StackSwitching})
    features.disable(none);
  return features;
}

GeneratedModule generate_module(const GeneratorConfig& config) {
  return ModuleGenerator(config).run();
}

}  // namespace tenon::fuzz
