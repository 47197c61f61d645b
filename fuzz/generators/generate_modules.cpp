// Writes generated modules to a folder: generate_modules DIR COUNT FIRST_SEED. Beside each NNNNNN.wasm lies NNNNNN.features with
// the features it was made for, in the form of --features. Prints which opcodes never occurred in an undamaged module.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "body_generator.h"
#include "module_generator.h"

using namespace tenon;

// Features whose instructions the generator does not know yet.
constexpr Feature kNever[] = {Feature::SharedEverythingThreads, Feature::MemoryControl, Feature::CustomDescriptors,
                              Feature::CompactImports};

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: generate_modules DIR COUNT FIRST_SEED\n");
    return 2;
  }
  std::string dir = argv[1];
  u64 count = std::strtoull(argv[2], nullptr, 10), first = std::strtoull(argv[3], nullptr, 10);
  std::vector<bool> seen(kOpCount);
  for (u64 seed = first; seed < first + count; ++seed) {
    fuzz::Random random(seed * 0x2545f4914f6cdd1du + 1);
    // A quarter of the modules may use everything, the others lack some features each.
    Features features = Features::all();
    for (Feature never : kNever) features.disable(never);
    if (!random.chance(25))
      for (std::size_t i = 1; i < kFeatures.size(); ++i)
        if (random.chance(15)) features.disable(static_cast<Feature>(i));
    // What others imply must be there with them.
    if (features.has(Feature::StackSwitching)) features.enable(Feature::Exceptions).enable(Feature::Gc);
    if (features.has(Feature::Gc)) features.enable(Feature::Gc);
    if (features.has(Feature::FunctionReferences)) features.enable(Feature::FunctionReferences);
    if (features.has(Feature::RelaxedSimd)) features.enable(Feature::Simd);
    if (features.has(Feature::LegacyExceptions)) features.enable(Feature::Exceptions);
    if (features.has(Feature::Exceptions)) features.enable(Feature::ReferenceTypes);
    features.enable(Feature::ReferenceTypes).enable(Feature::BulkMemory).enable(Feature::Floats).enable(Feature::GcTypes);
    fuzz::GeneratedModule module = fuzz::generate_module({.features = features, .seed = seed});
    if (!module.damaged)
      for (std::size_t i = 0; i < kOpCount; ++i)
        if (module.opcodes[i]) seen[i] = true;
    std::string stem = fmt::format("{}/{:06}", dir, seed);
    std::ofstream(stem + ".wasm", std::ios::binary)
        .write(reinterpret_cast<const char*>(module.bytes.data()), static_cast<std::streamsize>(module.bytes.size()));
    std::string list = "-all";
    for (std::size_t i = 1; i < kFeatures.size(); ++i)
      if (features.has(static_cast<Feature>(i))) list += fmt::format(",{}", kFeatures[i].option);
    std::ofstream(stem + ".features") << list;
    std::ofstream(stem + ".intent") << (module.damaged ? "damaged" : "valid");
  }
  for (std::size_t i = 0; i < kOpCount; ++i)
    if (!seen[i] && std::ranges::find(kNever, kOps[i].feature) == std::end(kNever))
      fmt::print("never in an undamaged module: {}\n", kOps[i].name);
}
