// Sink: the growing run of bytes that everything of this library writes to. It knows the binary format's primitive values and
// nothing of modules.
#pragma once

#include <bit>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "tenon/base/types.h"

namespace tenon::encode {

/// The most bytes that one LEB128 of 64 bits takes.
inline constexpr std::size_t kMaxLeb = 10;

/// Number of bytes of the shortest unsigned LEB128 of `value`.
constexpr std::size_t uleb_size(u64 value) {
  return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

/// A byte buffer, appended to at its end. Move-only. Memory is not cleared before it is written, and only grows.
/// Throws std::bad_alloc and nothing else.
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  Sink(Sink&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), room_(std::exchange(other.room_, 0)) {}
  Sink& operator=(Sink&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(room_, other.room_);
    return *this;
  }
  ~Sink() { std::free(data_); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const u8* data() const { return data_; }
  u8* data() { return data_; }
  Bytes view() const { return {data_, size_}; }
  /// The bytes from `from` to the end; `from` is at most size().
  Bytes view(std::size_t from) const { return {data_ + from, size_ - from}; }
  /// Forgets everything behind `size`, which is at most size(); keeps the memory.
  void truncate(std::size_t size) { size_ = size; }
  void clear() { size_ = 0; }
  /// Gives the memory back.
  void reset() { *this = Sink(); }
  std::vector<u8> to_vector() const { return {data_, data_ + size_}; }

  /// Room for `more` bytes behind the end; `commit` says how many of them were written.
  u8* reserve(std::size_t more) {
    if (room_ - size_ < more) [[unlikely]]
      grow(more);
    return data_ + size_;
  }
  void commit(std::size_t written) { size_ += written; }

  void push_back(u8 byte) {
    *reserve(1) = byte;
    ++size_;
  }
  void bytes(Bytes bytes) {
    if (bytes.empty()) return;
    std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void bytes(std::string_view text) { bytes(as_bytes(text)); }

  /// The shortest unsigned LEB128.
  void uleb(u64 value) {
    u8* at = reserve(kMaxLeb);
    u8* p = at;
    for (; value >= 0x80; value >>= 7) *p++ = static_cast<u8>(value | 0x80);
    *p++ = static_cast<u8>(value);
    size_ += static_cast<std::size_t>(p - at);
  }
  /// The shortest signed LEB128.
  void sleb(i64 value) {
    u8* at = reserve(kMaxLeb);
    u8* p = at;
    for (; value < -64 || value > 63; value >>= 7) *p++ = static_cast<u8>(value | 0x80);
    *p++ = static_cast<u8>(value & 0x7f);
    size_ += static_cast<std::size_t>(p - at);
  }
  /// Puts the size of what stands behind `from`, as an unsigned LEB128, in front of it.
  void prefix_size(std::size_t from) {
    std::size_t size = size_ - from;
    std::size_t prefix = uleb_size(size);
    reserve(kMaxLeb);
    std::memmove(data_ + from + prefix, data_ + from, size);
    size_ = from;
    uleb(size);
    size_ += size;
  }
  /// Four or eight bytes, little-endian.
  void fixed32(u32 value) { fixed(value); }
  void fixed64(u64 value) { fixed(value); }

  /// Length and bytes of a name. That it is UTF-8 is the caller's matter.
  void name(std::string_view text) {
    uleb(text.size());
    bytes(text);
  }
  /// Length and bytes of what another sink holds.
  void sized(Bytes content) {
    uleb(content.size());
    bytes(content);
  }

 private:
  template <class T>
  void fixed(T value) {
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(reserve(sizeof value), &value, sizeof value);
    size_ += sizeof value;
  }
  [[gnu::noinline]] void grow(std::size_t more) {
    std::size_t room = std::max(room_ + room_ / 2, size_ + more);
    room = std::max<std::size_t>(room, 64);
    auto* data = static_cast<u8*>(std::realloc(data_, room));
    if (data == nullptr) throw std::bad_alloc();
    data_ = data;
    room_ = room;
  }

  u8* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

}  // namespace tenon::encode
