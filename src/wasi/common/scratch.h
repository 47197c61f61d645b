// Scratch: a directory of the host for tests, gone with the object. Test code only.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::wasi::testing {

class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "tenon-wasi-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string path(std::string_view below = {}) const { return below.empty() ? path_ : path_ + "/" + std::string(below); }
  void write(std::string_view below, std::string_view contents) const {
    std::filesystem::create_directories(std::filesystem::path(path(below)).parent_path());
    std::ofstream(path(below), std::ios::binary) << contents;
  }
  std::string read(std::string_view below) const {
    std::ostringstream out;
    out << std::ifstream(path(below), std::ios::binary).rdbuf();
    return out.str();
  }
  void directory(std::string_view below) const { std::filesystem::create_directories(path(below)); }
  void link(std::string_view target, std::string_view below) const {
    if (::symlink(std::string(target).c_str(), path(below).c_str()) != 0) std::abort();
  }
  bool exists(std::string_view below) const {
    return std::filesystem::symlink_status(path(below)).type() != std::filesystem::file_type::not_found;
  }
  /// Names, kinds, sizes, link targets and contents of all that lies beneath `below`: two equal snapshots mean that nothing
  /// there has changed.
  std::string snapshot(std::string_view below = {}) const {
    std::ostringstream out;
    std::vector<std::string> lines;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path(below))) {
      std::string line = entry.path().string().substr(path(below).size());
      if (entry.is_symlink()) {
        line += " -> " + std::filesystem::read_symlink(entry.path()).string();
      } else if (entry.is_regular_file()) {
        std::ostringstream contents;
        contents << std::ifstream(entry.path(), std::ios::binary).rdbuf();
        line += " = " + contents.str() + " links " + std::to_string(entry.hard_link_count()) + " time " +
                std::to_string(entry.last_write_time().time_since_epoch().count());
      }
      lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines) out << line << '\n';
    return out.str();
  }

 private:
  std::string path_;
};

}  // namespace tenon::wasi::testing
