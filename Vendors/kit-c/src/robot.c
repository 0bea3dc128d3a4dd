#include "robot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HANDSHAKE_NS (5 * PONS_SECOND)

uint64_t pons_random(pons_robot *r) { return r->config.random(r->config.random_context) | 1; }

pons_requester pons_requester_of(const pons_robot *r, const pons_peer *p) {
    return (pons_requester){p->session, p->role, pons_is_holder(&r->authority, p->session)};
}

/* ---- Sending ------------------------------------------------------------------------------------------------------------- */

static uint32_t pack(pons_robot *r, const ProtobufCMessage *message) {
    size_t size = protobuf_c_message_get_packed_size(message);
    return size <= sizeof r->scratch ? (uint32_t)protobuf_c_message_pack(message, r->scratch) : 0;
}

void pons_send(pons_robot *r, int link, const ProtobufCMessage *message, const pons_table *table) {
    pons_peer_send(&r->peers[link], table->type_id, table->stream_class, r->scratch, pack(r, message), r->now);
}

void pons_broadcast(pons_robot *r, const ProtobufCMessage *message, const pons_table *table) {
    uint32_t length = pack(r, message);
    for (int link = 0; link < PONS_MAX_LINKS; link++) {
        if (r->peers[link].phase != PONS_OPEN) continue;
        pons_peer_send(&r->peers[link], table->type_id, table->stream_class, r->scratch, length, r->now);
    }
}

void pons_refuse(pons_robot *r, int link, const pons_rejection *why, const pons_header *header) {
    PB(Refusal) refusal = PONS__V1__REFUSAL__INIT;
    refusal.reason = (PB(RejectReason))why->reason;
    refusal.refused_type = header->type;
    refusal.refused_counter = header->counter;
    refusal.field_path = (char *)why->path;
    if (why->has_limit) PONS_SET(refusal, Refusal, limit, why->limit);
    pons_send(r, link, &refusal.base, &pons_table_Refusal);
}

static void refuse_with(pons_robot *r, int link, int reason, const char *path, const pons_header *header) {
    pons_rejection why;
    pons_reject(&why, reason, path);
    pons_refuse(r, link, &why, header);
}

/* ---- The end of a session ----------------------------------------------------------------------------------------------- */

/* Takes from a session what it held: leases, queues, its own stop request. The latch it caused stays. */
static void end_session(pons_robot *r, int link, int cause, int64_t now) {
    pons_peer *p = &r->peers[link];
    if (p->phase != PONS_OPEN) return;
    bool was_holder = pons_is_holder(&r->authority, p->session);
    bool left_running = cause == CAUSE(PEER_LEFT) && pons_safety_permits_motion(&r->supervisor);
    if (was_holder && left_running) {
        pons_safety_disable(&r->supervisor, pons_requester_of(r, p), CAUSE(PEER_LEFT));
        pons_carry_out(r, now);
    }
    p->phase = PONS_ENDED;
    p->audit_next = 0;
    pons_safety_release(&r->supervisor, p->session, 0, now);
    pons_carry_out(r, now);
    if (!was_holder) return;
    if (!left_running) pons_drop_queues(r, cause, now);
    if (cause != CAUSE(PEER_LEFT)) pons_pulse(r, cause, now);
    bool said_goodbye = cause == CAUSE(PEER_LEFT);
    pons_end_leases(r, p->session, false,
                    said_goodbye ? PONS__V1__LEASE_END__LEASE_END_RELEASED : PONS__V1__LEASE_END__LEASE_END_PEER_LOST, now);
}

void pons_drop(pons_robot *r, int link, int cause, int64_t now) {
    end_session(r, link, cause, now);
    r->peers[link].phase = PONS_ENDED;
    r->peers[link].wants_close = true;
}

/* ---- Session messages ----------------------------------------------------------------------------------------------------- */

/* The certificate says what a session may be; the message only asks (SEC-01, SEC-02). */
static bool is_trusted(const pons_robot *r, const pons_trust *trust, int role) {
    if (trust->protection == PONS_CLEAR && !r->config.is_lab) return false;
    return !trust->has_roles || (role < 16 && trust->roles >> role & 1);
}

/* Who asks again and again learns nothing more; who may come in still does (SEC-08). */
static void turn_away(pons_robot *r, int link, const pons_header *header, int64_t now) {
    int recent = 0;
    for (int i = 0; i < r->failed_greeting_count; i++) recent += now - r->failed_greetings[i] < 60 * PONS_SECOND;
    if (r->failed_greeting_count == 10) {
        memmove(r->failed_greetings, r->failed_greetings + 1, 9 * sizeof r->failed_greetings[0]);
        r->failed_greeting_count = 9;
    }
    r->failed_greetings[r->failed_greeting_count++] = now;
    refuse_with(r, link, recent >= 10 ? REASON(RATE_LIMIT) : REASON(PERMISSION_DENIED), "role", header);
    pons_drop(r, link, CAUSE(PEER_LEFT), now);
}

static bool has_feature(const pons_robot *r, const char *name) {
    for (size_t i = 0; i < r->descriptor->n_features; i++) {
        if (strcmp(r->descriptor->features[i], name) == 0) return true;
    }
    return false;
}

static void welcome(pons_robot *r, int link, const PB(Hello) *hello, const uint8_t *payload, size_t count, int64_t now) {
    pons_peer *p = &r->peers[link];
    uint8_t digest[32];
    r->config.sha256(payload, count, digest);
    PB(ProtocolVersion) version = PONS__V1__PROTOCOL_VERSION__INIT;
    version.major = 1;
    PB(Welcome) message = PONS__V1__WELCOME__INIT;
    message.version = &version;
    message.session_id = p->session = pons_random(r);
    message.boot_id = (ProtobufCBinaryData){16, r->boot_id};
    message.descriptor_sha256 = (ProtobufCBinaryData){32, r->description_sha256};
    message.schema_fingerprint = (ProtobufCBinaryData){32, (uint8_t *)pons_fingerprint};
    message.role = hello->role;
    message.client_nonce = hello->client_nonce;
    p->has_fingerprint_mismatch = memcmp(hello->schema_fingerprint.data, pons_fingerprint, 32) != 0;
    message.fingerprint_mismatch = p->has_fingerprint_mismatch;
    message.insecure = p->trust.protection == PONS_CLEAR && r->config.is_lab;
    message.robot_time_ns = now;
    message.source_id = r->next_source;
    message.hello_sha256 = (ProtobufCBinaryData){32, digest};
    pons_send(r, link, &message.base, &pons_table_Welcome);
    p->role = (int)hello->role;
    p->sealer.identity = pons_identity_of(r->boot_id, p->session);
    p->sealer.session = p->session;
    p->sealer.source = PONS_ADDRESS;
    p->sealer.destination = r->next_source;
    r->next_source = r->next_source == UINT16_MAX ? 16 : (uint16_t)(r->next_source + 1);
    p->phase = PONS_OPEN;
    p->alive_ns = now;
    pons_send_status(r, link, now);
}

static void on_hello(pons_robot *r, int link, const PB(Hello) *hello, const pons_header *header, const uint8_t *payload,
                     int64_t now) {
    pons_peer *p = &r->peers[link];
    if (p->phase == PONS_OPEN) {
        refuse_with(r, link, REASON(BUSY), "", header);
        return;
    }
    if (!is_trusted(r, &p->trust, (int)hello->role)) {
        turn_away(r, link, header, now);
        return;
    }
    const PB(ProtocolVersion) *low = hello->version_min, *high = hello->version_max;
    bool is_common = low->major == 1 && low->minor == 0 && high->major >= 1;
    if (!is_common) {
        PB(ProtocolVersion) version = PONS__V1__PROTOCOL_VERSION__INIT;
        version.major = 1;
        PB(Refusal) refusal = PONS__V1__REFUSAL__INIT;
        refusal.reason = REASON(VERSION_MISMATCH);
        refusal.refused_type = header->type;
        refusal.refused_counter = header->counter;
        refusal.version_min = refusal.version_max = &version;
        pons_send(r, link, &refusal.base, &pons_table_Refusal);
        pons_drop(r, link, CAUSE(PEER_LEFT), now);
        return;
    }
    for (size_t i = 0; i < hello->n_required_features; i++) {
        if (has_feature(r, hello->required_features[i])) continue;
        refuse_with(r, link, REASON(UNSUPPORTED), hello->required_features[i], header);
        return;
    }
    uint32_t open = 0, allowed = r->descriptor->limits->max_sessions;
    for (int i = 0; i < PONS_MAX_LINKS; i++) open += r->peers[i].phase == PONS_OPEN;
    if (hello->role == ROLE(STOP_ONLY)) allowed++; /* whoever only stops finds room (LNK-10) */
    if (open >= allowed) {
        pons_rejection why;
        pons_reject_limit(&why, REASON(LIMIT_EXCEEDED), "sessions", r->descriptor->limits->max_sessions);
        pons_refuse(r, link, &why, header);
        pons_drop(r, link, CAUSE(PEER_LEFT), now);
        return;
    }
    welcome(r, link, hello, payload, header->length, now);
}

static void on_describe(pons_robot *r, int link) {
    for (size_t offset = 0; offset < r->description_size; offset += 32768) {
        size_t left = r->description_size - offset;
        PB(DescribeReply) reply = PONS__V1__DESCRIBE_REPLY__INIT;
        reply.sha256 = (ProtobufCBinaryData){32, r->description_sha256};
        reply.total_size = (uint32_t)r->description_size;
        reply.offset = (uint32_t)offset;
        reply.descriptor_bytes = (ProtobufCBinaryData){left < 32768 ? left : 32768, r->description + offset};
        pons_send(r, link, &reply.base, &pons_table_DescribeReply);
    }
}

static void on_ping(pons_robot *r, int link, const PB(TimePing) *ping, int64_t now) {
    PB(TimePong) pong = PONS__V1__TIME_PONG__INIT;
    pong.id = ping->id;
    pong.client_send_ns = ping->client_send_ns;
    pong.robot_receive_ns = pong.robot_send_ns = now;
    pong.utc_ns = now + r->utc_step_ns;
    pong.boot_id = (ProtobufCBinaryData){16, r->boot_id};
    pons_send(r, link, &pong.base, &pons_table_TimePong);
}

static bool on_sync(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(TimeSyncReport) *report = raw;
    if (memcmp(report->boot_id.data, r->boot_id, 16) != 0) return pons_reject(why, REASON(NO_TIMESYNC), "boot_id");
    if (report->uncertainty_ns > PONS_TASK_CLOCK_BOUND_NS) {
        return pons_reject_limit(why, REASON(NO_TIMESYNC), "uncertainty_ns", (double)PONS_TASK_CLOCK_BOUND_NS);
    }
    r->peers[link].sync_uncertainty_ns = report->uncertainty_ns;
    r->peers[link].sync_expires_ns = now + r->descriptor->timing->sync_validity_ns;
    return true;
}

static const pons_table *table_of(uint32_t type) {
    for (size_t i = 0; i < pons_type_count; i++) {
        if (pons_types[i]->type_id == type) return pons_types[i];
    }
    return NULL;
}

static bool on_subscribe(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)now, (void)extra;
    const PB(Subscribe) *subscribe = raw;
    for (size_t i = 0; i < subscribe->n_message_types; i++) {
        if (!table_of(subscribe->message_types[i])) return pons_reject(why, REASON(UNKNOWN_NAME), "message_types");
    }
    for (size_t i = 0; i < subscribe->n_message_types; i++) {
        uint32_t type = subscribe->message_types[i];
        r->peers[link].subscriptions[type / 64 % 4] |= (uint64_t)1 << type % 64;
    }
    return true;
}

static bool on_content(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)now, (void)extra;
    const PB(ContentRequest) *request = raw;
    for (int i = 0; i < PONS_FILES; i++) {
        pons_file *file = &r->files[i];
        if (memcmp(request->sha256.data, file->sha256, 32) != 0) continue;
        if (request->offset >= file->size) return pons_reject_limit(why, REASON(OUT_OF_RANGE), "offset", (double)file->size);
        PB(ContentPiece) piece = PONS__V1__CONTENT_PIECE__INIT;
        piece.command_id = request->command_id;
        piece.sha256 = request->sha256;
        piece.total_size = file->size;
        piece.offset = request->offset;
        piece.payload = (ProtobufCBinaryData){file->size - (size_t)request->offset, file->bytes + request->offset};
        pons_send(r, link, &piece.base, &pons_table_ContentPiece);
        return true;
    }
    return pons_reject(why, REASON(UNKNOWN_NAME), "sha256");
}

static bool on_unsupported(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)r, (void)link, (void)raw, (void)now, (void)extra;
    return pons_reject(why, REASON(UNSUPPORTED), "");
}

/* ---- Commands: exactly one Ack for each (CMD-01) --------------------------------------------------------------------------- */

typedef struct {
    const pons_table *table;
    pons_handler *handler;
    bool is_audited;
} command_kind;

static const command_kind commands[] = {
    {&pons_table_TimeSyncReport, on_sync, false},
    {&pons_table_Subscribe, on_subscribe, false},
    {&pons_table_AuthorityRequest, pons_on_authority, true},
    {&pons_table_ActionChunk, pons_on_chunk, false},
    {&pons_table_TaskRequest, pons_on_task, false},
    {&pons_table_TaskControl, pons_on_task_control, false},
    {&pons_table_StopRequest, pons_on_stop, true},
    {&pons_table_StopRelease, pons_on_release, true},
    {&pons_table_ResetRequest, pons_on_reset, false},
    {&pons_table_ResetConfirm, pons_on_reset_confirm, true},
    {&pons_table_PowerRequest, pons_on_power, true},
    {&pons_table_EnableRequest, pons_on_enable, true},
    {&pons_table_DisableRequest, pons_on_disable, true},
    {&pons_table_ResumeRequest, pons_on_resume, true},
    {&pons_table_RecoveryRequest, pons_on_recovery, true},
    {&pons_table_ModeRequest, pons_on_mode, true},
    {&pons_table_StopSelfTestRequest, pons_on_stop_self_test, false},
    {&pons_table_StopSourceConfigure, pons_on_configure, true},
    {&pons_table_AuditRequest, pons_on_audit, false},
    {&pons_table_ContentRequest, on_content, false},
    {&pons_table_InjectRequest, pons_on_inject, true},
    {&pons_table_StreamRequest, on_unsupported, false},
    {&pons_table_RecordingControl, on_unsupported, false},
    {&pons_table_ControlSourceRequest, on_unsupported, false},
    {&pons_table_DatagramRequest, on_unsupported, false},
    {&pons_table_UpdateRequest, on_unsupported, false},
};

static const char *const role_names[] = {"UNSPECIFIED", "OBSERVER", "CONTROLLER", "OPERATOR", "SERVICE", "STOP_ONLY"};

static void acknowledge(pons_robot *r, int link, const pons_answer *answer, const pons_rejection *why, bool is_duplicate) {
    PB(Ack) ack = PONS__V1__ACK__INIT;
    char *blocking[PONS_BLOCKING];
    ack.command_id = answer->id;
    ack.received_ns = answer->received_ns;
    bool is_accepted = answer->outcome == PONS__V1__ACK_OUTCOME__ACK_OUTCOME_ACCEPTED;
    if (is_accepted) ack.accepted_ns = answer->received_ns;
    ack.first_executed_step = ack.dropped_past = answer->first_step;
    if (is_duplicate) {
        ack.outcome = PONS__V1__ACK_OUTCOME__ACK_OUTCOME_DUPLICATE;
        ack.original = (PB(AckOutcome))answer->outcome;
        ack.original_reason = (PB(RejectReason))answer->reason;
    } else {
        ack.outcome = (PB(AckOutcome))answer->outcome;
        ack.reason = (PB(RejectReason))answer->reason;
    }
    if (why) {
        ack.field_path = (char *)why->path;
        if (why->has_limit) PONS_SET(ack, Ack, limit, why->limit);
        ack.holder_session = why->holder;
        for (int i = 0; i < why->blocking_count; i++) blocking[i] = (char *)why->blocking[i];
        ack.blocking = blocking;
        ack.n_blocking = (size_t)why->blocking_count;
    }
    pons_send(r, link, &ack.base, &pons_table_Ack);
}

/* `refused` is why the message itself was refused, where it was. */
static void answer(pons_robot *r, int link, uint64_t id, const command_kind *kind, const void *message, const pons_header *header,
                   const uint8_t *payload, const pons_rejection *refused, int64_t now) {
    pons_peer *p = &r->peers[link];
    bool is_new, is_reused;
    pons_answer *known = pons_ledger_find(&p->ledger, id, header->type, payload, header->length, &is_new, &is_reused);
    pons_rejection why = {0};
    if (is_reused) {
        pons_answer reused = {.id = id, .received_ns = now, .outcome = PONS__V1__ACK_OUTCOME__ACK_OUTCOME_REJECTED,
                              .reason = REASON(ID_REUSED)};
        acknowledge(r, link, &reused, NULL, false);
        return;
    }
    if (!is_new) {
        acknowledge(r, link, known, NULL, true);
        return;
    }
    uint32_t extra = 0;
    known->received_ns = now;
    if (refused) why = *refused;
    bool is_accepted = !refused && kind->handler(r, link, message, now, &why, &extra);
    known->outcome = is_accepted ? PONS__V1__ACK_OUTCOME__ACK_OUTCOME_ACCEPTED : PONS__V1__ACK_OUTCOME__ACK_OUTCOME_REJECTED;
    known->reason = is_accepted ? 0 : (uint8_t)why.reason;
    known->first_step = (uint16_t)extra;
    if (is_accepted && kind->is_audited) {
        pons_log(r, p->session, now, "%s by %s %s", kind->table->name, role_names[p->role % 6], p->trust.name);
    }
    acknowledge(r, link, known, is_accepted ? NULL : &why, false);
}

/* ---- Frames in ------------------------------------------------------------------------------------------------------------ */

static void *arena_alloc(void *context, size_t size) {
    pons_robot *r = context;
    size_t at = (r->arena_used + 15) & ~(size_t)15;
    if (size > PONS_ARENA - at) return NULL;
    r->arena_used = at + size;
    return r->arena + at;
}

static void arena_free(void *context, void *pointer) { (void)context, (void)pointer; }

ProtobufCMessage *pons_unpack(pons_robot *r, const pons_table *table, const uint8_t *payload, size_t count) {
    ProtobufCAllocator allocator = {arena_alloc, arena_free, r};
    r->arena_used = 0;
    size_t known = pons_known_fields(table, payload, count, r->known);
    return protobuf_c_message_unpack(table->descriptor, &allocator, known, r->known);
}

/* Every command has its id in field 1, a fixed64. */
static uint64_t command_id(const uint8_t *payload, size_t count) {
    if (count < 9 || payload[0] != 9) return 0;
    uint64_t id = 0;
    for (int i = 0; i < 8; i++) id |= (uint64_t)payload[1 + i] << (8 * i);
    return id;
}

static void take_command(pons_robot *r, int link, const command_kind *kind, const pons_header *header, const uint8_t *payload,
                         int64_t now) {
    pons_rejection why;
    bool is_chunk = kind->table == &pons_table_ActionChunk;
    ProtobufCMessage *message = NULL;
    if (pons_check(kind->table, payload, header->length, (uint32_t)r->joints, &why)) {
        message = pons_unpack(r, kind->table, payload, header->length);
        if (!message) pons_reject(&why, REASON(LIMIT_EXCEEDED), "");
    }
    if (!message) {
        /* A chunk is answered by its id, where it has one; otherwise the refusal names the frame. */
        uint64_t id = is_chunk ? command_id(payload, header->length) : 0;
        if (id) answer(r, link, id, kind, NULL, header, payload, &why, now);
        else pons_refuse(r, link, &why, header);
        return;
    }
    uint64_t id = is_chunk ? ((PB(ActionChunk) *)message)->command_id
                           : *(uint64_t *)((uint8_t *)message + kind->table->descriptor->fields[0].offset);
    answer(r, link, id, kind, message, header, payload, NULL, now);
}

static void take_note(pons_robot *r, int link, const pons_table *table, const pons_header *header, const uint8_t *payload,
                      int64_t now) {
    pons_rejection why;
    if (!pons_check(table, payload, header->length, (uint32_t)r->joints, &why)) {
        pons_refuse(r, link, &why, header);
        return;
    }
    ProtobufCMessage *message = pons_unpack(r, table, payload, header->length);
    if (!message) refuse_with(r, link, REASON(LIMIT_EXCEEDED), "", header);
    else if (table == &pons_table_Hello) on_hello(r, link, (PB(Hello) *)message, header, payload, now);
    else if (table == &pons_table_Goodbye) pons_drop(r, link, CAUSE(PEER_LEFT), now);
    else if (table == &pons_table_Heartbeat) pons_peer_answer(&r->peers[link], ((PB(Heartbeat) *)message)->answer, now);
    else if (table == &pons_table_DescribeRequest) on_describe(r, link);
    else if (table == &pons_table_TimePing) on_ping(r, link, (PB(TimePing) *)message, now);
    else pons_on_check_in(r, link, (PB(StopSourceCheckIn) *)message, now);
}

static void dispatch(pons_robot *r, int link, const pons_header *header, const uint8_t *payload, int64_t now) {
    const pons_table *table = table_of(header->type);
    if (table == &pons_table_JointSetpoint) {
        pons_on_setpoint(r, link, header, payload, now);
        return;
    }
    for (size_t i = 0; table && i < sizeof commands / sizeof commands[0]; i++) {
        if (commands[i].table != table) continue;
        take_command(r, link, &commands[i], header, payload, now);
        return;
    }
    bool is_note = table == &pons_table_Hello || table == &pons_table_Goodbye || table == &pons_table_Heartbeat ||
                   table == &pons_table_DescribeRequest || table == &pons_table_TimePing ||
                   table == &pons_table_StopSourceCheckIn;
    if (table && is_note) take_note(r, link, table, header, payload, now);
    else refuse_with(r, link, REASON(UNSUPPORTED), "", header);
}

/* Of a session that is not this link's: counted, answered once a second, and feeding no watchdog (LNK-03). */
static void wrong_session(pons_robot *r, int link, const pons_header *header, int64_t now) {
    r->wrong_session_frames++;
    if (now - r->wrong_session_ns < PONS_SECOND) return;
    r->wrong_session_ns = now;
    refuse_with(r, link, REASON(WRONG_SESSION), "", header);
}

static void damaged(pons_robot *r, int link, int64_t now) {
    if (r->peers[link].phase != PONS_OPEN) {
        pons_drop(r, link, CAUSE(PEER_LOST), now);
        return;
    }
    r->integrity_errors++;
    if (pons_peer_damaged(&r->peers[link], now)) pons_pulse(r, CAUSE(INTEGRITY), now);
}

static void take_frame(pons_robot *r, int link, const pons_header *header, const uint8_t *frame, int64_t now) {
    pons_peer *p = &r->peers[link];
    if (p->phase == PONS_AWAITING_HELLO && header->type != pons_table_Hello.type_id) {
        refuse_with(r, link, REASON(NO_SESSION), "", header);
        return;
    }
    if (p->phase == PONS_OPEN && header->session != p->session) {
        wrong_session(r, link, header, now);
        return;
    }
    if (!pons_frame_holds(frame, header, &p->sealer.identity)) {
        damaged(r, link, now);
        return;
    }
    if (p->phase == PONS_OPEN) {
        bool is_for_us = header->destination == 0 || header->destination == PONS_ADDRESS;
        if (!is_for_us || header->source != p->sealer.destination || header->stream != 0) {
            refuse_with(r, link, REASON(ADDRESS), "", header);
            return;
        }
        int reason = pons_peer_counter(p, header->counter, r->descriptor->limits->max_counter_gap);
        if (reason) {
            refuse_with(r, link, reason, "", header);
            return;
        }
    }
    p->sealer.echoed = header->monitoring;
    dispatch(r, link, header, frame + PONS_HEADER, now);
}

/* Whole frames at the front of what came; one peer's rubbish ends that peer's link and nothing else (LNK-13). */
static size_t take_frames(pons_robot *r, int link, int64_t now) {
    pons_peer *p = &r->peers[link];
    size_t at = 0;
    while (p->phase != PONS_ENDED) {
        const uint8_t *start = p->in + at;
        size_t left = p->in_count - at;
        if (left >= 4 && memcmp(start, "PONS", 4) != 0) {
            pons_drop(r, link, CAUSE(PEER_LOST), now);
            break;
        }
        if (left < PONS_HEADER) break;
        pons_header header;
        if (!pons_header_read(start, &header) || header.length > r->descriptor->limits->max_control_frame) {
            pons_drop(r, link, CAUSE(PEER_LOST), now);
            break;
        }
        if (left < pons_frame_size(&header)) break;
        take_frame(r, link, &header, start, now);
        at += pons_frame_size(&header);
    }
    return at;
}

void pons_receive(pons_robot *r, int link, const uint8_t *bytes, size_t count, int64_t now) {
    pons_poll(r, now);
    pons_peer *p = &r->peers[link];
    while (count > 0 && (p->phase == PONS_AWAITING_HELLO || p->phase == PONS_OPEN)) {
        size_t room = sizeof p->in - p->in_count;
        size_t part = count < room ? count : room;
        memcpy(p->in + p->in_count, bytes, part);
        p->in_count += part;
        bytes += part;
        count -= part;
        size_t taken = take_frames(r, link, now);
        memmove(p->in, p->in + taken, p->in_count - taken);
        p->in_count -= taken;
    }
}

/* ---- Links ---------------------------------------------------------------------------------------------------------------- */

int pons_link_opened(pons_robot *r, const pons_trust *trust, int64_t now) {
    for (int link = 0; link < PONS_MAX_LINKS; link++) {
        if (r->peers[link].phase != PONS_FREE) continue;
        pons_peer_open(&r->peers[link], trust, now);
        return link;
    }
    return -1;
}

void pons_link_closed(pons_robot *r, int link, int64_t now) {
    pons_poll(r, now);
    end_session(r, link, CAUSE(PEER_LOST), now);
    r->peers[link].phase = PONS_FREE;
    r->peers[link].wants_close = false;
}

void pons_set_congestion(pons_robot *r, int link, bool is_congested) { r->peers[link].is_congested = is_congested; }

size_t pons_take(pons_robot *r, int link, uint8_t *bytes, size_t capacity) {
    pons_peer *p = &r->peers[link];
    if (p->phase == PONS_FREE) return 0;
    pons_peer_flush(p, r->now);
    if (p->has_overflowed && p->phase == PONS_OPEN) pons_drop(r, link, CAUSE(PEER_LOST), r->now);
    size_t count = p->out_count < capacity ? p->out_count : capacity;
    memcpy(bytes, p->out, count);
    memmove(p->out, p->out + count, p->out_count - count);
    p->out_count -= count;
    return count;
}

bool pons_take_close(pons_robot *r, int link) {
    pons_peer *p = &r->peers[link];
    if (!p->wants_close || p->out_count > 0) return false;
    p->wants_close = false;
    p->phase = PONS_FREE;
    return true;
}

bool pons_take_latch(pons_robot *r, int *latch, uint64_t *epoch) {
    *latch = pons_safety_latch(&r->supervisor);
    *epoch = r->supervisor.epoch;
    bool is_new = !r->has_stored || r->stored_latch != *latch || r->stored_epoch != *epoch;
    r->has_stored = true;
    r->stored_latch = *latch;
    r->stored_epoch = *epoch;
    return is_new;
}

/* ---- Time ------------------------------------------------------------------------------------------------------------------ */

static void watch_peers(pons_robot *r, int64_t now) {
    for (int link = 0; link < PONS_MAX_LINKS; link++) {
        pons_peer *p = &r->peers[link];
        bool is_silent = p->phase == PONS_AWAITING_HELLO && now - p->opened_ns > HANDSHAKE_NS;
        bool is_dead = p->phase == PONS_OPEN && now - p->alive_ns > r->descriptor->timing->peer_timeout_ns;
        if (is_silent || is_dead) pons_drop(r, link, CAUSE(PEER_LOST), now);
    }
    if (now < r->next_heartbeat_ns) return;
    int64_t period = r->descriptor->timing->heartbeat_period_ns;
    r->next_heartbeat_ns += period;
    if (r->next_heartbeat_ns <= now) r->next_heartbeat_ns = now + period;
    for (int link = 0; link < PONS_MAX_LINKS; link++) {
        pons_peer *p = &r->peers[link];
        if (p->phase != PONS_OPEN) continue;
        PB(Heartbeat) heartbeat = PONS__V1__HEARTBEAT__INIT;
        heartbeat.challenge = pons_random(r);
        heartbeat.health = r->supervisor.state == STATE(FAULT) ? PONS__V1__HEALTH__HEALTH_FAULT : PONS__V1__HEALTH__HEALTH_OK;
        heartbeat.dropped_frames = p->dropped;
        pons_peer_challenge(p, heartbeat.challenge, now);
        pons_send(r, link, &heartbeat.base, &pons_table_Heartbeat);
    }
}

/* What leaves for the actuators keeps the limits, whatever the layers above say (MOT-13). */
static void guard_spine(pons_robot *r, int64_t now) {
    if (r->has_spinal_target) {
        if (now >= r->spinal_until_ns) r->has_spinal_target = false;
        else r->command.position[r->spinal_joint] = r->spinal_value;
    }
    bool held = pons_guard_hold(&r->guard, &r->command, r->limits, r->joints, 0.001f);
    if (held && pons_safety_permits_motion(&r->supervisor)) pons_pulse(r, CAUSE(SPINAL_LIMIT), now);
}

static void observe(pons_robot *r, int64_t now) {
    bool is_still = true;
    for (int i = 0; i < r->joints; i++) {
        float speed = r->measurement.velocity[i];
        is_still = is_still && speed < 0.02f && speed > -0.02f; /* V_STILL */
    }
    pons_permission permission = r->command.permission;
    bool is_commanded = permission == PONS_RUN || permission == PONS_DECELERATE || permission == PONS_SETTLE;
    pons_standstill_observe(&r->standstill, is_still && !(is_commanded && !pons_shaper_is_still(&r->shaper)));
    pons_safety_observe(&r->supervisor, r->standstill.is_still, r->measurement.stability, now);
    pons_carry_out(r, now);
    pons_watch_lag(r, now);
    bool is_old = now - r->measurement.capture_ns > 100 * (int64_t)PONS_MS; /* nobody knows where the joints are */
    if (is_old && pons_safety_permits_motion(&r->supervisor)) pons_pulse(r, CAUSE(INTERNAL_FAULT), now);
}

static void cycle(pons_robot *r, int64_t now) {
    r->tick++;
    if (now < r->stalled_until_ns) {
        r->config.body.advance(r->config.body.context, now, &r->command, &r->measurement);
        return;
    }
    if (r->has_self_test && now >= r->self_test_due_ns) {
        r->has_self_test = false;
        pons_safety_self_tested(&r->supervisor, true, now);
        pons_carry_out(r, now);
    }
    watch_peers(r, now);
    pons_watch(r, now);
    pons_undo_injections(r, now);
    if (r->tick % 2 == 0) pons_move_small_brain(r, now);
    r->command.permission = pons_safety_permission(&r->supervisor);
    guard_spine(r, now);
    r->config.body.advance(r->config.body.context, now, &r->command, &r->measurement);
    observe(r, now);
    pons_publish(r, now);
}

void pons_poll(pons_robot *r, int64_t now) {
    if (now > r->now) r->now = now;
    while (r->next_tick_ns <= now) {
        pons_note_cycle(r, now - r->next_tick_ns);
        cycle(r, r->next_tick_ns);
        r->next_tick_ns += PONS_MS;
    }
}

/* ---- Start ---------------------------------------------------------------------------------------------------------------- */

static void power_up(pons_robot *r, int latch, int64_t now) {
    for (int link = 0; link < PONS_MAX_LINKS; link++) {
        if (r->peers[link].phase == PONS_FREE) continue;
        r->peers[link].phase = PONS_ENDED;
        r->peers[link].wants_close = true;
    }
    for (int i = 0; i < 16; i += 8) {
        uint64_t word = r->config.random(r->config.random_context);
        memcpy(r->boot_id + i, &word, 8);
    }
    for (int i = 0; i < PONS_MAX_PARTS; i++) r->authority.leases[i].is_held = false;
    r->config.body.boot(r->config.body.context, now);
    r->stop_tested_ns = now;
    r->has_self_test = true;
    r->self_test_due_ns = now + r->descriptor->safety->selftest_time_ns;
    pons_safety_boot(&r->supervisor, latch, now);
    pons_carry_out(r, now);
}

void pons_robot_restart(pons_robot *r, int64_t now) { power_up(r, pons_safety_latch(&r->supervisor), now); }

/* Cycles of 1 ms from one message of a stream to the next. */
static uint64_t cycles_at(double rate_hz) { return (uint64_t)(1000 / (rate_hz > 1000 ? 1000 : rate_hz) + 0.5); }

static float or_infinite(double value) { return value > 0 ? (float)value : 3.4e38f; }

static void learn_limits(pons_robot *r) {
    for (int i = 0; i < r->joints; i++) {
        const PB(JointDescription) *d = r->descriptor->joints[i];
        r->limits[i] = (pons_limits){
            .hard_lower = (float)d->hard_position->lower, .hard_upper = (float)d->hard_position->upper,
            .soft_lower = (float)d->soft_position->lower, .soft_upper = (float)d->soft_position->upper,
            .velocity = (float)d->velocity_limit, .acceleration = (float)d->acceleration_limit,
            .effort = (float)d->effort_limit, .stiffness = (float)d->stiffness_limit, .damping = (float)d->damping_limit,
            .bump = (float)d->bump_tolerance, .lag = (float)d->following_error_limit,
            .temperature = or_infinite(r->manifest.temperature_limit_c), .lag_ns = d->following_error_time_ns};
    }
}

size_t pons_robot_size(void) { return sizeof(pons_robot); }

pons_robot *pons_robot_start(const pons_config *config, const pons_manifest *manifest, int64_t now) {
    pons_robot *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    pons_frame_start();
    r->config = *config;
    r->manifest = *manifest;
    r->joints = r->shaper.count = manifest->joint_count;
    if (!pons_describe(r)) {
        pons_robot_free(r);
        return NULL;
    }
    learn_limits(r);
    pons_safety_parameters parameters = {
        .is_simulator = manifest->is_simulated, .stop_time_ns = manifest->protective.time_ns,
        .settle_time_ns = manifest->emergency.time_ns, .restore_delay_ns = 500 * (int64_t)PONS_MS,
        .nonce_validity_ns = 10 * PONS_SECOND};
    pons_safety_start(&r->supervisor, &parameters, config->epoch);
    pons_safety_declare(&r->supervisor, 1, KIND(EMERGENCY));
    r->authority.next_sequence = 1;
    r->authority.resource_count = (uint32_t)r->descriptor->n_resources;
    for (size_t i = 0; i < r->descriptor->n_resources; i++) {
        r->authority.parents[r->descriptor->resources[i]->id] = r->descriptor->resources[i]->parent_id;
    }
    pons_player_clear(&r->player);
    r->standstill.is_still = r->needs_bump_check = true;
    r->next_source = 16;
    r->holder_link = -1;
    r->now = r->next_tick_ns = r->next_status_ns = r->next_heartbeat_ns = now;
    r->wrong_session_ns = INT64_MIN / 2;
    for (size_t i = 0; i < sizeof r->refused_ns / sizeof r->refused_ns[0]; i++) r->refused_ns[i] = INT64_MIN / 2;
    r->state_cycles = cycles_at(manifest->state_rate_hz);
    if (manifest->sensor_count > 0) r->inertia_cycles = cycles_at(manifest->sensors[0].rate_hz);
    for (int i = 0; i < r->joints; i++) {
        r->measurement.position[i] = (float)manifest->joints[i].stand;
        r->measurement.temperature[i] = 25;
    }
    r->measurement.stability = STABILITY(STATIC);
    power_up(r, config->latch, now);
    return r;
}

void pons_robot_free(pons_robot *r) {
    if (r && r->descriptor) pons__v1__descriptor__free_unpacked(r->descriptor, NULL);
    free(r);
}
