#include "second_codec.h"

#include <stdlib.h>
#include <string.h>

#include "descriptors.h"

static const ProtobufCMessageDescriptor *find(const char *name) {
    for (const ProtobufCMessageDescriptor *const *entry = second_codec_descriptors; *entry; entry++)
        if (strcmp((*entry)->name, name) == 0) return *entry;
    return NULL;
}

enum second_codec_status second_codec_recode(
    const char *name, const uint8_t *bytes, size_t count, uint8_t **result, size_t *result_count) {
    *result = NULL;
    *result_count = 0;
    const ProtobufCMessageDescriptor *descriptor = find(name);
    if (!descriptor) return SECOND_CODEC_NO_SUCH_MESSAGE;
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, NULL, count, bytes);
    if (!message) return SECOND_CODEC_REFUSED;
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *copy = malloc(size ? size : 1);
    if (copy) *result_count = protobuf_c_message_pack(message, copy);
    protobuf_c_message_free_unpacked(message, NULL);
    *result = copy;
    return copy ? SECOND_CODEC_OK : SECOND_CODEC_NO_MEMORY;
}

void second_codec_free(uint8_t *result) { free(result); }
