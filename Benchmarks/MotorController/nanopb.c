/* nanopb with static arrays, as a firmware would use it. */
#include "codec.h"
#include "nano/motion.pb.h"
#include <pb_decode.h>
#include <pb_encode.h>

static nano_JointSetpoint setpoint;
static nano_WholeBodyState state;

static intptr_t decode(const uint8_t *bytes, intptr_t count, const pb_msgdesc_t *fields, void *message) {
    pb_istream_t stream = pb_istream_from_buffer(bytes, (size_t)count);
    return pb_decode(&stream, fields, message) ? count : 0;
}

static intptr_t encode(uint8_t *bytes, intptr_t capacity, const pb_msgdesc_t *fields, const void *message) {
    pb_ostream_t stream = pb_ostream_from_buffer(bytes, (size_t)capacity);
    return pb_encode(&stream, fields, message) ? (intptr_t)stream.bytes_written : 0;
}

intptr_t decode_setpoint(const uint8_t *bytes, intptr_t count) { return decode(bytes, count, nano_JointSetpoint_fields, &setpoint); }
intptr_t encode_setpoint(uint8_t *bytes, intptr_t capacity) { return encode(bytes, capacity, nano_JointSetpoint_fields, &setpoint); }
intptr_t decode_state(const uint8_t *bytes, intptr_t count) { return decode(bytes, count, nano_WholeBodyState_fields, &state); }
intptr_t encode_state(uint8_t *bytes, intptr_t capacity) { return encode(bytes, capacity, nano_WholeBodyState_fields, &state); }
intptr_t view_setpoint(const uint8_t *bytes, intptr_t count) { (void)bytes; (void)count; return -1; }
intptr_t view_state(const uint8_t *bytes, intptr_t count) { (void)bytes; (void)count; return -1; }
