// A guest made by hand for tests of the machine alone: one function from bytes, one memory, no validator and no instance behind
// it. The caller says what the validator would have found.
#pragma once

#include <cstdlib>
#include <memory>
#include <vector>

#include "tenon/abi/vmctx.h"
#include "tenon/interp/interp.h"
#include "tenon/runtime/store.h"

namespace tenon::interp {

class HandMadeGuest {
 public:
  explicit HandMadeGuest(runtime::Tunables tunables = {}) {
    tunables.backtrace_frames = 0;  // they would name an instance
    auto engine = std::make_shared<runtime::Engine>(tunables, runtime::EngineParts{.tier = tier()});
    store_ = std::move(*runtime::Store::create(engine));
    vmctx_.store = &store_->ctx;
    vmctx_.module = &module_;
    vmctx_.memories = &memory_pointer_;
  }

  /// The only function: its body without local declarations.
  void set_function(std::vector<u8> code, FuncSummary summary) {
    module_.owned_bytes = std::move(code);
    module_.bytes = module_.owned_bytes;
    summary.code_offset = 0;
    summary.code_end = static_cast<u32>(module_.bytes.size());
    module_.code = {summary};
    vmctx_.code = module_.bytes.data();
    vmctx_.side_table = module_.side_table.data();
    func_ = {nullptr, &array_entry, &vmctx_, 0, 0, &module_.code[0]};
  }
  /// Memory 0, of this many bytes.
  void set_memory(u64 bytes, bool is_64 = false) {
    module_.memories = {MemoryType{{1, 1}, is_64}};
    bytes_ = std::make_unique<u8[]>(bytes);
    memory_ = {bytes_.get(), bytes};
  }
  u8* memory() { return bytes_.get(); }
  StoreCtx& store() { return store_->ctx; }
  bool call(Slot* args_results) { return store_->enter(&func_, args_results); }

 private:
  ModuleDesc module_;
  std::unique_ptr<runtime::Store> store_;
  std::unique_ptr<u8[]> bytes_;
  MemoryDef memory_{};
  MemoryDef* memory_pointer_ = &memory_;
  VmCtx vmctx_{};
  FuncRef func_{};
};

}  // namespace tenon::interp
