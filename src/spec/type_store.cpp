// The canonical types of an engine.
//
// A group is interned by its members with references inside the group written as positions, so that equal groups are equal
// bytes; the stored definitions have all references canonical. Storage is a table of chunks that never move: a reader needs no
// lock, since an id reaches it only after the chunk and its entries were published by whoever handed the id out.
//
// spec: core/valid/conventions "Rolling and Unrolling", core/valid/matching.
#include "tenon/spec/type_store.h"

#include <atomic>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include <fmt/format.h>

#include "tenon/spec/errors.h"
#include "tenon/spec/limits.h"

namespace tenon {
namespace {

constexpr u32 kChunkBits = 10;
constexpr u32 kChunkSize = 1u << kChunkBits;
constexpr u32 kChunks = static_cast<u32>((limits::kEngineTypes + kChunkSize - 1) >> kChunkBits);

// A type and what subtyping asks of it.
struct Entry {
  SubType type;
  u32 depth = 0;                   // number of supertypes
  std::unique_ptr<u32[]> display;  // supertypes, outermost first; `depth` of them
};

void append_u32(std::string& key, u32 value) {
  char bytes[4];
  std::memcpy(bytes, &value, 4);
  key.append(bytes, 4);
}

void append_field(std::string& key, const FieldType& field) {
  append_u32(key, field.storage.bits());
  key.push_back(field.is_mutable ? 1 : 0);
}

// The bytes that stand for a definition; equal exactly when the definitions are.
void append_key(std::string& key, const SubType& type) {
  key.push_back(static_cast<char>((type.is_final ? 1 : 0) | (type.is_shared ? 2 : 0) | (type.supertype ? 4 : 0) |
                                  (type.describes ? 8 : 0) | (type.descriptor ? 16 : 0)));
  for (const auto& reference : {type.supertype, type.describes, type.descriptor})
    if (reference) append_u32(key, reference->bits());
  key.push_back(static_cast<char>(type.composite.index()));
  if (const FuncType* func = type.func()) {
    append_u32(key, static_cast<u32>(func->params.size()));
    for (ValType param : func->params) append_u32(key, param.bits());
    append_u32(key, static_cast<u32>(func->results.size()));
    for (ValType result : func->results) append_u32(key, result.bits());
  } else if (const StructType* structure = type.structure()) {
    append_u32(key, static_cast<u32>(structure->fields.size()));
    for (const FieldType& field : structure->fields) append_field(key, field);
  } else if (const ArrayType* array = type.array()) {
    append_field(key, array->element);
  } else {
    append_u32(key, type.cont()->func.bits());
  }
}

// Turns a reference into the group into one to the canonical type at `first` + position.
void resolve(ValType& type, u32 first) {
  if (!type.is_ref() || type.space() != IndexSpace::RecGroup) return;
  type = ValType::ref(TypeId(first + type.rec_position()), type.nullable()).with_shared(type.shared()).with_exact(type.exact());
}

void resolve(SubType& type, u32 first) {
  for (auto* reference : {&type.supertype, &type.describes, &type.descriptor})
    if (*reference) resolve(**reference, first);
  if (auto* func = std::get_if<FuncType>(&type.composite)) {
    for (ValType& param : func->params) resolve(param, first);
    for (ValType& result : func->results) resolve(result, first);
  } else if (auto* structure = std::get_if<StructType>(&type.composite)) {
    for (FieldType& field : structure->fields) resolve(field.storage, first);
  } else if (auto* array = std::get_if<ArrayType>(&type.composite)) {
    resolve(array->element.storage, first);
  } else {
    resolve(std::get<ContType>(type.composite).func, first);
  }
}

bool abstract_is_subtype(AbstractHeap sub, AbstractHeap super) {
  using enum AbstractHeap;
  if (sub == super) return true;
  switch (super) {
    case Any:
      return sub == Eq || sub == I31 || sub == Struct || sub == Array || sub == None;
    case Eq:
      return sub == I31 || sub == Struct || sub == Array || sub == None;
    case I31:
    case Struct:
    case Array:
      return sub == None;
    case Func:
      return sub == NoFunc;
    case Extern:
      return sub == NoExtern;
    case Exn:
      return sub == NoExn;
    case Cont:
      return sub == NoCont;
    default:
      return false;
  }
}

}  // namespace

struct TypeStore::Impl {
  std::mutex mutex;
  std::unordered_map<std::string, u32> groups;  // key -> first id
  std::atomic<u32> count{0};
  std::array<std::atomic<Entry*>, kChunks> chunks{};

  ~Impl() {
    for (auto& chunk : chunks) delete[] chunk.load(std::memory_order_relaxed);
  }

  const Entry& entry(u32 id) const { return chunks[id >> kChunkBits].load(std::memory_order_acquire)[id & (kChunkSize - 1)]; }
  Entry& slot(u32 id) {
    std::atomic<Entry*>& chunk = chunks[id >> kChunkBits];
    Entry* entries = chunk.load(std::memory_order_relaxed);
    if (!entries) {
      entries = new Entry[kChunkSize];
      chunk.store(entries, std::memory_order_release);
    }
    return entries[id & (kChunkSize - 1)];
  }
};

TypeStore::TypeStore() : impl_(std::make_unique<Impl>()) {}
TypeStore::~TypeStore() = default;

Result<TypeId> TypeStore::intern(std::span<const SubType> group) {
  std::string key;
  key.reserve(64);
  for (const SubType& type : group) append_key(key, type);

  std::lock_guard lock(impl_->mutex);
  if (auto found = impl_->groups.find(key); found != impl_->groups.end()) return TypeId(found->second);
  u32 first = impl_->count.load(std::memory_order_relaxed);
  if (group.size() > limits::kEngineTypes - first)
    return fail(ErrorCode::LimitExceeded, fmt::format("types count exceeds the engine's limit of {}", limits::kEngineTypes));

  for (std::size_t i = 0; i < group.size(); ++i) {
    Entry& entry = impl_->slot(first + static_cast<u32>(i));
    entry.type = group[i];
    resolve(entry.type, first);
    if (!entry.type.supertype) continue;
    // A supertype is defined earlier, so its display is complete.
    u32 super_id = entry.type.supertype->type_id().value();
    const Entry& super = impl_->entry(super_id);
    entry.depth = super.depth + 1;
    entry.display.reset(new u32[entry.depth]);
    std::copy_n(super.display.get(), super.depth, entry.display.get());
    entry.display[super.depth] = super_id;
  }
  impl_->groups.emplace(std::move(key), first);
  impl_->count.store(first + static_cast<u32>(group.size()), std::memory_order_release);
  return TypeId(first);
}

Result<TypeId> TypeStore::intern(const FuncType& type) {
  SubType definition;
  definition.composite = type;
  return intern(std::span(&definition, 1));
}

const SubType& TypeStore::get(TypeId id) const {
  return impl_->entry(id.value()).type;
}

u32 TypeStore::depth(TypeId id) const {
  return impl_->entry(id.value()).depth;
}

std::span<const u32> TypeStore::supertypes(TypeId id) const {
  const Entry& entry = impl_->entry(id.value());
  return {entry.display.get(), entry.depth};
}

bool TypeStore::is_subtype(TypeId sub, TypeId super) const {
  if (sub == super) return true;
  const Entry& below = impl_->entry(sub.value());
  u32 depth = impl_->entry(super.value()).depth;
  return depth < below.depth && below.display[depth] == super.value();
}

bool TypeStore::is_subtype(ValType sub, ValType super) const {
  if (sub == super || sub.is_bottom()) return true;
  if (!sub.is_ref() || !super.is_ref()) return false;
  if (sub.nullable() && !super.nullable()) return false;

  if (sub.is_concrete() && super.is_concrete()) {
    if (super.exact()) return sub.exact() && sub.type_id() == super.type_id();
    return is_subtype(sub.type_id(), super.type_id());
  }
  if (sub.is_concrete()) {
    const SubType& type = get(sub.type_id());
    if (type.is_shared != super.shared()) return false;
    AbstractHeap heap = super.abstract_heap();
    if (type.func()) return heap == AbstractHeap::Func;
    if (type.cont()) return heap == AbstractHeap::Cont;
    if (heap == AbstractHeap::Any || heap == AbstractHeap::Eq) return true;
    return heap == (type.structure() ? AbstractHeap::Struct : AbstractHeap::Array);
  }
  if (super.is_concrete()) {
    const SubType& type = get(super.type_id());
    if (type.is_shared != sub.shared()) return false;
    AbstractHeap heap = sub.abstract_heap();
    if (type.func()) return heap == AbstractHeap::NoFunc;
    if (type.cont()) return heap == AbstractHeap::NoCont;
    return heap == AbstractHeap::None;
  }
  return sub.shared() == super.shared() && abstract_is_subtype(sub.abstract_heap(), super.abstract_heap());
}

AbstractHeap TypeStore::top(ValType reference) const {
  using enum AbstractHeap;
  if (reference.is_concrete()) {
    const SubType& type = get(reference.type_id());
    return type.func() ? Func : type.cont() ? Cont : Any;
  }
  switch (reference.abstract_heap()) {
    case Func:
    case NoFunc:
      return Func;
    case Extern:
    case NoExtern:
      return Extern;
    case Exn:
    case NoExn:
      return Exn;
    case Cont:
    case NoCont:
      return Cont;
    default:
      return Any;
  }
}

std::size_t TypeStore::size() const {
  return impl_->count.load(std::memory_order_acquire);
}

}  // namespace tenon
