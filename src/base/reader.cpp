#include "tenon/base/reader.h"

#include "tenon/base/utf8.h"

namespace tenon {

void Reader::fail(Error error) {
  if (!fault_) {
    fault_.reset(new Fault());
    fault_->offset = error.offset().value_or(offset());
    fault_->error.emplace(std::move(error));
  }
  pos_ = end_;
}

void Reader::fail(ErrorCode code, u64 offset, std::string message) {
  if (!fault_) fail(Error(code, offset, std::move(message)));
  pos_ = end_;
}

void Reader::fail(ReadError kind, u64 offset, const char* what) {
  if (!fault_) fault_.reset(new Fault{kind, offset, 0, what, {}});
  pos_ = end_;
}

void Reader::fail_end(u64 needed) {
  if (!fault_) fault_.reset(new Fault{ReadError::UnexpectedEnd, offset(), needed, "", {}});
  pos_ = end_;
}

// The bits that a final byte may carry are those that fit; a continuation bit there is too long, other bits are too large.
u32 Reader::read_uleb32_slow() {
  u32 value = 0;
  for (unsigned shift = 0;; shift += 7) {
    u64 at = offset();
    u8 byte = read_u8();
    if (!ok()) return 0;
    value |= static_cast<u32>(byte & 0x7f) << shift;
    if (shift == 28 && byte >> 4 != 0) {
      fail(byte & 0x80 ? ReadError::IntegerTooLong : ReadError::IntegerTooLarge, at, "var_u32");
      return 0;
    }
    if (byte < 0x80) return value;
  }
}

u64 Reader::read_uleb64_slow() {
  u64 value = 0;
  for (unsigned shift = 0;; shift += 7) {
    u64 at = offset();
    u8 byte = read_u8();
    if (!ok()) return 0;
    value |= static_cast<u64>(byte & 0x7f) << shift;
    if (shift == 63 && byte >> 1 != 0) {
      fail(byte & 0x80 ? ReadError::IntegerTooLong : ReadError::IntegerTooLarge, at, "var_u64");
      return 0;
    }
    if (byte < 0x80) return value;
  }
}

namespace {

// Reads a signed number of `bits` bits; the unused bits of its last byte must repeat the sign.
template <unsigned bits>
i64 read_sleb(Reader& reader, const char* what) {
  constexpr unsigned kLastShift = (bits - 1) / 7 * 7;
  u64 value = 0;
  for (unsigned shift = 0;; shift += 7) {
    u64 at = reader.offset();
    u8 byte = reader.read_u8();
    if (!reader.ok()) return 0;
    value |= static_cast<u64>(byte & 0x7f) << shift;
    if (shift == kLastShift) {
      i8 unused = static_cast<i8>(static_cast<i8>(byte << 1) >> (bits - shift));
      if (byte & 0x80 || (unused != 0 && unused != -1)) {
        bool too_long = byte & 0x80 || bits == 33;
        reader.fail(too_long ? ReadError::IntegerTooLong : ReadError::IntegerTooLarge, at, what);
        return 0;
      }
    }
    if (byte < 0x80) {
      unsigned used = shift + 7;
      return used >= 64 ? static_cast<i64>(value) : static_cast<i64>(value << (64 - used)) >> (64 - used);
    }
  }
}

}  // namespace

i32 Reader::read_sleb32_slow() {
  return static_cast<i32>(read_sleb<32>(*this, "var_i32"));
}
i64 Reader::read_sleb33_slow() {
  return read_sleb<33>(*this, "var_s33");
}
i64 Reader::read_sleb64_slow() {
  return read_sleb<64>(*this, "var_i64");
}

std::string_view Reader::read_name(u64 limit) {
  u32 size = read_uleb32();
  if (size > limit) {
    fail(ReadError::NameTooLong, offset() - 1, "");
    return {};
  }
  Bytes bytes = read_bytes(size);
  if (!is_utf8(bytes)) {
    fail(ReadError::MalformedUtf8, offset() - 1, "");
    return {};
  }
  return as_text(bytes);
}

void Reader::skip_name(u64 limit) {
  u32 size = read_uleb32();
  if (size > limit) {
    fail(ReadError::NameTooLong, offset() - 1, "");
    return;
  }
  read_bytes(size);
}

}  // namespace tenon
