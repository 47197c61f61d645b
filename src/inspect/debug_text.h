// Values as the dump writes them: the notation of Rust's debug formatting, which is the format that tools and tests compare.
#pragma once

#include <string>

#include "tenon/binary/ops.h"
#include "tenon/binary/sections.h"

namespace tenon::inspect {

std::string debug(std::string_view text);  ///< quoted and escaped
std::string debug(ValType type);           ///< "I32", "Ref(funcref)"
std::string debug(const SubType& type);
std::string debug(const TableType& type);
std::string debug(const MemoryType& type, bool custom_page_size);
std::string debug(const GlobalType& type);
std::string debug(const binary::ImportType& type);
std::string debug(const binary::ConstBytes& expr);
std::string ref_text(ValType type);  ///< "funcref", "(ref null (module 0))"
/// An instruction and its immediates: "i32_load memarg:MemArg { align: 2, ... }".
std::string debug(Op op, const binary::Immediates& imm);

}  // namespace tenon::inspect
