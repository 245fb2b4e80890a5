// NumPy (Debian's python3-numpy) writes what is read here and reads what is written here.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <random>

#include "base/error.h"
#include "exchange/half.h"
#include "exchange/npy.h"
#include "unit/exchange/content.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

void run_numpy(const TemporaryFolder &folder, const std::string &code) {
  run_python(folder, "import numpy as np\n" + code);
}

template <typename T>
std::vector<T> raw_values(const std::string &path) {
  auto bytes = content_of(path);
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

Status read_status(const std::string &path) {
  return status_of([&] { read_npy(path); });
}

std::string npy(const std::string &header, const std::string &data, char major = 1) {
  std::string out = std::string("\x93NUMPY") + major + '\0';
  auto size = static_cast<uint32_t>(header.size());
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i) out += static_cast<char>(size >> 8 * i & 255);
  return out + header + data;
}

const std::string small = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }\n";

}  // namespace

TEST_CASE("all 65536 halves convert as NumPy's do, and back") {
  TemporaryFolder folder;
  run_numpy(folder, "h = np.arange(65536, dtype='<u2').view('<f2')\nh.astype('<f4').tofile('all.f4')\n");
  auto expected = raw_values<uint32_t>(folder / "all.f4");
  REQUIRE(expected.size() == 65536);
  int wrong = 0;
  for (uint32_t half = 0; half < 65536; ++half) {
    float value = float_from_half(static_cast<uint16_t>(half));
    // NaNs may differ in their payload's quiet bit only.
    wrong += std::isnan(value) ? !std::isnan(std::bit_cast<float>(expected[half]))
                               : std::bit_cast<uint32_t>(value) != expected[half];
    if (!std::isnan(value)) wrong += half_from_float(value) != half;
  }
  CHECK(wrong == 0);
}

TEST_CASE("float32 rounds to float16 as NumPy rounds") {
  TemporaryFolder folder;
  // Seeded bit patterns of all exponents that halves know, and the midpoints between neighbouring halves.
  run_numpy(
      folder,
      "rng = np.random.default_rng(5)\n"
      "h = np.arange(31744, dtype='<u2').view('<f2').astype('<f8')\n"
      "mid = ((h[1:] + h[:-1]) / 2).astype('<f4')\n"
      "bits = (rng.integers(95, 145, 200000).astype('<u4') << 23) | rng.integers(0, 1 << 23, 200000).astype('<u4')\n"
      "v = np.concatenate([mid, np.nextafter(mid, np.float32(0)), np.nextafter(mid, np.float32(1e9)),\n"
      "  bits.view('<f4'), np.array([0, 65504, 65519.996, 65520, 1e9, 1e-30], '<f4')])\n"
      "v = np.concatenate([v, -v])\nv.tofile('v.f4')\n"
      "with np.errstate(over='ignore'): v.astype('<f2').tofile('v.f2')\n");
  auto values = raw_values<float>(folder / "v.f4");
  auto expected = raw_values<uint16_t>(folder / "v.f2");
  REQUIRE(values.size() == expected.size());
  REQUIRE(values.size() > 500000);
  int wrong = 0;
  for (size_t i = 0; i < values.size(); ++i) wrong += half_from_float(values[i]) != expected[i];
  CHECK(wrong == 0);
}

TEST_CASE("what NumPy writes is read: types, orders, format versions, sizes beyond one chunk") {
  TemporaryFolder folder;
  run_numpy(folder,
            "from numpy.lib import format\n"
            "rng = np.random.default_rng(3)\n"
            "n = 0\n"
            "for kind in ['<f2', '<f4', '<f8']:\n"
            "  for shape in [(0, 4), (1, 1), (3, 5), (5, 3), (700, 517)]:\n"
            "    for order in 'CF':\n"
            "      for version in [(1, 0), (2, 0), (3, 0)]:\n"
            "        a = np.asarray(rng.standard_normal(shape), dtype=kind, order=order)\n"
            "        with open(f'{n}.npy', 'wb') as f: format.write_array(f, a, version=version)\n"
            "        open(f'{n}.f4', 'wb').write(np.ascontiguousarray(a).astype('<f4').tobytes())\n"
            "        open(f'{n}.shape', 'w').write(f'{shape[0]} {shape[1]}')\n"
            "        n += 1\n"
            "open('count', 'w').write(str(n))\n");
  int count = std::stoi(content_of(folder / "count"));
  REQUIRE(count == 90);
  for (int i = 0; i < count; ++i) {
    auto name = std::to_string(i);
    INFO(name);
    auto table = read_npy(folder / (name + ".npy"));
    CHECK(std::to_string(table.rows) + " " + std::to_string(table.dimension) == content_of(folder / (name + ".shape")));
    CHECK(table.values == raw_values<float>(folder / (name + ".f4")));
  }
}

TEST_CASE("what is written is read by NumPy") {
  TemporaryFolder folder;
  std::mt19937 random(9);
  std::normal_distribution<float> normal;
  std::vector<float> values(5000 * 129);
  for (auto &value : values) value = normal(random);
  values[0] = 65504, values[1] = -0.0f, values[2] = 1e-7f;
  for (bool half : {false, true}) {
    NpyWriter writer(folder / (half ? "half.npy" : "single.npy"), 129, half);
    writer.add(values.data(), 1);
    writer.add(values.data() + 129, 4999);
    writer.finish();
  }
  NpyWriter(folder / "empty.npy", 7, false).finish();
  std::ofstream(folder / "values.f4", std::ios::binary)
      .write(reinterpret_cast<const char *>(values.data()), static_cast<std::streamsize>(values.size() * 4));
  run_numpy(folder,
            "v = np.fromfile('values.f4', '<f4').reshape(5000, 129)\n"
            "s, h, e = np.load('single.npy'), np.load('half.npy'), np.load('empty.npy')\n"
            "assert s.dtype == np.float32 and (s.view('<u4') == v.view('<u4')).all()\n"
            "assert h.dtype == np.float16 and (h.view('<u2') == v.astype('<f2').view('<u2')).all()\n"
            "assert e.shape == (0, 7) and e.dtype == np.float32\n"
            "assert (np.load('single.npy', mmap_mode='r') == s).all()\n");
  CHECK(read_npy(folder / "single.npy").values == values);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 5);  // nothing temporary stays
}

TEST_CASE("a file appears only when it is finished") {
  TemporaryFolder folder;
  auto path = folder.write("a.npy", "old");
  float row[2] = {1, 2};
  {
    NpyWriter writer(path, 2, false);
    writer.add(row, 1);
    CHECK(content_of(path) == "old");
  }
  CHECK(content_of(path) == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);

  NpyWriter writer(path, 2, true);
  writer.add(row, 1);
  for (float bad : {std::numeric_limits<float>::infinity(), std::nanf(""), 70000.0f}) {
    float rows[4] = {0, 0, bad, 0};
    CHECK_THROWS_AS(NpyWriter(folder / "bad.npy", 2, true).add(rows, 2), Error);
  }
  writer.finish();
  CHECK(read_npy(path).values == std::vector<float>{1, 2});
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  mode_t mask = umask(0);
  umask(mask);
  CHECK((status.st_mode & 0777) == (0666 & ~mask));
  CHECK_THROWS_AS(NpyWriter(folder / "missing/b.npy", 2, false), Error);
  CHECK_THROWS_AS(NpyWriter(folder / "c.npy", 0, false), Error);
}

TEST_CASE("files that are refused say why") {
  TemporaryFolder folder;
  run_numpy(folder,
            "np.save('int.npy', np.zeros((2, 2), 'int64'))\n"
            "np.save('big.npy', np.zeros((2, 2), '>f4'))\n"
            "np.save('complex.npy', np.zeros((2, 2), 'complex64'))\n"
            "np.save('record.npy', np.zeros(2, [('a', '<f4'), ('b', '<f4')]))\n"
            "np.save('line.npy', np.zeros(4, '<f4'))\n"
            "np.save('cube.npy', np.zeros((2, 2, 2), '<f4'))\n"
            "np.save('scalar.npy', np.float32(1))\n"
            "np.save('narrow.npy', np.zeros((4, 0), '<f4'))\n"
            "np.save('object.npy', np.array([[None]]), allow_pickle=True)\n"
            "a = np.ones((3, 2), '<f4'); a[1, 1] = np.nan; np.save('nan.npy', a)\n"
            "np.save('inf.npy', np.full((3, 2), np.inf, '<f2'))\n"
            "np.save('wide.npy', np.full((3, 2), 1e300))\n"
            "np.save('nanf.npy', np.asfortranarray(a))\n");
  for (auto name : {"int", "big", "complex", "record", "line", "cube", "scalar", "narrow", "object"}) {
    INFO(name);
    CHECK(read_status(folder / (std::string(name) + ".npy")) == Status::unsupported);
  }
  for (auto name : {"nan", "inf", "wide", "nanf"})
    CHECK(read_status(folder / (std::string(name) + ".npy")) == Status::corrupt_data);
  for (auto name : {"nan.npy", "nanf.npy"}) CHECK_THROWS_WITH(read_npy(folder / name), Catch::Contains("row 1 "));
  CHECK(read_status(folder / "missing.npy") == Status::not_found);
  CHECK(read_status(folder.path()) == Status::invalid_argument);
  CHECK_THROWS_WITH(read_npy(folder / "int.npy"), Catch::Contains("<i8"));

  auto written = [&](const std::string &bytes) { return read_status(folder.write("x.npy", bytes)); };
  CHECK(written(npy(small, std::string(4, '\0'))) == Status::ok);
  CHECK(written(npy("{'shape': (1L, 1L), 'descr': \"<f4\", 'fortran_order': True}", std::string(4, '\0'))) ==
        Status::ok);
  CHECK(written("") == Status::corrupt_data);
  CHECK(written("not numpy at all") == Status::corrupt_data);
  CHECK(written(npy(small, std::string(4, '\0'), 4)) == Status::unsupported);
  CHECK(written(npy(small, std::string(3, '\0'))) == Status::corrupt_data);
  auto shaped = [&](const std::string &shape) {
    return written(npy("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + "}", std::string(64, '\0')));
  };
  CHECK(shaped("(99999999999999999999, 1)") == Status::corrupt_data);
  CHECK(shaped("(9223372036854775, 1000000)") == Status::limit_exceeded);
  CHECK(shaped("(4294967296, 4294967296)") == Status::limit_exceeded);
  CHECK(shaped("(2147483647, 1)") == Status::corrupt_data);
  CHECK(shaped("(-1, 1)") == Status::corrupt_data);
  CHECK(shaped("(1 1)") == Status::corrupt_data);
  CHECK(shaped("[1, 1]") == Status::corrupt_data);
  CHECK(shaped("(1, 1)}{") == Status::corrupt_data);
  CHECK(written(npy("{'descr': '<f4', 'shape': (1, 1)}", std::string(4, '\0'))) == Status::corrupt_data);
  CHECK(written(npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1, 1)}", "1234")) ==
        Status::corrupt_data);
}

TEST_CASE("seeded mutations of a file are read or refused, never more") {
  TemporaryFolder folder;
  auto good = npy(small, std::string(4, '\0'));
  std::mt19937 random(4);
  for (int round = 0; round < 500; ++round) {
    auto bad = good;
    for (auto changes = 1 + random() % 4; changes > 0; --changes) {
      size_t at = random() % bad.size();
      if (random() % 8 == 0)
        bad.resize(std::max<size_t>(at, 1));
      else
        bad[at] = static_cast<char>(random());
    }
    auto status = read_status(folder.write("x.npy", bad));
    CHECK((status == Status::ok || status == Status::corrupt_data || status == Status::unsupported ||
           status == Status::limit_exceeded));
  }
}

TEST_CASE("blocks of rows are those that NumPy slices, in both orders") {
  TemporaryFolder folder;
  run_numpy(
      folder,
      "rng = np.random.default_rng(6)\n"
      "for kind in ['<f2', '<f4', '<f8']:\n"
      "  for order in 'CF':\n"
      "    a = np.asarray(rng.standard_normal((1000, 37)), dtype=kind, order=order)\n"
      "    np.save(f'{kind[1:]}{order}.npy', a)\n"
      "    for first, count in [(0, 1000), (0, 1), (999, 1), (123, 400), (5, 0)]:\n"
      "      open(f'{kind[1:]}{order}.{first}.{count}', 'wb').write(a[first:first + count].astype('<f4').tobytes())\n"
      "np.save('far.npy', np.array([[1e300, np.nan, -1e300]]))\n");
  for (std::string kind : {"f2", "f4", "f8"})
    for (std::string order : {"C", "F"}) {
      NpyReader reader(folder / (kind + order + ".npy"));
      CHECK(reader.rows() == 1000);
      CHECK(reader.dimension() == 37);
      for (auto [first, count] : {std::pair{0, 1000}, {0, 1}, {999, 1}, {123, 400}, {5, 0}}) {
        INFO(kind << order << ' ' << first << ' ' << count);
        std::vector<float> values(static_cast<size_t>(count) * 37);
        reader.read(first, count, values.data());
        CHECK(values ==
              raw_values<float>(folder / (kind + order + "." + std::to_string(first) + "." + std::to_string(count))));
      }
      float none;
      CHECK_THROWS_AS(reader.read(999, 2, &none), Error);
      CHECK_THROWS_AS(reader.read(-1, 1, &none), Error);
    }
  float far[3];
  NpyReader(folder / "far.npy").read(0, 1, far);
  CHECK(far[0] == std::numeric_limits<float>::infinity());
  CHECK(std::isnan(far[1]));
  CHECK(far[2] == -std::numeric_limits<float>::infinity());
}

// Found by fuzzing: a table without rows has no memory behind it, and its columns lay behind nothing.
TEST_CASE("no rows in Fortran order") {
  TemporaryFolder folder;
  std::string header = "{'descr': '<f4', 'fortran_order': True, 'shape': (0, 2), }";
  header.resize(117, ' ');
  auto path = folder.write("none.npy", std::string("\x93NUMPY\1\0v\0", 10) + header + "\n");
  auto table = read_npy(path);
  CHECK(table.rows == 0);
  CHECK(table.dimension == 2);
}
