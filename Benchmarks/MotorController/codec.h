#pragma once
#include <stdint.h>

/* What a codec does on the motor controller. Each call returns a size in bytes; 0 is a failure, -1 says that the codec
 * has no such thing. A view is checked and read in place: the first and the last number of each array. */
intptr_t decode_setpoint(const uint8_t *bytes, intptr_t count);
intptr_t encode_setpoint(uint8_t *bytes, intptr_t capacity);
intptr_t decode_state(const uint8_t *bytes, intptr_t count);
intptr_t encode_state(uint8_t *bytes, intptr_t capacity);
intptr_t view_setpoint(const uint8_t *bytes, intptr_t count);
intptr_t view_state(const uint8_t *bytes, intptr_t count);
