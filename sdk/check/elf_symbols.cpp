#include "elf_symbols.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace kalon::check {
namespace {

static_assert(sizeof(void *) == 8, "the check reads libraries of 64 bits");

template <class Record>
Record record_at(const std::string &file, uint64_t offset) {
  Record record{};
  if (offset > file.size() || file.size() - offset < sizeof record) throw std::runtime_error("is cut, or no library");
  std::memcpy(&record, file.data() + offset, sizeof record);
  return record;
}

}  // namespace

std::vector<std::string> exported_symbols(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot be read");
  std::string file((std::istreambuf_iterator<char>(stream)), {});
  auto header = record_at<Elf64_Ehdr>(file, 0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_type != ET_DYN)
    throw std::runtime_error("is no shared library of 64 bits");
  std::vector<std::string> names;
  for (uint16_t i = 0; i < header.e_shnum; ++i) {
    auto section = record_at<Elf64_Shdr>(file, header.e_shoff + uint64_t{i} * header.e_shentsize);
    if (section.sh_type != SHT_DYNSYM || section.sh_entsize != sizeof(Elf64_Sym)) continue;
    auto texts = record_at<Elf64_Shdr>(file, header.e_shoff + uint64_t{section.sh_link} * header.e_shentsize);
    for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= section.sh_size; at += sizeof(Elf64_Sym)) {
      auto symbol = record_at<Elf64_Sym>(file, section.sh_offset + at);
      int binding = ELF64_ST_BIND(symbol.st_info), visibility = ELF64_ST_VISIBILITY(symbol.st_other);
      bool defined = symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS;
      bool open = (binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE) &&
                  (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
      uint64_t name = texts.sh_offset + symbol.st_name;
      if (!defined || !open || name >= file.size()) continue;
      names.emplace_back(file.c_str() + name, ::strnlen(file.data() + name, file.size() - name));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace kalon::check
