// What reads more of modules than their sections: dumps, metadata, symbols and debugging information take any bytes.
// library: inspect
#include <string_view>

#include "tenon/inspect/debug_info.h"
#include "tenon/inspect/demangle.h"
#include "tenon/inspect/dump.h"
#include "tenon/inspect/metadata.h"
#include "tenon/print/print.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenon;
  Bytes bytes(data, size);
  print::StringSink sink;
  (void)inspect::dump(bytes, false, sink);
  if (auto metadata = inspect::read_metadata(bytes)) {
    (void)inspect::metadata_tables(*metadata);
    (void)inspect::metadata_json(*metadata);
  }
  inspect::MetadataChange change;
  change.name = {inspect::MetadataChange::Action::Set, "n"};
  change.producers = {{"sdk", {{"a", "b"}}}};
  (void)inspect::change_metadata(bytes, change);
  (void)inspect::demangle_names(bytes);
  (void)inspect::demangle(as_text(bytes));
  if (auto info = inspect::DebugInfo::read(bytes))
    for (u64 address : {0, 1, 2, 5, 17, 100, 1000}) (void)info->find(address);
  return 0;
}
