#!/usr/bin/env python3
"""Captures the packets of one TCP connection on the loopback interface, and says what of TLS stands in them for anybody to read.

    tls_capture.py PORT          prints "ready", captures until its standard input ends, then prints a line of JSON

Needs CAP_NET_RAW. An independent reader of RFC 8446: it shares nothing with the library that speaks TLS here.
"""
import json
import select
import socket
import struct
import sys

HANDSHAKE, CLIENT_HELLO, SERVER_HELLO, SUPPORTED_VERSIONS = 22, 1, 2, 43
RECORDS = {20: "change_cipher_spec", 21: "alert", 22: "handshake", 23: "application_data"}
OUTGOING = 4  # each packet of the loopback interface is seen leaving and arriving


def capture(port):
    """Bytes that the first client of a port sent and was sent, in order of their sequence numbers."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    wire.bind(("lo", 0x0800))
    print("ready", flush=True)
    segments, client = ({}, {}), None
    while True:
        ready, _, _ = select.select([wire, sys.stdin], [], [])
        if wire in ready:
            packet, address = wire.recvfrom(1 << 17)
            segment = tcp(packet) if address[2] != OUTGOING else None
            if segment and port in segment[:2]:
                source, target, sequence, payload = segment
                client = client or (source if target == port else None)
                if payload and client in (source, target):
                    segments[source == port][sequence] = payload
        elif sys.stdin in ready:
            return [joined(part) for part in segments]


def tcp(packet):
    """Ports, sequence number and payload of an IPv4 packet, where it is one of TCP."""
    head = (packet[0] & 15) * 4
    if packet[0] >> 4 != 4 or packet[9] != 6 or len(packet) < head + 20:
        return None
    source, target, sequence = struct.unpack_from(">HHI", packet, head)
    end = struct.unpack_from(">H", packet, 2)[0] or len(packet)
    return source, target, sequence, packet[head + (packet[head + 12] >> 4) * 4:end]


def joined(segments):
    """A direction's bytes from its first segment on, up to the first gap."""
    data, first = b"", min(segments, default=0)
    for sequence in sorted(segments):
        if sequence - first > len(data):
            break
        data = data[:sequence - first] + segments[sequence]
    return data


def records(data):
    """TLS records: type, version of the record layer, content."""
    found, at = [], 0
    while at + 5 <= len(data):
        kind, version, size = struct.unpack_from(">BHH", data, at)
        found.append((RECORDS.get(kind, str(kind)), version, data[at + 5:at + 5 + size]))
        at += 5 + size
    return found


def versions(found, wanted):
    """What a hello says in its extension supported_versions; without one it would be TLS 1.2 or older."""
    hello = next((content for kind, _, content in found if kind == "handshake" and content[:1] == bytes([wanted])), None)
    if hello is None:
        return None
    at = 4 + 2 + 32
    at += 1 + hello[at]  # session id
    if wanted == CLIENT_HELLO:
        at += 2 + struct.unpack_from(">H", hello, at)[0]  # cipher suites
        at += 1 + hello[at]  # compression methods
    else:
        at += 3
    end = at + 2 + struct.unpack_from(">H", hello, at)[0]
    at += 2
    while at + 4 <= end:
        kind, size = struct.unpack_from(">HH", hello, at)
        if kind == SUPPORTED_VERSIONS:
            body = hello[at + 4:at + 4 + size]
            body = body[1:] if wanted == CLIENT_HELLO else body
            return [f"{number:04x}" for (number,) in struct.iter_unpack(">H", body)]
        at += 4 + size
    return []


def main():
    client, robot = capture(int(sys.argv[1]))
    asked, answered = records(client), records(robot)
    print(json.dumps({
        "offered": versions(asked, CLIENT_HELLO), "chosen": versions(answered, SERVER_HELLO),
        "client": [kind for kind, _, _ in asked], "robot": [kind for kind, _, _ in answered],
        "readable": sorted(word for word in sys.argv[2:] if word.encode() in client + robot),
    }))


main()
