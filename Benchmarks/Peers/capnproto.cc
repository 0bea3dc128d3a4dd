// Cap'n Proto: built in memory that is used again, copied out as one flat message; read in place.
#include "plain.h"
#include "messages.capnp.h"
#include <capnp/message.h>
#include <capnp/serialize.h>

using namespace plain;

namespace {

template <class T> std::vector<capnp::word> encoded[PEERS_RING];
capnp::word scratch[1 << 17];

template <class List, class V> void copy(List list, const V &values) {
    for (size_t i = 0; i < values.size(); i++) list.set(i, values[i]);
}

void build(capn::State::Builder b, const State &s) {
    b.setSequence(s.sequence); b.setCapture(s.capture); b.setSafety(s.safety); b.setMode(s.mode);
    b.setDescriptor(s.descriptor); b.setAuthority(s.authority); b.setAppliedSequence(s.applied_sequence);
    b.setAppliedNs(s.applied_ns);
    copy(b.initPosition(s.position.size()), s.position); copy(b.initVelocity(s.velocity.size()), s.velocity);
    copy(b.initEffort(s.effort.size()), s.effort); copy(b.initCommanded(s.commanded.size()), s.commanded);
    copy(b.initApplied(s.applied.size()), s.applied); copy(b.initLimited(s.limited.size()), s.limited);
    copy(b.initBrake(s.brake.size()), s.brake); copy(b.initFault(s.fault.size()), s.fault);
    copy(b.initImu(s.imu.size()), s.imu); copy(b.initFoot(s.foot.size()), s.foot);
    b.setReceivedSequence(s.received_sequence); b.setAcceptedSequence(s.accepted_sequence);
    b.setReceivedNs(s.received_ns); b.setRejected(s.rejected); b.setLost(s.lost); b.setDepth(s.depth);
    b.setUncertainty(s.uncertainty); b.setSync(s.sync); b.setHash(s.hash); b.setTest(s.test);
}
void build(capn::Setpoint::Builder b, const Setpoint &s) {
    b.setSequence(s.sequence); b.setStamp(s.stamp); b.setUntil(s.until); b.setEpoch(s.epoch); b.setLease(s.lease);
    b.setResource(s.resource); b.setDescriptor(s.descriptor); b.setMode(s.mode);
    copy(b.initPosition(s.position.size()), s.position); copy(b.initVelocity(s.velocity.size()), s.velocity);
    copy(b.initEffort(s.effort.size()), s.effort); copy(b.initStiffness(s.stiffness.size()), s.stiffness);
    copy(b.initDamping(s.damping.size()), s.damping);
}
void build(capn::Picture::Builder b, const Picture &p) {
    b.setSensor(p.sensor.c_str()); b.setSequence(p.sequence); b.setCapture(p.capture); b.setPublish(p.publish);
    b.setFrame(p.frame.c_str()); b.setEncoding(p.encoding); b.setWidth(p.width); b.setHeight(p.height);
    b.setPayload(capnp::Data::Reader(p.payload.data(), p.payload.size()));
}
void build(capn::Node::Builder b, const Node &n) {
    b.setId(n.id.c_str()); b.setKind(n.kind); b.setSkill(n.skill.c_str()); b.setTimeout(n.timeout);
    b.setComment(n.comment.c_str());
    auto parameters = b.initParameters(n.parameters.size());
    for (size_t i = 0; i < n.parameters.size(); i++) {
        auto &p = n.parameters[i];
        parameters[i].setName(p.name.c_str()); parameters[i].setNumber(p.number);
        parameters[i].setText(p.text.c_str()); parameters[i].setHasText(p.has_text);
    }
    auto children = b.initChildren(n.children.size());
    for (size_t i = 0; i < n.children.size(); i++) build(children[i], n.children[i]);
}
void build(capn::Plan::Builder b, const Plan &p) {
    b.setCommand(p.command); b.setTask(p.task.c_str()); b.setEpoch(p.epoch); b.setLease(p.lease);
    b.setResource(p.resource); b.setUntil(p.until); b.setDescriptor(p.descriptor); build(b.initRoot(), p.root);
}

uint64_t touch(capn::State::Reader s) {
    float sum = 0;
    for (auto stream : {s.getPosition(), s.getVelocity(), s.getEffort(), s.getCommanded(), s.getApplied()})
        for (float value : stream) sum += value;
    return bits(sum);
}
uint64_t touch(capn::Setpoint::Reader s) { return bits(s.getPosition()[0]); }
uint64_t touch(capn::Picture::Reader p) { return p.getPayload().size(); }
uint64_t touch(capn::Node::Reader n) {
    uint64_t sum = n.getId().size() + n.getSkill().size() + n.getComment().size() + uint64_t(n.getTimeout());
    for (auto p : n.getParameters()) sum += p.getName().size() + p.getText().size() + uint64_t(p.getNumber());
    for (auto child : n.getChildren()) sum += touch(child);
    return sum;
}
uint64_t touch(capn::Plan::Reader p) { return touch(p.getRoot()); }

template <class C, class T> size_t write(const T &value) {
    // The builder wants its first segment zeroed, and zeroes what it used of it when it goes.
    capnp::MallocMessageBuilder builder(kj::arrayPtr(scratch, sizeof scratch / sizeof *scratch));
    build(builder.initRoot<C>(), value);
    kj::ArrayOutputStream stream(kj::arrayPtr(output, sizeof output));
    capnp::writeMessage(stream, builder);
    return stream.getArray().size();
}

template <class C, class T> uint64_t encode(size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += write<C>(ring<T>[i % PEERS_RING]);
    return sum;
}

template <class C, class T> uint64_t view(size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        auto &words = encoded<T>[i % PEERS_RING];
        capnp::FlatArrayMessageReader reader(kj::arrayPtr(words.data(), words.size()));
        sum += touch(reader.getRoot<C>());
    }
    return sum;
}

template <class C, class T, class M> void all(int message, const M *from) {
    load<T>(from);
    for (int i = 0; i < PEERS_RING; i++) {
        size_t size = write<C>(ring<T>[i]);
        encoded<T>[i].resize(size / sizeof(capnp::word));
        memcpy(encoded<T>[i].data(), output, size);
    }
    add("Cap'n Proto", message, "encode", encode<C, T>);
    // Checked as it is read: there is no view without touching.
    add("Cap'n Proto", message, "view + touch", view<C, T>);
}

}  // namespace

void add_capnproto() {
    all<capn::State, State>(PEERS_STATE, states);
    all<capn::Setpoint, Setpoint>(PEERS_SETPOINT, setpoints);
    all<capn::Picture, Picture>(PEERS_DEPTH, images);
    all<capn::Plan, Plan>(PEERS_PLAN, plans);
}
