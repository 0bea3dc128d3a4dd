/* Frames of part BCH: header, check sequence, numbering. */
#ifndef PONS_FRAME_H
#define PONS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PONS_HEADER = 48, PONS_SHORT_PAYLOAD = 4096, PONS_PAYLOAD = 65536, PONS_FRAME = PONS_HEADER + PONS_PAYLOAD + 8 };

typedef struct {
    uint16_t type, source, destination, stream;
    uint32_t length, counter, monitoring, echoed;
    uint64_t session;
    int64_t send_time_ns;
} pons_header;

/* What both ends know and neither sends: boot id, session id (BCH-02). */
typedef struct {
    uint8_t bytes[24];
} pons_identity;

typedef struct {
    pons_identity identity;
    uint64_t session;
    uint16_t source, destination;
    uint32_t counter, monitoring, echoed;
} pons_sealer;

/* Makes the tables of both check sequences; before anything else. */
void pons_frame_start(void);

/* The header of at least 48 bytes; false for what nobody may send. */
bool pons_header_read(const uint8_t *bytes, pons_header *header);
size_t pons_frame_size(const pons_header *header);

/* Whether the check sequence of a whole frame is right. */
bool pons_frame_holds(const uint8_t *frame, const pons_header *header, const pons_identity *identity);

pons_identity pons_identity_of(const uint8_t boot_id[16], uint64_t session);

/* The frame of a payload into `out`, which must have room for 56 bytes more; its size. */
size_t pons_seal(pons_sealer *sealer, uint16_t type, const uint8_t *payload, uint32_t length, int64_t now, uint8_t *out);

#endif
