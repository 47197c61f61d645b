// Metadata of a module: its name, who made it (the section `producers`), and the custom sections in which registries keep
// descriptions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tenon/base/result.h"
#include "tenon/base/types.h"

namespace tenon::inspect {

/// The custom sections that describe a module, one string each, in the order in which they are written.
inline constexpr std::array<std::string_view, 7> kDescriptions = {"authors",  "description", "licenses", "source",
                                                                  "homepage", "revision",    "version"};

/// Fields of the section `producers`, each with names and versions, in the order of the section.
using Producers = std::vector<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>>;

struct Metadata {
  std::optional<std::string> name;
  std::optional<Producers> producers;
  std::array<std::optional<std::string>, kDescriptions.size()> descriptions;
  u64 size = 0;
};

/// Reads a module's metadata. Fails where the module or one of these sections does not decode.
Result<Metadata> read_metadata(Bytes module);

/// How to change metadata.
struct MetadataChange {
  enum class Action : u8 { Keep, Clear, Set };
  struct Field {
    Action action = Action::Keep;
    std::string value;
  };
  Field name;
  Producers producers;  ///< added to those that are there; versions of the same name are replaced
  std::array<Field, kDescriptions.size()> descriptions;
};

/// The module with its metadata changed: sections that are there keep their place, new ones come last.
Result<std::vector<u8>> change_metadata(Bytes module, const MetadataChange& change);

/// As wasm-tools shows them: two tables of at most 80 columns, or JSON in one line.
std::string metadata_tables(const Metadata& metadata);
std::string metadata_json(const Metadata& metadata);

}  // namespace tenon::inspect
