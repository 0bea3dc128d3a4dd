/* Whether bytes are a message that keeps the rules of part FMT and of its fields, before anything else looks at them. */
#ifndef PONS_CHECK_H
#define PONS_CHECK_H

#include "schema.h"

enum { PONS_BLOCKING = 4 };

/* Why something is refused, as the peer is told. */
typedef struct {
    int reason; /* RejectReason */
    char path[129];
    bool has_limit;
    double limit;
    uint64_t holder;
    char blocking[PONS_BLOCKING][65];
    int blocking_count;
} pons_rejection;

/* Sets reason, path and no limit. Always false, so that a check can end with it. */
bool pons_reject(pons_rejection *why, int reason, const char *path);
bool pons_reject_limit(pons_rejection *why, int reason, const char *path, double limit);
bool pons_reject_element(pons_rejection *why, int reason, const char *name, size_t index, double limit);

/* One walk: form, limits, presence, ranges, counts. Constant memory, no recursion beyond 16 nested messages. */
bool pons_check(const pons_table *table, const uint8_t *bytes, size_t count, uint32_t joints, pons_rejection *why);

/*
 * The known fields of a message that was checked, into `out`, which has room for all of it; how many bytes they are. A decoder
 * that keeps what it does not know would need many times the memory of a frame that is full of it.
 */
size_t pons_known_fields(const pons_table *table, const uint8_t *bytes, size_t count, uint8_t *out);

#endif
