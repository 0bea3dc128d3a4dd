/* A DDS domain in which every message is the bytes of its CDR encoding: Cyclone DDS with a type of our own that knows its name
   and nothing else. No type information is announced: with it, a newer peer can crash version 0.10.2. */
#ifndef CPONSDDS_H
#define CPONSDDS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every number below 0 is an error, as `pons_dds_error` tells it: of an endpoint its `entity`. */
typedef struct {
    int32_t entity;
    const void *type;
} pons_dds_endpoint;

/* Joins a domain. `configuration` is Cyclone's XML, or empty for what CYCLONEDDS_URI says. */
int32_t pons_dds_join(uint32_t domain, const char *configuration);

/* `depth` unread messages are kept, and pushed out by newer ones. Of a latched topic whoever comes late gets the last message. */
pons_dds_endpoint pons_dds_writer(
    int32_t participant, const char *topic, const char *type, bool reliable, bool latched, int32_t depth);
pons_dds_endpoint pons_dds_reader(
    int32_t participant, const char *topic, const char *type, bool reliable, bool latched, int32_t depth);

/* `bytes` begin with the four of the encapsulation header. */
int32_t pons_dds_write(pons_dds_endpoint writer, const uint8_t *bytes, size_t count);

/* The oldest unread message: its size, 0 where there is none. One longer than `capacity` is taken and not copied. */
int64_t pons_dds_take(pons_dds_endpoint reader, uint8_t *bytes, size_t capacity);

/* How many peers write to a reader, or read from a writer. */
int32_t pons_dds_matched(pons_dds_endpoint endpoint);

const char *pons_dds_error(int32_t code);
void pons_dds_leave(int32_t participant);

#endif
