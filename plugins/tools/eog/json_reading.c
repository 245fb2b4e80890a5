#include "json_reading.h"

static JsonNode *member(JsonObject *object, const char *name) {
  return object != NULL ? json_object_get_member(object, name) : NULL;
}

const char *kalon_json_text(JsonObject *object, const char *name) {
  JsonNode *node = member(object, name);
  return node != NULL && json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node) : NULL;
}

gboolean kalon_json_number(JsonObject *object, const char *name, double *value) {
  JsonNode *node = member(object, name);
  GType type = node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_INVALID;
  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE) return FALSE;
  *value = json_node_get_double(node);
  return TRUE;
}

gint64 kalon_json_integer(JsonObject *object, const char *name) {
  JsonNode *node = member(object, name);
  return node != NULL && json_node_get_value_type(node) == G_TYPE_INT64 ? json_node_get_int(node) : 0;
}

static JsonObject *object_in(JsonNode *node) {
  return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

JsonObject *kalon_json_object(JsonObject *object, const char *name) {
  return object_in(member(object, name));
}

static JsonArray *rows_in(JsonObject *result) {
  JsonNode *node = member(result, "rows");
  return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

guint kalon_json_rows(JsonObject *result) {
  JsonArray *rows = rows_in(result);
  return rows != NULL ? json_array_get_length(rows) : 0;
}

JsonObject *kalon_json_row(JsonObject *result, guint index) {
  return index < kalon_json_rows(result) ? object_in(json_array_get_element(rows_in(result), index)) : NULL;
}
