// Reader: a sticky reader of bytes. It keeps the first fault and its offset and returns zero ever after, so that a parser reads a
// whole structure and asks once at its end. It knows encodings (fixed, LEB128, names) and nothing about WebAssembly's structure.
#pragma once

#include <cstring>
#include <memory>
#include <optional>

#include "tenon/base/result.h"
#include "tenon/base/types.h"

namespace tenon {

/// What a Reader itself can find wrong. Libraries with error codes translate it (binary/read_error.h).
enum class ReadError : u8 { None, UnexpectedEnd, IntegerTooLong, IntegerTooLarge, MalformedUtf8, NameTooLong };

/// Reads from bytes that somebody else owns. Offsets in faults are relative to the start of the input of which these bytes may be
/// a part. Cheap to make; movable, not copyable.
class Reader {
 public:
  /// Why reading stopped.
  struct Fault {
    ReadError kind = ReadError::None;
    u64 offset = 0;
    u64 needed = 0;              ///< UnexpectedEnd: how many bytes are missing at least
    const char* what = "";       ///< the encoding that was read ("var_u32")
    std::optional<Error> error;  ///< what the user of the reader found wrong
  };

  Reader() = default;
  explicit Reader(Bytes bytes, u64 base = 0)
      : pos_(bytes.data()), end_(bytes.data() + bytes.size()), base_(base - address(bytes.data())) {}

  /// Offset in the input of the next byte.
  u64 offset() const { return base_ + address(pos_); }
  /// Offset in the input of a byte inside the span.
  u64 offset_of(const u8* at) const { return base_ + address(at); }
  const u8* pos() const { return pos_; }
  const u8* end() const { return end_; }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - pos_); }
  bool at_end() const { return pos_ == end_; }
  bool ok() const { return fault_ == nullptr; }
  /// The bytes not yet read.
  Bytes rest() const { return {pos_, remaining()}; }
  /// Moves to `at`, which must lie between pos() and end(): for decoders that keep the position in a register.
  void seek(const u8* at) { pos_ = at; }

  /// Records a fault (the first one stays) and stops reading.
  [[gnu::cold, gnu::noinline]] void fail(Error error);
  [[gnu::cold, gnu::noinline]] void fail(ErrorCode code, u64 offset, std::string message);
  /// Records a fault of the reader's own at `offset`.
  [[gnu::cold, gnu::noinline]] void fail(ReadError kind, u64 offset, const char* what);
  /// Records that `needed` more bytes would have been required here.
  [[gnu::cold, gnu::noinline]] void fail_end(u64 needed);

  /// The first fault, or null.
  Fault* fault() { return fault_.get(); }

  /// The next byte without moving past it; zero at the end, which is a fault.
  u8 peek() {
    if (pos_ == end_) [[unlikely]] {
      fail_end(1);
      return 0;
    }
    return *pos_;
  }
  u8 read_u8() {
    if (pos_ == end_) [[unlikely]] {
      fail_end(1);
      return 0;
    }
    return *pos_++;
  }
  u32 read_u32() { return read_fixed<u32>(); }
  u64 read_u64() { return read_fixed<u64>(); }
  u32 read_uleb32() {
    if (pos_ != end_ && *pos_ < 0x80) [[likely]]
      return *pos_++;
    return read_uleb32_slow();
  }
  u64 read_uleb64() {
    if (pos_ != end_ && *pos_ < 0x80) [[likely]]
      return *pos_++;
    return read_uleb64_slow();
  }
  i32 read_sleb32() {
    if (pos_ != end_ && *pos_ < 0x80) [[likely]]
      return static_cast<i32>(static_cast<u32>(*pos_++) << 25) >> 25;
    return read_sleb32_slow();
  }
  /// A signed LEB128 of 33 bits: heap types and block types.
  i64 read_sleb33() {
    if (pos_ != end_ && *pos_ < 0x80) [[likely]]
      return static_cast<i64>(static_cast<u64>(*pos_++) << 57) >> 57;
    return read_sleb33_slow();
  }
  i64 read_sleb64() {
    if (pos_ != end_ && *pos_ < 0x80) [[likely]]
      return static_cast<i64>(static_cast<u64>(*pos_++) << 57) >> 57;
    return read_sleb64_slow();
  }
  /// `size` bytes, viewed in place; empty after a fault.
  Bytes read_bytes(u64 size) {
    if (size > remaining()) [[unlikely]] {
      fail_end(size - remaining());
      return {};
    }
    Bytes out(pos_, static_cast<std::size_t>(size));
    pos_ += size;
    return out;
  }
  /// A length and that many bytes.
  Bytes read_sized() { return read_bytes(read_uleb32()); }
  /// A name: a length of at most `limit`, and that many bytes of UTF-8; viewed in place.
  std::string_view read_name(u64 limit);
  /// Moves past a name without looking at its bytes.
  void skip_name(u64 limit);

 private:
  // SAFETY: addresses are only subtracted from one another, never turned back into pointers.
  static u64 address(const u8* p) { return reinterpret_cast<u64>(p); }

  template <class T>
  T read_fixed() {
    if (remaining() < sizeof(T)) [[unlikely]] {
      fail_end(sizeof(T) - remaining());
      return 0;
    }
    T value;
    std::memcpy(&value, pos_, sizeof(T));
    pos_ += sizeof(T);
    return value;
  }
  [[gnu::noinline]] u32 read_uleb32_slow();
  [[gnu::noinline]] u64 read_uleb64_slow();
  [[gnu::noinline]] i32 read_sleb32_slow();
  [[gnu::noinline]] i64 read_sleb33_slow();
  [[gnu::noinline]] i64 read_sleb64_slow();

  const u8* pos_ = nullptr;
  const u8* end_ = nullptr;
  u64 base_ = 0;  ///< input offset minus address
  std::unique_ptr<Fault> fault_;
};

}  // namespace tenon
