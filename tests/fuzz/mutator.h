#pragma once
// Hostile bytes made from good ones. Everything follows from a seed, so that a failure can be run again.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

class Mutator {
 public:
  // seeds: sound inputs. tokens: words that the parser knows, put in at random places.
  Mutator(std::vector<std::string> seeds, std::vector<std::string> tokens, size_t max_bytes = 1 << 16)
      : seeds_(std::move(seeds)), tokens_(std::move(tokens)), max_bytes_(max_bytes) {}

  // The input of one iteration; the first ones are the seeds themselves.
  std::string input(uint64_t iteration) {
    if (iteration < seeds_.size()) return seeds_[iteration];
    random_.seed(iteration * 0x9e3779b97f4a7c15 + seeds_.size());
    if (iteration % 16 == 0) return noise(below(300));
    auto text = pick(seeds_);
    if (iteration % 16 == 1) return text.substr(0, below(text.size() + 1));
    for (uint64_t steps = 1 + below(6); steps > 0; --steps) change(text);
    if (text.size() > max_bytes_) text.resize(max_bytes_);
    return text;
  }

 private:
  uint64_t below(uint64_t end) { return end == 0 ? 0 : random_() % end; }
  const std::string &pick(const std::vector<std::string> &from) { return from[below(from.size())]; }
  std::string noise(size_t size) {
    std::string bytes(size, '\0');
    for (char &c : bytes) c = static_cast<char>(random_());
    return bytes;
  }
  // Numbers at which counts, sizes and offsets go wrong, 1 to 8 bytes in either byte order.
  std::string number() {
    static constexpr uint64_t values[] = {0,
                                          1,
                                          2,
                                          3,
                                          4,
                                          7,
                                          8,
                                          9,
                                          127,
                                          128,
                                          255,
                                          256,
                                          32767,
                                          32768,
                                          65535,
                                          65536,
                                          0x7fffffff,
                                          0x80000000,
                                          0xfffffffe,
                                          0xffffffff,
                                          0x100000000,
                                          0x7fffffffffffffff,
                                          0x8000000000000000,
                                          0xffffffffffffffff};
    uint64_t value = below(3) ? values[below(std::size(values))] : random_() >> below(64);
    size_t size = size_t{1} << below(4);
    bool big = below(2);
    std::string bytes;
    for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * (big ? size - 1 - i : i));
    return bytes;
  }

  void change(std::string &text) {
    size_t at = below(text.size() + 1), length = below(1 + below(1 + below(text.size() - at + 1)));
    switch (below(9)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(random_());
        break;
      case 2: {
        auto bytes = number();
        text.replace(at, std::min(bytes.size(), text.size() - at), bytes);
        break;
      }
      case 3:
        text.erase(at, length);
        break;
      case 4:
        text.insert(at, text.substr(at, length));
        break;
      case 5:
        text.insert(at, noise(below(9)));
        break;
      case 6:
        text.resize(at);
        break;
      case 7:
        if (!tokens_.empty()) text.insert(at, pick(tokens_));
        break;
      default: {
        const auto &other = pick(seeds_);
        size_t from = below(other.size() + 1);
        text = text.substr(0, at) + other.substr(from);
      }
    }
  }

  std::vector<std::string> seeds_, tokens_;
  size_t max_bytes_;
  std::mt19937_64 random_;
};
