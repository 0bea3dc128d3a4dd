// A second, independent codec for the same schema: libprotobuf-c behind one function.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum second_codec_status {
    SECOND_CODEC_OK = 0,
    SECOND_CODEC_REFUSED = 1,
    SECOND_CODEC_NO_SUCH_MESSAGE = 2,
    SECOND_CODEC_NO_MEMORY = 3,
};

// Decodes `bytes` as the message with this name ("pons.v1.JointSetpoint") and writes it again in canonical form: fields by
// number, arrays packed, defaults left out, unknown fields at the end. On OK, `*result` is to be freed with
// second_codec_free; it may be null for an empty message.
enum second_codec_status second_codec_recode(
    const char *name, const uint8_t *bytes, size_t count, uint8_t **result, size_t *result_count);

void second_codec_free(uint8_t *result);
