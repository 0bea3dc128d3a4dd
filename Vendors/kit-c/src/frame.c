#include "frame.h"

#include <string.h>

static uint32_t table32[256];
static uint64_t table64[256];

void pons_frame_start(void) {
    for (unsigned i = 0; i < 256; i++) {
        uint32_t narrow = i;
        uint64_t wide = i;
        for (int bit = 0; bit < 8; bit++) {
            narrow = narrow & 1 ? narrow >> 1 ^ 0xC8DF352Fu : narrow >> 1;             /* 0xF4ACFB13 reflected */
            wide = wide & 1 ? wide >> 1 ^ 0xC96C5795D7870F42ull : wide >> 1;           /* 0x42F0E1EBA9EA3693 reflected */
        }
        table32[i] = narrow;
        table64[i] = wide;
    }
}

static uint32_t crc32p4(uint32_t crc, const uint8_t *p, size_t count) {
    while (count--) crc = crc >> 8 ^ table32[(crc ^ *p++) & 0xFF];
    return crc;
}

static uint64_t crc64(uint64_t crc, const uint8_t *p, size_t count) {
    while (count--) crc = crc >> 8 ^ table64[(crc ^ *p++) & 0xFF];
    return crc;
}

/* A computed 0 is sent as 1: a line stuck at zero never carries a valid frame (BCH-04). */
static uint64_t check(const uint8_t *frame, uint32_t length, const pons_identity *identity) {
    size_t covered = PONS_HEADER + length;
    if (length <= PONS_SHORT_PAYLOAD) {
        uint32_t crc = ~crc32p4(crc32p4(UINT32_MAX, identity->bytes, 24), frame, covered);
        return crc ? crc : 1;
    }
    uint64_t crc = ~crc64(crc64(UINT64_MAX, identity->bytes, 24), frame, covered);
    return crc ? crc : 1;
}

static uint64_t get(const uint8_t *p, unsigned width) {
    uint64_t value = 0;
    for (unsigned i = 0; i < width; i++) value |= (uint64_t)p[i] << (8 * i);
    return value;
}

static void put(uint8_t *p, uint64_t value, unsigned width) {
    for (unsigned i = 0; i < width; i++) p[i] = (uint8_t)(value >> (8 * i));
}

bool pons_header_read(const uint8_t *b, pons_header *h) {
    if (memcmp(b, "PONS", 4) != 0 || b[4] != 1 || get(b + 30, 2) != 0) return false;
    *h = (pons_header){
        .type = (uint16_t)get(b + 6, 2), .length = (uint32_t)get(b + 8, 4), .counter = (uint32_t)get(b + 12, 4),
        .session = get(b + 16, 8), .source = (uint16_t)get(b + 24, 2), .destination = (uint16_t)get(b + 26, 2),
        .stream = (uint16_t)get(b + 28, 2), .send_time_ns = (int64_t)get(b + 32, 8),
        .monitoring = (uint32_t)get(b + 40, 4), .echoed = (uint32_t)get(b + 44, 4)};
    return h->length <= PONS_PAYLOAD;
}

size_t pons_frame_size(const pons_header *h) {
    return (size_t)PONS_HEADER + h->length + (h->length <= PONS_SHORT_PAYLOAD ? 4 : 8);
}

bool pons_frame_holds(const uint8_t *frame, const pons_header *h, const pons_identity *identity) {
    return get(frame + PONS_HEADER + h->length, h->length <= PONS_SHORT_PAYLOAD ? 4 : 8) == check(frame, h->length, identity);
}

pons_identity pons_identity_of(const uint8_t boot_id[16], uint64_t session) {
    pons_identity identity;
    memcpy(identity.bytes, boot_id, 16);
    put(identity.bytes + 16, session, 8);
    return identity;
}

size_t pons_seal(pons_sealer *s, uint16_t type, const uint8_t *payload, uint32_t length, int64_t now, uint8_t *out) {
    memcpy(out, "PONS\1\0", 6);
    put(out + 6, type, 2);
    put(out + 8, length, 4);
    put(out + 12, ++s->counter, 4);
    put(out + 16, s->session, 8);
    put(out + 24, s->source, 2);
    put(out + 26, s->destination, 2);
    put(out + 28, 0, 4);
    put(out + 32, (uint64_t)now, 8);
    put(out + 40, ++s->monitoring, 4);
    put(out + 44, s->echoed, 4);
    memmove(out + PONS_HEADER, payload, length);
    unsigned width = length <= PONS_SHORT_PAYLOAD ? 4 : 8;
    put(out + PONS_HEADER + length, check(out, length, &s->identity), width);
    return PONS_HEADER + length + width;
}
