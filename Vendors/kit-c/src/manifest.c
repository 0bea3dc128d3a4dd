/* Reads manifest.yaml (schema pons.manifest/1) with libyaml, and checks it against itself. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "pons/kit.h"

typedef struct {
    yaml_document_t document;
    const char *path;
    char *complaint;
    size_t size;
} reader;

static bool fail(reader *r, const yaml_node_t *node, const char *message, const char *detail, const char *hint) {
    int line = node ? (int)node->start_mark.line + 1 : 0;
    if (r->complaint && r->size && !r->complaint[0]) {
        snprintf(r->complaint, r->size, "%s:%d: %s%s%s; %s", r->path, line, message, detail[0] ? " " : "", detail, hint);
    }
    return false;
}

static yaml_node_t *get(reader *r, const yaml_node_t *mapping, const char *key) {
    if (!mapping || mapping->type != YAML_MAPPING_NODE) return NULL;
    for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top; pair++) {
        yaml_node_t *name = yaml_document_get_node(&r->document, pair->key);
        if (name && name->type == YAML_SCALAR_NODE && strcmp((const char *)name->data.scalar.value, key) == 0) {
            return yaml_document_get_node(&r->document, pair->value);
        }
    }
    return NULL;
}

/* Whether a mapping has no keys but these, which are separated by spaces: a typing error must not read as silence. */
static bool only(reader *r, const yaml_node_t *mapping, const char *keys) {
    if (!mapping || mapping->type != YAML_MAPPING_NODE) return fail(r, mapping, "this is no mapping", "", "write key: value");
    for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *node = yaml_document_get_node(&r->document, pair->key);
        const char *key = node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : "";
        size_t length = strlen(key);
        bool is_known = false;
        for (const char *at = keys; length && (at = strstr(at, key)); at += length) {
            bool begins = at == keys || at[-1] == ' ', ends = at[length] == 0 || at[length] == ' ';
            is_known = is_known || (begins && ends);
        }
        char hint[256];
        snprintf(hint, sizeof hint, "there are: %.230s", keys);
        if (!is_known) return fail(r, node, "unknown key", key, hint);
    }
    return true;
}

static bool text_of(reader *r, const yaml_node_t *node, const char *what, char *to, size_t size) {
    if (!node || node->type != YAML_SCALAR_NODE) return fail(r, node, what, "is no text", "write a text");
    if (node->data.scalar.length >= size) return fail(r, node, what, "is too long", "make it shorter");
    memcpy(to, node->data.scalar.value, node->data.scalar.length + 1);
    return true;
}

static bool text(reader *r, const yaml_node_t *mapping, const char *key, char *to, size_t size) {
    const yaml_node_t *node = get(r, mapping, key);
    return node ? text_of(r, node, key, to, size) : fail(r, mapping, "missing:", key, "write it");
}

static bool number(reader *r, const yaml_node_t *mapping, const char *key, double *to) {
    const yaml_node_t *node = get(r, mapping, key);
    if (!node) return fail(r, mapping, "missing:", key, "write it");
    const char *start = node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : "";
    char *end;
    errno = 0;
    *to = strtod(start, &end);
    if (end == start || *end || errno || !isfinite(*to)) return fail(r, node, key, "is no number", "write one such as 2.4");
    return true;
}

static bool positive(reader *r, const yaml_node_t *mapping, const char *key, double *to) {
    if (!number(r, mapping, key, to)) return false;
    return *to > 0 || fail(r, get(r, mapping, key), key, "is not above 0", "0 is a placeholder, not a fact; find the fact");
}

/* Whether there is a list of at least one and at most `most` elements. */
static bool list(reader *r, const yaml_node_t *node, const char *what, int most, int *count) {
    if (!node || node->type != YAML_SEQUENCE_NODE) return fail(r, node, what, "is no list", "write one");
    *count = (int)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (*count < 1 || *count > most) return fail(r, node, what, "has no or too many elements", "see PONS_MAX_… in pons/kit.h");
    return true;
}

static const yaml_node_t *element(reader *r, const yaml_node_t *node, int index) {
    return yaml_document_get_node(&r->document, node->data.sequence.items.start[index]);
}

static bool is_identifier(const char *text) {
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-");
    return length > 0 && length <= 64 && !text[length];
}

static bool name(reader *r, const yaml_node_t *mapping, const char *key, char to[PONS_NAME]) {
    if (!text(r, mapping, key, to, PONS_NAME)) return false;
    return is_identifier(to) || fail(r, mapping, key, "is no name", "use letters, digits and _ . : -");
}

static bool read_joint(reader *r, const yaml_node_t *node, pons_joint *j) {
    static const char keys[] = "name part parent child lower upper velocity effort stiffness damping stand seat native topic";
    if (!only(r, node, keys) || !name(r, node, "name", j->name) || !name(r, node, "part", j->part) || !name(r, node, "parent", j->parent) ||
        !name(r, node, "child", j->child) || !number(r, node, "lower", &j->lower) || !number(r, node, "upper", &j->upper) ||
        !positive(r, node, "velocity", &j->velocity) || !positive(r, node, "effort", &j->effort) ||
        !positive(r, node, "stiffness", &j->stiffness) || !positive(r, node, "damping", &j->damping)) {
        return false;
    }
    if (j->lower >= j->upper) return fail(r, node, j->name, ": lower is not below upper", "a placeholder is no limit (DSC-03)");
    if (get(r, node, "stand") && !number(r, node, "stand", &j->stand)) return false;
    j->seat = j->stand;
    if (get(r, node, "seat") && !number(r, node, "seat", &j->seat)) return false;
    bool is_within = j->stand > j->lower && j->stand < j->upper && j->seat > j->lower && j->seat < j->upper;
    return is_within || fail(r, node, j->name, ": stand or seat is outside its range", "choose a posture it can take");
}

static bool read_joints(reader *r, const yaml_node_t *root, pons_manifest *m) {
    const yaml_node_t *node = get(r, root, "joints");
    if (!list(r, node, "joints", PONS_MAX_JOINTS, &m->joint_count)) return false;
    for (int i = 0; i < m->joint_count; i++) {
        if (!read_joint(r, element(r, node, i), &m->joints[i])) return false;
        for (int k = 0; k < i; k++) {
            if (strcmp(m->joints[i].name, m->joints[k].name) == 0) {
                return fail(r, element(r, node, i), "two joints are called", m->joints[i].name, "names are theirs alone");
            }
        }
    }
    return true;
}

static bool read_parts(reader *r, const yaml_node_t *root, pons_manifest *m) {
    const yaml_node_t *node = get(r, root, "parts");
    if (!list(r, node, "parts", PONS_MAX_PARTS, &m->part_count)) return false;
    for (int i = 0; i < m->part_count; i++) {
        const yaml_node_t *each = element(r, node, i), *chains = get(r, each, "joints");
        pons_part *part = &m->parts[i];
        if (!only(r, each, "name in joints") || !name(r, each, "name", part->name)) return false;
        if (get(r, each, "in") && !name(r, each, "in", part->parent)) return false;
        if (!chains) continue;
        if (!list(r, chains, "joints of a part", 4, &part->chain_count)) return false;
        for (int k = 0; k < part->chain_count; k++) {
            bool is_known = false;
            if (!text_of(r, element(r, chains, k), "a part's joints", part->chains[k], PONS_NAME)) return false;
            for (int j = 0; j < m->joint_count; j++) is_known = is_known || strcmp(m->joints[j].part, part->chains[k]) == 0;
            if (!is_known) return fail(r, chains, "no joint has part:", part->chains[k], "see 'part' of the joints");
        }
    }
    return true;
}

static bool read_stops(reader *r, const yaml_node_t *root, pons_manifest *m) {
    const yaml_node_t *node = get(r, root, "stops");
    int count;
    if (!list(r, node, "stops", 16, &count)) return false;
    for (int i = 0; i < count; i++) {
        const yaml_node_t *each = element(r, node, i);
        char kind[PONS_NAME];
        double category, time_ms;
        if (!only(r, each, "kind category time_ms travel_rad method") || !name(r, each, "kind", kind)) return false;
        bool is_emergency = strcmp(kind, "emergency") == 0;
        if (!is_emergency && strcmp(kind, "protective") != 0) return fail(r, each, "no kind of a stop:", kind, "protective or emergency");
        pons_stop *stop = is_emergency ? &m->emergency : &m->protective;
        if (!number(r, each, "category", &category) || !positive(r, each, "time_ms", &time_ms) ||
            !number(r, each, "travel_rad", &stop->travel_rad) || !text(r, each, "method", stop->method, PONS_TEXT)) {
            return false;
        }
        if (category != 0 && category != 1 && category != 2) return fail(r, each, "category", "is none", "0, 1 or 2");
        stop->is_known = true;
        stop->category = (int)category;
        stop->time_ns = (int64_t)(time_ms * 1e6);
    }
    bool are_known = m->protective.is_known && m->emergency.is_known;
    return are_known || fail(r, node, "a kind of stop is missing", "", "say how the robot stops, and how fast, for both kinds");
}

static bool read_sensors(reader *r, const yaml_node_t *root, pons_manifest *m) {
    const yaml_node_t *node = get(r, root, "sensors");
    if (!node || (node->type == YAML_SEQUENCE_NODE && node->data.sequence.items.top == node->data.sequence.items.start)) return true;
    if (!list(r, node, "sensors", 4, &m->sensor_count)) return false;
    for (int i = 0; i < m->sensor_count; i++) {
        const yaml_node_t *each = element(r, node, i);
        pons_sensor *sensor = &m->sensors[i];
        if (!only(r, each, "id kind frame rate_hz") || !name(r, each, "id", sensor->id) || !name(r, each, "frame", sensor->frame)) return false;
        if (!positive(r, each, "rate_hz", &sensor->rate_hz)) return false;
    }
    return true;
}

static bool read_rest(reader *r, const yaml_node_t *root, pons_manifest *m) {
    const yaml_node_t *assumed = get(r, root, "assumed"), *timing = get(r, root, "timing"), *profiles = get(r, root, "profiles");
    double error_ms, deadline_ms;
    char simulated[PONS_NAME] = "true";
    if (!only(r, assumed, "acceleration_per_velocity jerk_per_velocity stiffness_per_effort damping_per_effort "
                          "temperature_limit_c bump_tolerance_rad following_error_rad following_error_time_ms") ||
        !only(r, timing, "spinal_rate_hz small_brain_rate_hz state_rate_hz setpoint_deadline_ms")) {
        return false;
    }
    if (!positive(r, assumed, "acceleration_per_velocity", &m->acceleration_per_velocity) ||
        !positive(r, assumed, "jerk_per_velocity", &m->jerk_per_velocity) ||
        !positive(r, assumed, "stiffness_per_effort", &m->stiffness_per_effort) ||
        !positive(r, assumed, "damping_per_effort", &m->damping_per_effort) ||
        !positive(r, assumed, "bump_tolerance_rad", &m->bump_tolerance_rad) ||
        !positive(r, assumed, "following_error_rad", &m->following_error_rad) ||
        !positive(r, assumed, "following_error_time_ms", &error_ms) ||
        !positive(r, timing, "spinal_rate_hz", &m->spinal_rate_hz) ||
        !positive(r, timing, "small_brain_rate_hz", &m->small_brain_rate_hz) ||
        !positive(r, timing, "state_rate_hz", &m->state_rate_hz) ||
        !positive(r, timing, "setpoint_deadline_ms", &deadline_ms)) {
        return false;
    }
    if (get(r, assumed, "temperature_limit_c") && !positive(r, assumed, "temperature_limit_c", &m->temperature_limit_c)) return false;
    if (get(r, root, "simulated") && !text(r, root, "simulated", simulated, sizeof simulated)) return false;
    m->following_error_time_ns = (int64_t)(error_ms * 1e6);
    m->setpoint_deadline_ns = (int64_t)(deadline_ms * 1e6);
    m->is_simulated = strcmp(simulated, "false") != 0;
    if (!list(r, profiles, "profiles", 8, &m->profile_count)) return false;
    for (int i = 0; i < m->profile_count; i++) {
        if (!text_of(r, element(r, profiles, i), "a profile", m->profiles[i], PONS_NAME)) return false;
    }
    return true;
}

static bool read_root(reader *r, const yaml_node_t *root, pons_manifest *m) {
    char schema[PONS_NAME];
    static const char keys[] = "schema id vendor model hardware legged profiles bundle sources unknown sign zero mass_kg joints "
                               "parts assumed timing stops sensors command simulated";
    if (!only(r, root, keys)) return false;
    if (!text(r, root, "schema", schema, sizeof schema)) return false;
    if (strcmp(schema, "pons.manifest/1") != 0) return fail(r, root, "unknown schema", schema, "this kit reads pons.manifest/1");
    return name(r, root, "id", m->id) && text(r, root, "vendor", m->vendor, PONS_TEXT) &&
           text(r, root, "model", m->model, PONS_TEXT) && text(r, root, "hardware", m->hardware, PONS_NAME) &&
           text(r, root, "sign", m->sign, PONS_TEXT) && text(r, root, "zero", m->zero, PONS_TEXT) && read_joints(r, root, m) &&
           read_parts(r, root, m) && read_stops(r, root, m) && read_sensors(r, root, m) && read_rest(r, root, m);
}

bool pons_manifest_load(const char *path, pons_manifest *m, char *complaint, size_t complaint_size) {
    reader r = {.path = path, .complaint = complaint, .size = complaint_size};
    yaml_parser_t parser;
    memset(m, 0, sizeof *m);
    if (complaint_size) complaint[0] = 0;
    FILE *file = fopen(path, "rb");
    if (!file) {
        snprintf(complaint, complaint_size, "%s: %s", path, strerror(errno));
        return false;
    }
    bool ok = yaml_parser_initialize(&parser);
    if (ok) {
        yaml_parser_set_input_file(&parser, file);
        ok = yaml_parser_load(&parser, &r.document);
        if (ok) {
            const yaml_node_t *root = yaml_document_get_root_node(&r.document);
            ok = read_root(&r, root, m);
            yaml_document_delete(&r.document);
        } else {
            snprintf(complaint, complaint_size, "%s:%d: no YAML: %s", path, (int)parser.problem_mark.line + 1,
                     parser.problem ? parser.problem : "it ends too soon");
        }
        yaml_parser_delete(&parser);
    }
    fclose(file);
    return ok;
}
