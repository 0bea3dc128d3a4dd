#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pons/v1/common.pb-c.h"

#define REASON(name) PONS__V1__REJECT_REASON__REJECT_REASON_##name

enum { DEPTH = 16, UNKNOWN_BYTES = 65536, MOST_FIELDS = 32 };

typedef struct {
    uint32_t joints;
    bool strict;
    pons_rejection *why; /* bytes that are no message: ends the walk */
    pons_rejection rule; /* the first rule that a well-formed message breaks: told where the walk ends well */
    bool has_rule;
    double triangle[21];
} walk_state;

/* What is known of one message when its end is reached. */
typedef struct {
    const pons_table *table;
    uint32_t seen;    /* singular fields that came, to find duplicates */
    uint32_t present; /* fields with a value that counts as one */
    uint32_t counts[MOST_FIELDS];
    double values[MOST_FIELDS]; /* of singular numbers */
} message_state;

typedef struct {
    const uint8_t *at, *end;
} cursor;

bool pons_reject(pons_rejection *why, int reason, const char *path) {
    memset(why, 0, sizeof *why);
    why->reason = reason;
    snprintf(why->path, sizeof why->path, "%s", path);
    return false;
}

bool pons_reject_limit(pons_rejection *why, int reason, const char *path, double limit) {
    pons_reject(why, reason, path);
    why->has_limit = true;
    why->limit = limit;
    return false;
}

bool pons_reject_element(pons_rejection *why, int reason, const char *name, size_t index, double limit) {
    char path[128];
    snprintf(path, sizeof path, "%s[%zu]", name, index);
    return pons_reject_limit(why, reason, path, limit);
}

/* The path as seen from the message that holds the failing one. */
static bool inside(pons_rejection *why, const char *name) {
    char inner[sizeof why->path];
    memcpy(inner, why->path, sizeof inner);
    const char *parts[3] = {name, inner[0] ? "." : "", inner};
    size_t at = 0;
    for (int i = 0; i < 3; i++) {
        for (const char *from = parts[i]; *from && at + 1 < sizeof why->path; from++) why->path[at++] = *from;
    }
    why->path[at] = 0;
    return false;
}

static bool varint(cursor *c, uint64_t *value) {
    uint64_t result = 0;
    for (unsigned shift = 0; c->at < c->end; shift += 7) {
        uint8_t byte = *c->at++;
        if (shift == 63 && byte > 1) return false;
        result |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *value = result;
            return true;
        }
    }
    return false;
}

static bool skip(cursor *c, unsigned wire) {
    uint64_t size = wire == PONS_FIXED32 ? 4 : 8;
    if (wire == PONS_VARINT) return varint(c, &size);
    if (wire == PONS_DELIMITED && !varint(c, &size)) return false;
    if (size > (uint64_t)(c->end - c->at)) return false;
    c->at += size;
    return true;
}

static bool is_utf8(const uint8_t *p, const uint8_t *end) {
    while (p < end) {
        uint8_t lead = *p++;
        if (lead < 0x80) continue;
        int more = lead >= 0xC2 && lead <= 0xDF ? 1 : (lead & 0xF0) == 0xE0 ? 2 : lead >= 0xF0 && lead <= 0xF4 ? 3 : -1;
        if (more < 0 || end - p < more) return false;
        uint8_t low = 0x80, high = 0xBF; /* overlong forms, surrogates and numbers above U+10FFFF have none */
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
        if (*p < low || *p > high) return false;
        for (int i = 0; i < more; i++, p++) {
            if ((*p & 0xC0) != 0x80) return false;
        }
    }
    return true;
}

static bool is_identifier(const uint8_t *p, const uint8_t *end) {
    for (; p < end; p++) {
        bool letter = (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');
        if (!letter && *p != '_' && *p != '.' && *p != ':' && *p != '-') return false;
    }
    return true;
}

static const pons_field *find(const pons_table *table, uint64_t number) {
    for (unsigned i = 0; i < table->field_count; i++) {
        if (table->fields[i].number == number) return &table->fields[i];
    }
    return NULL;
}

/* Notes a broken rule and goes on: whether the rest is a message at all is said first. Always true. */
static bool broken(walk_state *w, int reason, const char *path, bool has_limit, double limit) {
    if (w->has_rule) return true;
    w->has_rule = true;
    pons_reject(&w->rule, reason, path);
    w->rule.has_limit = has_limit;
    w->rule.limit = limit;
    return true;
}

static void within(walk_state *w, const pons_field *f, double value, bool is_element, size_t index) {
    char path[128];
    if (is_element) snprintf(path, sizeof path, "%s[%zu]", f->name, index);
    const char *where = is_element ? path : f->name;
    if ((f->flags & PONS_FLOAT) && !isfinite(value)) broken(w, REASON(NOT_FINITE), where, false, 0);
    else if ((f->flags & PONS_HAS_MIN) && value < f->min) broken(w, REASON(OUT_OF_RANGE), where, true, f->min);
    else if ((f->flags & PONS_HAS_MAX) && value > f->max) broken(w, REASON(OUT_OF_RANGE), where, true, f->max);
}

static uint64_t little(const uint8_t *p, unsigned width) {
    uint64_t value = 0;
    for (unsigned i = 0; i < width; i++) value |= (uint64_t)p[i] << (8 * i);
    return value;
}

/* The number in fixed bytes, as a double: exact for what rules compare. */
static double fixed(const pons_field *f, const uint8_t *p) {
    if (f->wire == PONS_FIXED64) {
        uint64_t bits = little(p, 8);
        double value;
        memcpy(&value, &bits, 8);
        if (f->flags & PONS_FLOAT) return value;
        return f->flags & PONS_SIGNED ? (double)(int64_t)bits : (double)bits;
    }
    uint32_t bits = (uint32_t)little(p, 4);
    float value;
    memcpy(&value, &bits, 4);
    if (f->flags & PONS_FLOAT) return value;
    return f->flags & PONS_SIGNED ? (double)(int32_t)bits : (double)bits;
}

static bool is_named(walk_state *w, const pons_field *f, uint64_t raw) {
    if (!w->strict || !(f->flags & PONS_ENUM)) return true;
    int32_t number = (int32_t)(uint32_t)raw;
    for (unsigned i = 0; i < f->number_count; i++) {
        if (f->numbers[i] == number) return true;
    }
    return pons_reject(w->why, REASON(UNKNOWN_ENUM), f->name);
}

static bool message(walk_state *w, const pons_table *table, const uint8_t *at, const uint8_t *end, int depth, double norm[4]);

/* One value of a field: a singular one, or an element. */
static bool value(walk_state *w, message_state *m, const pons_field *f, cursor *c, uint32_t limit, int depth) {
    unsigned index = (unsigned)(f - m->table->fields);
    size_t element = m->counts[index];
    bool is_element = f->flags & PONS_REPEATED;
    if (f->wire == PONS_VARINT) {
        uint64_t raw = 0;
        if (!varint(c, &raw)) return pons_reject(w->why, REASON(MALFORMED), f->name);
        if (raw != 0 || f->flags & PONS_EXPLICIT) m->present |= 1u << index;
        within(w, f, (double)(uint32_t)raw, is_element, element);
        return is_named(w, f, raw);
    }
    if (f->wire != PONS_DELIMITED) {
        const uint8_t *start = c->at;
        if (!skip(c, f->wire)) return pons_reject(w->why, REASON(MALFORMED), f->name);
        double number = fixed(f, start);
        m->values[index] = number;
        if (number != 0 || f->flags & PONS_EXPLICIT) m->present |= 1u << index;
        within(w, f, number, is_element, element);
        return true;
    }
    uint64_t size = 0;
    if (!varint(c, &size) || size > (uint64_t)(c->end - c->at)) return pons_reject(w->why, REASON(MALFORMED), f->name);
    const uint8_t *start = c->at;
    c->at += size;
    if (size > 0 || f->message) m->present |= 1u << index;
    if (f->message) {
        double norm[4] = {0};
        if (depth >= DEPTH) return pons_reject_limit(w->why, REASON(LIMIT_EXCEEDED), f->name, DEPTH);
        bool had_rule = w->has_rule;
        if (!message(w, f->message, start, c->at, depth + 1, norm)) return inside(w->why, f->name);
        if (!had_rule && w->has_rule) inside(&w->rule, f->name);
        if (f->flags & PONS_UNIT_NORM) {
            double length = sqrt(norm[0] * norm[0] + norm[1] * norm[1] + norm[2] * norm[2] + norm[3] * norm[3]);
            if (!(fabs(length - 1) <= 1e-3)) broken(w, REASON(BAD_QUATERNION), f->name, true, 1);
        }
        return true;
    }
    if (size > limit) return pons_reject_limit(w->why, REASON(LIMIT_EXCEEDED), f->name, limit);
    if ((f->flags & PONS_TEXT_FIELD) && !is_utf8(start, c->at)) return pons_reject(w->why, REASON(BAD_STRING), f->name);
    if ((f->flags & PONS_IDENTIFIER) && !is_identifier(start, c->at)) broken(w, REASON(BAD_STRING), f->name, false, 0);
    if (f->exact && size > 0 && size != f->exact && (f->flags & PONS_BYTES)) {
        broken(w, REASON(WRONG_COUNT), f->name, true, f->exact);
    }
    return true;
}

static bool counted(walk_state *w, message_state *m, const pons_field *f) {
    unsigned index = (unsigned)(f - m->table->fields);
    if (m->counts[index] > f->limit) return pons_reject_limit(w->why, REASON(LIMIT_EXCEEDED), f->name, f->limit);
    return true;
}

/* A packed array of numbers. */
static bool packed(walk_state *w, message_state *m, const pons_field *f, cursor *c) {
    unsigned index = (unsigned)(f - m->table->fields);
    uint64_t size = 0;
    if (!varint(c, &size) || size > (uint64_t)(c->end - c->at)) return pons_reject(w->why, REASON(MALFORMED), f->name);
    cursor inner = {c->at, c->at + size};
    c->at = inner.end;
    if (f->wire == PONS_VARINT) {
        while (inner.at < inner.end) {
            uint64_t raw = 0;
            if (!varint(&inner, &raw)) return pons_reject(w->why, REASON(MALFORMED), f->name);
            if (!is_named(w, f, raw)) return false;
            m->counts[index]++;
        }
        return counted(w, m, f);
    }
    unsigned width = f->wire == PONS_FIXED64 ? 8 : 4;
    if (size % width) return pons_reject(w->why, REASON(MALFORMED), f->name);
    if (size / width > f->limit - (m->counts[index] < f->limit ? m->counts[index] : f->limit)) {
        return pons_reject_limit(w->why, REASON(LIMIT_EXCEEDED), f->name, f->limit);
    }
    bool has_rules = f->flags & (PONS_FLOAT | PONS_HAS_MIN | PONS_HAS_MAX);
    for (; inner.at < inner.end; inner.at += width, m->counts[index]++) {
        if (!has_rules) continue;
        double number = fixed(f, inner.at);
        if ((f->flags & PONS_COVARIANCE) && m->counts[index] < 21) w->triangle[m->counts[index]] = number;
        within(w, f, number, true, m->counts[index]);
    }
    return true;
}

/* Positive semi-definite up to rounding, by elimination row by row (FMT-12). */
static void covariance(walk_state *w, const pons_field *f, uint32_t count) {
    if (count == 0) return;
    if (count != 6 && count != 21) {
        broken(w, REASON(WRONG_COUNT), f->name, false, 0);
        return;
    }
    int size = count == 6 ? 3 : 6;
    double rows[6][6], scale = 0;
    for (int row = 0, next = 0; row < size; row++) {
        for (int column = row; column < size; column++) rows[row][column] = w->triangle[next++];
        scale = fmax(scale, fabs(rows[row][row]));
    }
    double tolerance = 1e-9 * scale;
    for (int pivot = 0; pivot < size; pivot++) {
        double variance = rows[pivot][pivot];
        bool is_bad = variance < -tolerance;
        for (int column = pivot + 1; column < size && variance <= tolerance; column++) {
            is_bad = is_bad || rows[pivot][column] * rows[pivot][column] > tolerance * scale;
        }
        if (is_bad) {
            broken(w, REASON(BAD_COVARIANCE), f->name, true, 0);
            return;
        }
        if (variance <= tolerance) continue;
        for (int i = pivot + 1; i < size; i++) {
            for (int j = i; j < size; j++) rows[i][j] -= rows[pivot][i] * rows[pivot][j] / variance;
        }
    }
}

/* Presence, counts, and rules between values. */
static void whole(walk_state *w, const message_state *m) {
    for (unsigned i = 0; i < m->table->field_count; i++) {
        const pons_field *f = &m->table->fields[i];
        uint32_t count = m->counts[i];
        bool is_there = f->flags & PONS_REPEATED ? count > 0 : (m->present >> i) & 1;
        if ((f->flags & PONS_REQUIRED) && !is_there) broken(w, REASON(FIELD_MISSING), f->name, false, 0);
        if (!(f->flags & PONS_REPEATED)) continue;
        double expected = -1;
        if (f->length == PONS_JOINTS || (f->length == PONS_JOINTS_OR_EMPTY && count)) expected = w->joints;
        if (f->length == PONS_JOINT_MASK && count) expected = (w->joints + 63) / 64;
        if (f->length == PONS_STEPS_TIMES_JOINTS) {
            const pons_field *horizon = find(m->table, 6);
            expected = m->values[horizon - m->table->fields] * w->joints;
        }
        if (f->exact && count && !(f->flags & PONS_BYTES)) expected = f->exact;
        if (expected >= 0 && (double)count != expected) broken(w, REASON(WRONG_COUNT), f->name, true, expected);
        if (f->flags & PONS_COVARIANCE) covariance(w, f, count);
    }
    for (unsigned i = 0; i < m->table->field_count; i++) {
        const pons_field *f = &m->table->fields[i];
        if (!f->not_below) continue;
        unsigned lower = (unsigned)(find(m->table, f->not_below) - m->table->fields);
        bool both = (m->present >> i) & 1 && (m->present >> lower) & 1;
        if (both && m->values[i] < m->values[lower]) broken(w, REASON(OUT_OF_RANGE), f->name, true, m->values[lower]);
    }
}

/* `tag` is where the field begins. */
static bool unknown(walk_state *w, cursor *c, const uint8_t *tag, uint64_t number, unsigned wire, size_t *total) {
    char name[32];
    snprintf(name, sizeof name, "field %u", (unsigned)number);
    if (number >= 10000 && number <= 10999) return pons_reject(w->why, REASON(UNSUPPORTED_CRITICAL), name);
    if (!skip(c, wire)) return pons_reject(w->why, REASON(MALFORMED), "");
    *total += (size_t)(c->at - tag);
    if (*total > UNKNOWN_BYTES) return pons_reject_limit(w->why, REASON(LIMIT_EXCEEDED), name, UNKNOWN_BYTES);
    return true;
}

static bool field(walk_state *w, message_state *m, const pons_field *f, cursor *c, unsigned wire, int depth) {
    unsigned index = (unsigned)(f - m->table->fields);
    if (f->flags & PONS_REPEATED) {
        if ((f->flags & PONS_PACKABLE) && wire == PONS_DELIMITED) return packed(w, m, f, c);
        if (m->counts[index] >= f->limit) return pons_reject_limit(w->why, REASON(LIMIT_EXCEEDED), f->name, f->limit);
        if ((f->flags & PONS_COVARIANCE) && m->counts[index] < 21) w->triangle[m->counts[index]] = fixed(f, c->at);
        if (!value(w, m, f, c, f->element_limit, depth)) return false;
        m->counts[index]++;
        return true;
    }
    if (w->strict && (m->seen >> index) & 1) return pons_reject(w->why, REASON(MALFORMED), f->name);
    m->seen |= 1u << index;
    return value(w, m, f, c, f->limit, depth);
}

static bool message(walk_state *w, const pons_table *table, const uint8_t *at, const uint8_t *end, int depth, double norm[4]) {
    message_state m = {.table = table};
    cursor c = {at, end};
    size_t unknown_bytes = 0;
    while (c.at < c.end) {
        const uint8_t *start = c.at;
        uint64_t tag = 0;
        if (!varint(&c, &tag) || c.at - start > 5 || tag > UINT32_MAX) return pons_reject(w->why, REASON(MALFORMED), "");
        uint64_t number = tag >> 3;
        unsigned wire = tag & 7;
        bool is_wire = wire == PONS_VARINT || wire == PONS_FIXED64 || wire == PONS_DELIMITED || wire == PONS_FIXED32;
        if (number == 0 || number >= 1u << 29 || !is_wire) return pons_reject(w->why, REASON(MALFORMED), "");
        const pons_field *f = find(table, number);
        if (f && wire != f->wire && !((f->flags & PONS_PACKABLE) && wire == PONS_DELIMITED)) {
            if (w->strict) return pons_reject(w->why, REASON(MALFORMED), f->name);
            f = NULL; /* telemetry keeps it as unknown */
        }
        bool ok = f ? field(w, &m, f, &c, wire, depth) : unknown(w, &c, start, number, wire, &unknown_bytes);
        if (!ok) return false;
    }
    for (int i = 0; norm && i < 4 && i < table->field_count; i++) norm[i] = m.values[i];
    whole(w, &m);
    return true;
}

bool pons_check(const pons_table *table, const uint8_t *bytes, size_t count, uint32_t joints, pons_rejection *why) {
    walk_state w = {.joints = joints, .strict = table->strict, .why = why};
    memset(why, 0, sizeof *why);
    if (!message(&w, table, bytes, bytes + count, 0, NULL)) return false;
    if (w.has_rule) *why = w.rule;
    return !w.has_rule;
}

size_t pons_known_fields(const pons_table *table, const uint8_t *bytes, size_t count, uint8_t *out) {
    cursor c = {bytes, bytes + count};
    size_t size = 0;
    while (c.at < c.end) {
        const uint8_t *start = c.at;
        uint64_t tag = 0;
        if (!varint(&c, &tag) || !skip(&c, tag & 7)) break;
        if (!find(table, tag >> 3)) continue;
        memcpy(out + size, start, (size_t)(c.at - start));
        size += (size_t)(c.at - start);
    }
    return size;
}
