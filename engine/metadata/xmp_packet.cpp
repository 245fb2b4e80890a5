#include <exempi/xmp.h>
#include <exempi/xmpconsts.h>
#include <expat.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <new>
#include <unordered_set>

#include "base/hash.h"
#include "metadata/readers.h"

namespace kalon {
namespace {

constexpr size_t max_packet_bytes = size_t{8} << 20;
// Of all packets that one process reads; programs that write metadata know some hundreds together.
constexpr size_t max_known_namespaces = 10000;

constexpr const char *ns_exif_ex = "http://cipa.jp/exif/1.0/";
constexpr const char *ns_digikam = "http://www.digikam.org/ns/1.0/";
constexpr const char *ns_darktable = "http://darktable.sf.net/";
constexpr const char *ns_microsoft = "http://ns.microsoft.com/photo/1.0/";
constexpr const char *ns_dynamic_media = "http://ns.adobe.com/xmp/1.0/DynamicMedia/";

// The toolkit keeps one table of namespaces per process behind its objects, so it is used by one thread at a time; a
// usual packet takes it some ten microseconds.
std::mutex toolkit_mutex;

// Told before the toolkit tells it on standard error.
bool well_formed(const std::string &xml) {
  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(XML_ParserCreateNS(nullptr, ' '), XML_ParserFree);
  if (!parser) throw std::bad_alloc();
  return XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE) == XML_STATUS_OK;
}

// With the mutex held. Namespaces are registered because a question about an unknown one makes the toolkit complain on
// standard error.
bool toolkit_started() {
  static const bool started = [] {
    if (!xmp_init()) return false;
    static constexpr std::pair<const char *, const char *> namespaces[] = {
        {ns_exif_ex, "exifEX"},      {ns_digikam, "digiKam"},
        {ns_darktable, "darktable"}, {ns_microsoft, "MicrosoftPhoto"},
        {ns_dynamic_media, "xmpDM"}, {NS_EXIF_AUX, "aux"},
        {NS_LIGHTROOM, "lr"},        {NS_PHOTOSHOP, "photoshop"}};
    for (auto [uri, prefix] : namespaces) xmp_register_namespace(uri, prefix, nullptr);
    return true;
  }();
  return started;
}

// With the mutex held. Namespaces stay in the toolkit's table for good, so their number is bounded.
bool namespaces_are_affordable(const std::vector<std::string_view> &namespaces) {
  static std::unordered_set<Hash128> known;
  for (auto name : namespaces) {
    auto key = hash_of(name);
    if (known.contains(key)) continue;
    if (known.size() >= max_known_namespaces) return false;
    known.insert(key);
  }
  return true;
}

struct FreePacket {
  void operator()(XmpPtr packet) const { xmp_free(packet); }
};
struct FreeString {
  void operator()(XmpStringPtr text) const { xmp_string_free(text); }
};

class Packet {
 public:
  explicit Packet(std::string_view text) : packet_(xmp_new(text.data(), text.size())), value_(xmp_string_new()) {}
  explicit operator bool() const { return packet_ && value_; }

  std::string text(const char *schema, const char *name) const {
    return xmp_get_property(packet_.get(), schema, name, value_.get(), nullptr) ? value() : std::string();
  }

  std::optional<double> number(const char *schema, const char *name) const { return parse_number(text(schema, name)); }

  // Items of a list, or the one value of a property that should have been a list.
  std::vector<std::string> items(const char *schema, const char *name) const {
    std::vector<std::string> found;
    size_t bytes = 0;
    for (int32_t i = 1; bytes <= max_value_bytes; ++i) {
      if (!xmp_get_array_item(packet_.get(), schema, name, i, value_.get(), nullptr)) break;
      found.push_back(value());
      bytes += found.back().size() + 1;
    }
    if (found.empty())
      if (auto single = text(schema, name); !single.empty()) found.push_back(std::move(single));
    return found;
  }

  std::string first_item(const char *schema, const char *name) const {
    auto found = items(schema, name);
    return found.empty() ? std::string() : std::move(found[0]);
  }

  // Of a text in several languages the default one, else the first.
  std::string localized(const char *schema, const char *name) const {
    if (xmp_get_localized_text(packet_.get(), schema, name, "", "x-default", nullptr, value_.get(), nullptr))
      return value();
    return first_item(schema, name);
  }

 private:
  std::string value() const { return xmp_string_cstr(value_.get()); }

  std::unique_ptr<std::remove_pointer_t<XmpPtr>, FreePacket> packet_;
  std::unique_ptr<std::remove_pointer_t<XmpStringPtr>, FreeString> value_;
};

void read_times(const Packet &packet, Findings &findings) {
  findings.add_time(TimeKind::original, parse_time(packet.text(NS_EXIF, "DateTimeOriginal")));
  findings.add_time(TimeKind::original, parse_time(packet.text(NS_PHOTOSHOP, "DateCreated")));
  findings.add_time(TimeKind::digitized, parse_time(packet.text(NS_EXIF, "DateTimeDigitized")));
  findings.add_time(TimeKind::digitized, parse_time(packet.text(NS_XAP, "CreateDate")));
}

void read_judgements(const Packet &packet, Findings &findings) {
  if (auto stars = packet.number(NS_XAP, "Rating"))
    findings.set_rating(*stars);
  else if (auto percent = packet.number(ns_microsoft, "Rating"))
    findings.set_rating_percent(*percent);

  // 0 none, 1 rejected, 2 pending, 3 accepted
  auto digikam = packet.number(ns_digikam, "PickLabel");
  auto adobe = packet.number(ns_dynamic_media, "pick");
  auto good = packet.text(ns_dynamic_media, "good");
  if (digikam == 1.0 || adobe == -1.0 || good == "False" || good == "false") findings.set("flag", "reject");
  if (digikam == 3.0 || adobe == 1.0 || good == "True" || good == "true") findings.set("flag", "pick");
  if (digikam || adobe) findings.decide_empty("flag");

  findings.set("label", packet.text(NS_XAP, "Label"));
  static constexpr std::array digikam_colours = {"",     "Red",     "Orange", "Yellow", "Green",
                                                 "Blue", "Magenta", "Gray",   "Black",  "White"};
  static constexpr std::array darktable_colours = {"Red", "Yellow", "Green", "Blue", "Purple"};
  auto colour = [&](const std::optional<double> &index, const auto &names) {
    if (index && *index >= 0 && *index < static_cast<double>(names.size()))
      findings.set("label", names[static_cast<size_t>(*index)]);
  };
  colour(packet.number(ns_digikam, "ColorLabel"), digikam_colours);
  colour(parse_number(packet.first_item(ns_darktable, "colorlabels")), darktable_colours);
}

void read_words(const Packet &packet, Findings &findings) {
  findings.set("caption", packet.localized(NS_DC, "description"));
  findings.set("caption", packet.localized(NS_EXIF, "UserComment"));
  findings.set("title", packet.localized(NS_DC, "title"));

  std::string keywords;
  auto add = [&](const char *schema, const char *name, char separator) {
    for (auto &keyword : packet.items(schema, name)) {
      for (char &c : keyword)
        if (c == '\n' || c == '\r')
          c = ' ';
        else if (c == separator)
          c = '|';
      keywords += keyword + '\n';
    }
  };
  add(NS_DC, "subject", '|');
  add(NS_LIGHTROOM, "hierarchicalSubject", '|');
  add(ns_digikam, "TagsList", '/');
  add(ns_microsoft, "LastKeywordXMP", '/');
  findings.set_keywords(keywords);
}

// "48,12.5N" or "48,12,30N"
std::optional<double> degrees(std::string_view text, char negative, char positive) {
  if (text.empty() || (text.back() != negative && text.back() != positive)) return {};
  bool minus = text.back() == negative;
  text.remove_suffix(1);
  double value = 0, unit = 1;
  for (; !text.empty(); unit /= 60) {
    auto end = std::min(text.find(','), text.size());
    auto part = parse_number(text.substr(0, end));
    if (!part) return {};
    value += *part * unit;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return minus ? -value : value;
}

void read_shooting_values(const Packet &packet, Findings &findings) {
  ShootingValues values;
  values.iso = parse_number(packet.first_item(ns_exif_ex, "PhotographicSensitivity"));
  if (!values.iso) values.iso = parse_number(packet.first_item(NS_EXIF, "ISOSpeedRatings"));
  values.f_number = packet.number(NS_EXIF, "FNumber");
  if (auto apex = packet.number(NS_EXIF, "ApertureValue"); apex && !values.f_number)
    values.f_number = std::exp2(*apex / 2);
  values.exposure_seconds = packet.number(NS_EXIF, "ExposureTime");
  if (auto apex = packet.number(NS_EXIF, "ShutterSpeedValue"); apex && !values.exposure_seconds)
    values.exposure_seconds = std::exp2(-*apex);
  values.focal_length = packet.number(NS_EXIF, "FocalLength");
  values.latitude = degrees(packet.text(NS_EXIF, "GPSLatitude"), 'S', 'N');
  values.longitude = degrees(packet.text(NS_EXIF, "GPSLongitude"), 'W', 'E');
  set_shooting_values(findings, values);
}

size_t find(ByteView bytes, std::string_view what, size_t from) {
  if (from >= bytes.size()) return bytes.size();
  auto *at = static_cast<const uint8_t *>(memmem(bytes.data() + from, bytes.size() - from, what.data(), what.size()));
  return at ? static_cast<size_t>(at - bytes.data()) : bytes.size();
}

}  // namespace

void read_xmp(ByteView bytes, Findings &findings) {
  if (bytes.size() > max_packet_bytes) return;
  auto text = text_of(bytes);
  // Packets in files are padded, some with zero bytes.
  while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  std::vector<std::string_view> namespaces;
  auto sane = text.empty() ? std::nullopt : sane_xmp(text, namespaces);
  if (!sane || !well_formed(*sane)) return;

  std::lock_guard lock(toolkit_mutex);
  if (!toolkit_started() || !namespaces_are_affordable(namespaces)) return;
  Packet packet(*sane);
  if (!packet) return;
  read_times(packet, findings);
  findings.set_camera(packet.text(NS_TIFF, "Make"), packet.text(NS_TIFF, "Model"));
  findings.set_lens(packet.text(ns_exif_ex, "LensModel"));
  findings.set_lens(packet.text(NS_EXIF_AUX, "Lens"));
  read_judgements(packet, findings);
  read_words(packet, findings);
  read_shooting_values(packet, findings);
}

ByteView find_xmp_packet(ByteView file) {
  static constexpr struct {
    std::string_view begin, end;
  } marks[] = {{"<?xpacket begin=", "<?xpacket end="}, {"<x:xmpmeta", "</x:xmpmeta>"}};
  for (auto [begin, end] : marks) {
    size_t first = find(file, begin, 0);
    if (first == file.size()) continue;
    auto within = file.subspan(first).first(std::min(file.size() - first, max_packet_bytes));
    size_t last = find(within, end, 0);
    if (last == within.size()) continue;
    // The trailer's processing instruction ends a few bytes after its mark.
    size_t close = find(within.first(std::min(within.size(), last + 64)), ">", last);
    if (close + 1 <= within.size()) return within.first(close + 1);
  }
  return {};
}

}  // namespace kalon
