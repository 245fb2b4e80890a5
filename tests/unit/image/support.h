#pragma once
// What the tests of this room share: Debian's Python as the oracle, and generated pictures.

#include <cstdint>
#include <random>
#include <string>

#include "base/bytes.h"
#include "image/pixels.h"
#include "temporary_folder.h"

void put_file(const std::string &path, kalon::ByteView bytes);
kalon::Bytes get_file(const std::string &path);

// Runs a script with /usr/bin/python3 (Pillow and NumPy) in the folder; fails the test when the script does.
void run_python(const TemporaryFolder &folder, const std::string &script);

// Gradients with noise of the given strength (0..255) on top.
kalon::RgbImage test_picture(int width, int height, uint32_t seed, int noise = 255);

// The largest difference between two rows of samples of the same length; 256 where the lengths differ.
int largest_difference(kalon::ByteView a, kalon::ByteView b);
