// Out: the buffer between the printer and its sink. Text is appended at a pointer; what is short goes in without a check once
// room was made for it. Without a sink the buffer grows and keeps everything (folded instructions are kept until they are
// complete).
#pragma once

#include <charconv>
#include <cstring>
#include <memory>

#include "tenon/print/print.h"

namespace tenon::print {

class Out {
 public:
  static constexpr std::size_t kRoom = 256;  ///< what make_room() guarantees
  explicit Out(Sink* sink)
      : sink_(sink), capacity_(sink ? kSinkBuffer : kKeptBuffer), buffer_(new char[capacity_]), at_(buffer_.get()) {
    end_ = at_ + capacity_ - kRoom;
  }
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;

  /// Room for kRoom characters that the next calls put in unchecked.
  void make_room() {
    if (at_ > end_) [[unlikely]]
      more(kRoom);
  }
  // Unchecked: the room must have been made.
  void put(char c) { *at_++ = c; }
  void put(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  template <class T>
  void put_number(T value, int base = 10) {
    at_ = std::to_chars(at_, at_ + 24, value, base).ptr;
  }
  /// Copies `padded` bytes and moves on by `size` of them.
  void put_padded(const char* text, std::size_t padded, std::size_t size) {
    std::memcpy(at_, text, padded);
    at_ += size;
  }

  // Checked.
  void write(std::string_view text) {
    if (text.size() > static_cast<std::size_t>(end_ - buffer_.get())) [[unlikely]]
      return write_long(text);
    if (static_cast<std::size_t>(end_ + kRoom - at_) < text.size()) [[unlikely]]
      more(text.size());
    put(text);
  }
  void write(char c) {
    make_room();
    put(c);
  }
  template <class T>
  void write_number(T value, int base = 10) {
    make_room();
    put_number(value, base);
  }

  /// Hands everything to the sink.
  void flush() {
    if (!sink_) return;
    if (at_ != buffer_.get() && !refused_) refused_ = !sink_->write(kept());
    at_ = buffer_.get();
  }
  /// Whether the sink refused something; everything since was dropped.
  bool refused() const { return refused_; }

  // Without a sink.
  std::string_view kept() const { return {buffer_.get(), size()}; }
  std::size_t size() const { return static_cast<std::size_t>(at_ - buffer_.get()); }
  void clear() { at_ = buffer_.get(); }

 private:
  static constexpr std::size_t kSinkBuffer = 256 << 10, kKeptBuffer = 4 << 10;

  [[gnu::noinline]] void more(std::size_t needed) {
    if (sink_ && needed + kRoom <= capacity_) return flush();
    std::size_t used = size();
    capacity_ = std::max(capacity_ * 2, used + needed + 2 * kRoom);
    std::unique_ptr<char[]> grown(new char[capacity_]);
    std::memcpy(grown.get(), buffer_.get(), used);
    buffer_ = std::move(grown);
    at_ = buffer_.get() + used;
    end_ = buffer_.get() + capacity_ - kRoom;
  }
  [[gnu::noinline]] void write_long(std::string_view text) {
    if (!sink_) {
      more(text.size());
      return put(text);
    }
    flush();
    if (!refused_) refused_ = !sink_->write(text);
  }

  Sink* sink_;
  std::size_t capacity_;
  std::unique_ptr<char[]> buffer_;
  char* at_;
  char* end_;  ///< kRoom before the real end
  bool refused_ = false;
};

}  // namespace tenon::print
