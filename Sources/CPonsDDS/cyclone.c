#include "CPonsDDS.h"

#include <dds/dds.h>
#include <dds/ddsi/ddsi_serdata.h>
#include <dds/ddsi/ddsi_sertype.h>
#include <dds/ddsi/q_radmin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Larger than a colour picture of four million pixels; what is longer was not meant for us. */
#define LONGEST (1u << 24)

/* A message: its bytes with the encapsulation header, filled up to a multiple of four, which Cyclone may read. */
struct message {
    struct ddsi_serdata base;
    uint32_t count;
    uint8_t bytes[];
};

static const struct ddsi_serdata_ops message_ops;
static const struct ddsi_sertype_ops type_ops;

static struct message *message_new(const struct ddsi_sertype *type, enum ddsi_serdata_kind kind, size_t count) {
    if (count < 4 || count > LONGEST) return NULL;
    struct message *message = calloc(1, sizeof *message + ((count + 3) & ~(size_t)3));
    if (message == NULL) return NULL;
    ddsi_serdata_init(&message->base, type, kind);
    message->base.hash = type->serdata_basehash;
    message->count = (uint32_t)count;
    return message;
}

static uint32_t message_count(const struct ddsi_serdata *data) { return ((const struct message *)data)->count; }

/* From the network: fragments in order, which may overlap. */
static struct ddsi_serdata *message_received(
    const struct ddsi_sertype *type, enum ddsi_serdata_kind kind, const struct nn_rdata *fragment, size_t count) {
    struct message *message = message_new(type, kind, count);
    if (message == NULL) return NULL;
    size_t filled = 0;
    for (; fragment != NULL; fragment = fragment->nextfrag) {
        if (fragment->maxp1 <= filled) continue;
        if (fragment->min > filled || fragment->maxp1 > count) break;
        const uint8_t *payload = NN_RMSG_PAYLOADOFF(fragment->rmsg, NN_RDATA_PAYLOAD_OFF(fragment));
        memcpy(message->bytes + filled, payload + (filled - fragment->min), fragment->maxp1 - filled);
        filled = fragment->maxp1;
    }
    if (filled == count) return &message->base;
    free(message);
    return NULL;
}

static struct ddsi_serdata *message_gathered(
    const struct ddsi_sertype *type, enum ddsi_serdata_kind kind, ddsrt_msg_iovlen_t parts, const ddsrt_iovec_t *part,
    size_t count) {
    struct message *message = message_new(type, kind, count);
    if (message == NULL) return NULL;
    size_t filled = 0;
    for (ddsrt_msg_iovlen_t index = 0; index < parts && filled < count; index++) {
        size_t length = part[index].iov_len < count - filled ? part[index].iov_len : count - filled;
        memcpy(message->bytes + filled, part[index].iov_base, length);
        filled += length;
    }
    return &message->base;
}

static void message_copy(const struct ddsi_serdata *data, size_t from, size_t count, void *target) {
    memcpy(target, ((const struct message *)data)->bytes + from, count);
}

static struct ddsi_serdata *message_lend(const struct ddsi_serdata *data, size_t from, size_t count, ddsrt_iovec_t *part) {
    part->iov_base = (void *)(((const struct message *)data)->bytes + from);
    part->iov_len = (ddsrt_iov_len_t)count;
    return ddsi_serdata_ref(data);
}

static void message_return(struct ddsi_serdata *data, const ddsrt_iovec_t *part) {
    (void)part;
    ddsi_serdata_unref(data);
}

static void message_free(struct ddsi_serdata *data) { free(data); }

/* No topic of ours has a key: all messages of a topic are of one instance. */
static bool message_same_key(const struct ddsi_serdata *one, const struct ddsi_serdata *other) {
    (void)one, (void)other;
    return true;
}

static struct ddsi_serdata *message_key(const struct ddsi_serdata *data) {
    struct message *key = message_new(data->type, SDK_KEY, 4);
    if (key == NULL) return NULL;
    key->base.type = NULL;
    return &key->base;
}

static void message_key_hash(const struct ddsi_serdata *data, struct ddsi_keyhash *hash, bool md5) {
    (void)data, (void)md5;
    memset(hash, 0, sizeof *hash);
}

/* Samples are written and taken as bytes alone: what would turn them into C structures isn't there. */
static struct ddsi_serdata *message_of_sample(const struct ddsi_sertype *type, enum ddsi_serdata_kind kind, const void *sample) {
    (void)type, (void)kind, (void)sample;
    return NULL;
}

static struct ddsi_serdata *message_of_key_hash(const struct ddsi_sertype *type, const struct ddsi_keyhash *hash) {
    (void)hash;
    return (struct ddsi_serdata *)message_new(type, SDK_KEY, 4);
}

static bool message_to_sample(const struct ddsi_serdata *data, void *sample, void **buffer, void *limit) {
    (void)data, (void)sample, (void)buffer, (void)limit;
    return false;
}

static bool key_to_sample(
    const struct ddsi_sertype *type, const struct ddsi_serdata *data, void *sample, void **buffer, void *limit) {
    (void)type, (void)data, (void)sample, (void)buffer, (void)limit;
    return false;
}

static size_t message_print(const struct ddsi_sertype *type, const struct ddsi_serdata *data, char *text, size_t size) {
    int count = snprintf(text, size, "%s of %u bytes", type->type_name, message_count(data));
    return count < 0 ? 0 : (size_t)count;
}

#ifdef DDS_HAS_SHM
static struct ddsi_serdata *message_shared(const struct ddsi_sertype *type, enum ddsi_serdata_kind kind, void *from, void *buffer) {
    (void)type, (void)kind, (void)from, (void)buffer;
    return NULL;
}
#endif

static const struct ddsi_serdata_ops message_ops = {
    .eqkey = message_same_key, .get_size = message_count, .from_ser = message_received, .from_ser_iov = message_gathered,
    .from_keyhash = message_of_key_hash, .from_sample = message_of_sample, .to_ser = message_copy,
    .to_ser_ref = message_lend, .to_ser_unref = message_return, .to_sample = message_to_sample,
    .to_untyped = message_key, .untyped_to_sample = key_to_sample, .free = message_free, .print = message_print,
    .get_keyhash = message_key_hash,
#ifdef DDS_HAS_SHM
    .get_sample_size = message_count, .from_iox_buffer = message_shared,
#endif
};

static void type_free(struct ddsi_sertype *type) {
    ddsi_sertype_fini(type);
    free(type);
}

static void type_zero(const struct ddsi_sertype *type, void *samples, size_t count) { (void)type, (void)samples, (void)count; }

static void type_reallocate(void **samples, const struct ddsi_sertype *type, void *old, size_t old_count, size_t count) {
    (void)samples, (void)type, (void)old, (void)old_count, (void)count;
}

static void type_free_samples(const struct ddsi_sertype *type, void **samples, size_t count, dds_free_op_t how) {
    (void)type, (void)samples, (void)count, (void)how;
}

/* Name and operations have been compared already. */
static bool type_equal(const struct ddsi_sertype *one, const struct ddsi_sertype *other) {
    (void)one, (void)other;
    return true;
}

static uint32_t type_hash(const struct ddsi_sertype *type) {
    (void)type;
    return 0;
}

/* The same bytes in every representation. */
static struct ddsi_sertype *type_derive(
    const struct ddsi_sertype *type, dds_data_representation_id_t representation,
    dds_type_consistency_enforcement_qospolicy_t consistency) {
    (void)representation, (void)consistency;
    struct ddsi_sertype *derived = malloc(sizeof *derived);
    if (derived == NULL) return NULL;
    memcpy(derived, type, sizeof *derived);
    uint32_t references = ddsrt_atomic_ld32(&derived->flags_refc);
    ddsrt_atomic_st32(&derived->flags_refc, references & ~DDSI_SERTYPE_REFC_MASK);
    derived->base_sertype = ddsi_sertype_ref(type);
    return derived;
}

static const struct ddsi_sertype_ops type_ops = {
    .version = ddsi_sertype_v0, .free = type_free, .zero_samples = type_zero, .realloc_samples = type_reallocate,
    .free_samples = type_free_samples, .equal = type_equal, .hash = type_hash, .derive_sertype = type_derive,
};

static dds_qos_t *qos_new(bool reliable, bool latched, int32_t depth) {
    dds_qos_t *qos = dds_create_qos();
    dds_qset_reliability(qos, reliable ? DDS_RELIABILITY_RELIABLE : DDS_RELIABILITY_BEST_EFFORT, DDS_MSECS(100));
    dds_qset_history(qos, DDS_HISTORY_KEEP_LAST, depth);
    dds_qset_durability(qos, latched ? DDS_DURABILITY_TRANSIENT_LOCAL : DDS_DURABILITY_VOLATILE);
    if (latched) dds_qset_durability_service(qos, 0, DDS_HISTORY_KEEP_LAST, 1, -1, -1, -1);
    return qos;
}

int32_t pons_dds_join(uint32_t domain, const char *configuration) {
    if (configuration[0] != 0) {
        dds_entity_t joined = dds_create_domain(domain, configuration);
        if (joined < 0 && joined != DDS_RETCODE_PRECONDITION_NOT_MET) return joined;
    }
    return dds_create_participant(domain, NULL, NULL);
}

static pons_dds_endpoint endpoint_new(
    int32_t participant, const char *name, const char *type_name, bool reliable, bool latched, int32_t depth, bool writes) {
    pons_dds_endpoint endpoint = {DDS_RETCODE_OUT_OF_RESOURCES, NULL};
    struct ddsi_sertype *type = calloc(1, sizeof *type);
    if (type == NULL) return endpoint;
    ddsi_sertype_init(type, type_name, &type_ops, &message_ops, true);
    type->allowed_data_representation = DDS_DATA_REPRESENTATION_FLAG_XCDR1;
    endpoint.entity = dds_create_topic_sertype(participant, name, &type, NULL, NULL, NULL);
    if (endpoint.entity < 0) {
        ddsi_sertype_unref(type);
        return endpoint;
    }
    dds_qos_t *qos = qos_new(reliable, latched, depth);
    endpoint.type = type;
    endpoint.entity = writes ? dds_create_writer(participant, endpoint.entity, qos, NULL)
                             : dds_create_reader(participant, endpoint.entity, qos, NULL);
    dds_delete_qos(qos);
    return endpoint;
}

pons_dds_endpoint pons_dds_writer(
    int32_t participant, const char *topic, const char *type, bool reliable, bool latched, int32_t depth) {
    return endpoint_new(participant, topic, type, reliable, latched, depth, true);
}

pons_dds_endpoint pons_dds_reader(
    int32_t participant, const char *topic, const char *type, bool reliable, bool latched, int32_t depth) {
    return endpoint_new(participant, topic, type, reliable, latched, depth, false);
}

int32_t pons_dds_write(pons_dds_endpoint writer, const uint8_t *bytes, size_t count) {
    struct message *message = message_new(writer.type, SDK_DATA, count);
    if (message == NULL) return count < 4 || count > LONGEST ? DDS_RETCODE_BAD_PARAMETER : DDS_RETCODE_OUT_OF_RESOURCES;
    memcpy(message->bytes, bytes, count);
    return dds_writecdr(writer.entity, &message->base);
}

int64_t pons_dds_take(pons_dds_endpoint reader, uint8_t *bytes, size_t capacity) {
    for (;;) {
        struct ddsi_serdata *data = NULL;
        dds_sample_info_t info;
        dds_return_t count = dds_takecdr(reader.entity, &data, 1, &info, DDS_ANY_STATE);
        if (count <= 0) return count;
        int64_t size = info.valid_data ? (int64_t)message_count(data) : 0;
        if (size > 0 && (size_t)size <= capacity) ddsi_serdata_to_ser(data, 0, (size_t)size, bytes);
        ddsi_serdata_unref(data);
        /* A peer came or went: no message. */
        if (size > 0) return size;
    }
}

int32_t pons_dds_matched(pons_dds_endpoint endpoint) {
    int32_t count = dds_get_matched_publications(endpoint.entity, NULL, 0);
    return count >= 0 ? count : dds_get_matched_subscriptions(endpoint.entity, NULL, 0);
}

const char *pons_dds_error(int32_t code) { return dds_strretcode(code); }

void pons_dds_leave(int32_t participant) { (void)dds_delete(participant); }
