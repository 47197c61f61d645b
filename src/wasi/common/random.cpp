#include "tenon/wasi/common/random.h"

#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

namespace tenon::wasi {
namespace {

class SecureRandom final : public Random {
 public:
  Sys<> fill(std::span<u8> out) override {
    while (!out.empty()) {
      const ssize_t got = getrandom(out.data(), std::min<std::size_t>(out.size(), 64 << 10), 0);
      if (got < 0) {
        if (errno == EINTR) continue;
        return sys_fail(last_errno());
      }
      out = out.subspan(static_cast<std::size_t>(got));
    }
    return {};
  }
};

/// xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators"), its state filled by splitmix64. Whole
/// words are drawn in order, so that the bytes do not depend on how they are asked for.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(u64 seed) {
    for (u64& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      u64 mixed = seed;
      mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
      mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
      word = mixed ^ mixed >> 31;
    }
  }

  Sys<> fill(std::span<u8> out) override {
    for (u8& byte : out) {
      if (left_ == 0) {
        word_ = next();
        left_ = 8;
      }
      byte = static_cast<u8>(word_);
      word_ >>= 8;
      --left_;
    }
    return {};
  }

 private:
  u64 next() {
    const u64 result = std::rotl(state_[1] * 5, 7) * 9;
    const u64 shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  u64 state_[4];
  u64 word_ = 0;
  int left_ = 0;
};

}  // namespace

std::unique_ptr<Random> secure_random() {
  return std::make_unique<SecureRandom>();
}
std::unique_ptr<Random> seeded_random(u64 seed) {
  return std::make_unique<SeededRandom>(seed);
}

}  // namespace tenon::wasi
