/* What a codec can't do without: the bytes are copied. Also what a program without a codec takes of the flash. */
#include "codec.h"
#include <string.h>

static uint8_t setpoint[2048], state[2048];
static intptr_t setpoint_size, state_size;

intptr_t decode_setpoint(const uint8_t *bytes, intptr_t count) { memcpy(setpoint, bytes, (size_t)count); return setpoint_size = count; }
intptr_t encode_setpoint(uint8_t *bytes, intptr_t capacity) { (void)capacity; memcpy(bytes, setpoint, (size_t)setpoint_size); return setpoint_size; }
intptr_t decode_state(const uint8_t *bytes, intptr_t count) { memcpy(state, bytes, (size_t)count); return state_size = count; }
intptr_t encode_state(uint8_t *bytes, intptr_t capacity) { (void)capacity; memcpy(bytes, state, (size_t)state_size); return state_size; }
intptr_t view_setpoint(const uint8_t *bytes, intptr_t count) { (void)bytes; (void)count; return -1; }
intptr_t view_state(const uint8_t *bytes, intptr_t count) { (void)bytes; (void)count; return -1; }
