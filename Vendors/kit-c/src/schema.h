/* What the walk over bytes must know of messages and fields. The tables are generated from the schema's options. */
#ifndef PONS_SCHEMA_H
#define PONS_SCHEMA_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PONS_REPEATED = 1,
    PONS_PACKABLE = 2,
    PONS_ENUM = 4,
    PONS_TEXT_FIELD = 8,
    PONS_BYTES = 16,
    PONS_FLOAT = 32,
    PONS_REQUIRED = 64,
    PONS_EXPLICIT = 128,
    PONS_IDENTIFIER = 256,
    PONS_UNIT_NORM = 512,
    PONS_COVARIANCE = 1024,
    PONS_HAS_MIN = 2048,
    PONS_HAS_MAX = 4096,
    PONS_SIGNED = 8192
};

enum { PONS_VARINT = 0, PONS_FIXED64 = 1, PONS_DELIMITED = 2, PONS_FIXED32 = 5 };
enum { PONS_JOINTS = 1, PONS_JOINTS_OR_EMPTY = 2, PONS_JOINT_MASK = 3, PONS_STEPS_TIMES_JOINTS = 4 };

typedef struct pons_table pons_table;

typedef struct {
    const char *name;
    const pons_table *message;
    const int32_t *numbers; /* of an enumeration */
    double min, max;
    uint32_t limit, element_limit; /* elements, or bytes; bytes of one element */
    uint16_t number, flags, number_count, exact;
    uint8_t wire, length, not_below;
} pons_field;

struct pons_table {
    const char *name;
    uint16_t type_id;
    uint8_t stream_class;
    bool strict;
    uint8_t field_count;
    const pons_field *fields; /* in ascending number */
    const ProtobufCMessageDescriptor *descriptor;
};

#endif
