"""That the ABI dump sees what changes in the headers: small headers whose layout is known, and mutations of the real ones."""
import pathlib
import shutil
import sys
import tempfile
import unittest

import abi

INCLUDE = pathlib.Path(sys.argv.pop(1))

HEADER = """
/* A comment with kalon_words; and { braces. */
#ifndef KALON_SMALL_H
#define KALON_SMALL_H
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#define KALON_SMALL "kalon.small/1" // another comment
#define KALON_MASK (1u << 5)
typedef uint16_t kalon_short;
enum { KALON_FIRST = 1, /* one */ KALON_LAST = -7 };
typedef struct kalon_thing kalon_thing;
typedef struct kalon_pair {
  uint32_t size;
  kalon_short parts[2];
  const void *(*find)(const kalon_thing *thing,
                      void (*visit)(void *context, int32_t), void *context);
} kalon_pair;
#ifdef __cplusplus
}
#endif
#endif
"""
# By the System V ABI of 64-bit machines: int 4, short 2, pointers 8.
DUMP = """\
== small.h
KALON_SMALL = "kalon.small/1"
KALON_MASK = 32
kalon_short: uint16_t, size 2, align 2, unsigned
KALON_FIRST = 1
KALON_LAST = -7
struct kalon_thing: opaque
struct kalon_pair: size 16, align 8
    0 +4   uint32_t size
    4 +4   kalon_short parts[2]
    8 +8   const void *(*find)(const kalon_thing *, void (*visit)(void *context, int32_t), void *)
"""


class Dump(unittest.TestCase):
    def setUp(self):
        self.include = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.include / "kalon").mkdir()

    def check(self, text, expected=DUMP):
        (self.include / "kalon/small.h").write_text(text)
        return "\n".join(abi.check(self.include, expected, ("gcc", "g++"))[0])

    def test_a_small_header(self):
        self.assertEqual(self.check(HEADER), "")

    def test_what_is_not_understood_is_told(self):
        for added in ("typedef union kalon_either { int32_t a; float b; } kalon_either;", "enum { KALON_UNSAID };",
                      "typedef void (*kalon_callback)(void);", "void kalon_function(void);",
                      "typedef struct kalon_bits { uint32_t few : 3; } kalon_bits;", "#define KALON_TWICE(x) (2 * (x))\n",
                      "enum kalon_named { KALON_NAMED = 1 };", "typedef struct kalon_odd { int32_t a, b; } kalon_odd;"):
            self.assertIn("does not understand", self.check(HEADER.replace("typedef uint16_t", added + "\ntypedef uint16_t")), added)

    def test_padding_is_told(self):
        found = self.check(HEADER.replace("kalon_short parts[2]", "kalon_short part"))
        self.assertIn("struct kalon_pair has a hole at byte 6", found)
        found = self.check(HEADER.replace("uint32_t size;", "void *first; uint32_t size;").replace("kalon_short parts[2];", "")
                           .replace("void *context);\n}", "void *context);\n  kalon_short last;\n}"))
        self.assertIn("struct kalon_pair has a hole at its end", found)

    def test_a_name_that_is_not_printed_is_told(self):
        # In a place that the parser passes over.
        found = self.check(HEADER.replace('extern "C" {', 'extern "C" {\ntypedef int32_t kalon_hidden;'))
        self.assertIn("the dump lacks kalon_hidden", found)


class Mutations(unittest.TestCase):
    """Each changes one thing of the real headers that binaries hold on to."""

    def test_each_is_seen(self):
        expected = abi.DUMP.read_text()
        for header, old, new in (
                ("abi.h", "KALON_CANCELLED = 5", "KALON_CANCELLED = 15"),
                ("abi.h", "typedef int32_t kalon_status", "typedef uint32_t kalon_status"),
                ("abi.h", "uint64_t capacity;", "uint64_t capacity;\n  uint64_t more;"),
                ("abi.h", "  uint16_t abi_major;\n  uint16_t abi_minor;", "  uint16_t abi_minor;\n  uint16_t abi_major;"),
                ("abi.h", "0x4e4c414bu", "0x4e4c414cu"),
                ("kalon.h", '"kalon.task/1"', '"kalon.task/2"'),
                ("kalon.h", "char phase[16]", "char phase[24]"),
                ("kalon.h", "void (*cancel)(kalon_task *task)", "kalon_status (*cancel)(kalon_task *task)"),
                ("plugin.h", "float low;", "double low;"),
                ("plugin.h", "int32_t kind, const uint8_t **data", "const uint8_t **data"),
        ):
            with self.subTest(header=header, new=new), tempfile.TemporaryDirectory() as scratch:
                shutil.copytree(INCLUDE / "kalon", pathlib.Path(scratch, "kalon"))
                path = pathlib.Path(scratch, "kalon", header)
                text = path.read_text()
                self.assertIn(old, text)
                path.write_text(text.replace(old, new))
                faults, _ = abi.check(scratch, expected, ("gcc",))
                self.assertIn("--- abi.txt", "\n".join(faults))

    def test_comments_and_names_of_parameters_are_not(self):
        with tempfile.TemporaryDirectory() as scratch:
            shutil.copytree(INCLUDE / "kalon", pathlib.Path(scratch, "kalon"))
            path = pathlib.Path(scratch, "kalon/plugin.h")
            path.write_text(path.read_text().replace("uint32_t min_width", "uint32_t\n  least /* of all */"))
            self.assertEqual(abi.check(scratch, abi.DUMP.read_text(), ("gcc",))[0], [])


if __name__ == "__main__":
    unittest.main()
