"""The robot in real time: TCP with mutual TLS 1.3, a cycle of 1 ms, one thread."""
from __future__ import annotations

import os
import selectors
import socket
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..schema import Role
from .peer import Protection, Trust
from .runtime import Robot

MS = 1_000_000
_ROLES = {"observer": Role.OBSERVER, "controller": Role.CONTROLLER, "operator": Role.OPERATOR, "service": Role.SERVICE,
          "stop-only": Role.STOP_ONLY}
_KERNEL_UNSENT, _UNSENT_LIMIT, _RECORD = 1_024, 4 << 20, 16_384
_STRANGERS = 64
_TCP_NOTSENT_LOWAT = 25  # linux/tcp.h; Python names it from 3.12 on


def robot_context(keys: str | Path) -> ssl.SSLContext:
    """TLS 1.3 with the keys of `conform keys`: authority.pem, robot.pem, robot.key."""
    folder = Path(keys)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(folder / "authority.pem")
    context.load_cert_chain(folder / "robot.pem", folder / "robot.key")
    context.num_tickets = 0
    return context


def trust_of(certificate: dict) -> Trust:
    """What a certificate grants: names `pons:role:…` of its subject (part SEC)."""
    uris = [value for kind, value in certificate.get("subjectAltName", ()) if kind == "URI"]
    roles = frozenset(role for name, role in _ROLES.items() if f"pons:role:{name}" in uris)
    name = next((value for rdn in certificate.get("subject", ()) for key, value in rdn if key == "commonName"), "")
    left = ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()
    return Trust(Protection.AUTHENTICATED, roles, name, max(0, min(int(left * 1e9), 10**18)))


@dataclass(slots=True)
class _Link:
    number: int
    socket: socket.socket | ssl.SSLSocket
    since_ns: int
    is_open: bool = False
    unsent: bytearray = field(default_factory=bytearray)


class StateFile:
    """What must survive a power cycle: a latched stop, and the epoch (SAF-07). The same file as of the C kit."""

    def __init__(self, path: str | Path):
        self.path = Path(path)

    def load(self) -> tuple[int | None, int]:
        """Latch and epoch; raises `ValueError` where nobody knows any more what was latched."""
        try:
            words = self.path.read_text(encoding="ascii").split()
        except FileNotFoundError:
            return None, 0  # a first boot
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{self.path} can't be read: {error}") from error
        if len(words) != 6 or words[:3] != ["pons-state", "1", "latch"] or words[4] != "epoch":
            raise ValueError(f"{self.path} is no state of a robot")
        return int(words[3]) or None, int(words[5])

    def store(self, latch: int | None, epoch: int) -> None:
        """Written beside and renamed: half a file never takes the place of a whole one."""
        beside = self.path.with_name(self.path.name + ".new")
        with beside.open("w", encoding="ascii") as file:
            file.write(f"pons-state 1 latch {latch or 0} epoch {epoch}\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)


class Server:
    """Drives a robot: sockets in, sockets out."""

    INTRODUCTION_NS = 5_000 * MS

    def __init__(self, robot: Robot, listener: socket.socket, context: ssl.SSLContext | None, state: StateFile | None = None):
        """Without a context links are in clear: a laboratory only, and the robot must be in lab mode."""
        self._state, self._stored = state, (-1, -1)
        self.robot, self.listener, self.context = robot, listener, context
        self.links: dict[int, _Link] = {}
        self._next = 1
        self._heard = 0
        self._selector = selectors.DefaultSelector()
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, None)

    def run(self) -> None:
        next_tick = time.monotonic_ns() + MS
        while True:
            wait = max(0, next_tick - time.monotonic_ns()) / 1e9
            ready = [key.data for key, _ in self._selector.select(wait)]
            if None in ready:
                self._accept()
            for link in ready:
                if link and link.is_open:
                    self._read(link)
            self._hear([link for link in ready if link and not link.is_open])
            now = time.monotonic_ns()
            self.robot.advance(now)
            self._store()  # before anybody is told
            self._carry_out(now)
            if now >= next_tick:
                next_tick = now + MS if now - next_tick > 100 * MS else next_tick + MS

    def _store(self) -> None:
        now = (self.robot.supervisor.latch or 0, self.robot.supervisor.epoch)
        if self._state and now != self._stored:
            self._stored = now
            self._state.store(*now)

    def _accept(self) -> None:
        try:
            sock, _ = self.listener.accept()
        except OSError:
            return
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # What the link can't take yet stays with the robot, who knows which of it is old (LNK-12).
        sock.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, _KERNEL_UNSENT)
        sock.setblocking(False)
        if self.context:
            sock = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        link = _Link(self._next, sock, time.monotonic_ns())
        self._next += 1
        self.links[link.number] = link
        self._selector.register(sock, selectors.EVENT_READ, link)
        strangers = [link for link in self.links.values() if not link.is_open]
        if len(strangers) > _STRANGERS:
            self._end(strangers[0])  # whoever opens links and says nothing keeps nobody out (LNK-14)
        if not self.context:
            link.is_open = True
            self.robot.link_opened(link.number, Trust(), time.monotonic_ns())

    def _hear(self, strangers: list[_Link]) -> None:
        """One of those who have something to say, in turn: proving who is there takes as long as a cycle, and a flood of them holds
        up nobody but its own (LNK-14)."""
        strangers = [link for link in strangers if link.number in self.links]
        if strangers:
            link = min(strangers, key=lambda link: (link.number <= self._heard, link.number))
            self._heard = link.number
            self._read(link)

    def _read(self, link: _Link) -> None:
        """One record, at most 16 KiB: whoever floods has no more turns than the others, one of whom may ask for a stop (SAF-05)."""
        try:
            if not link.is_open:
                link.socket.do_handshake()
                link.is_open = True
                self.robot.link_opened(link.number, trust_of(link.socket.getpeercert()), time.monotonic_ns())
            data = link.socket.recv(_RECORD)
            # What TLS has read already, no selector tells of.
            while data and isinstance(link.socket, ssl.SSLSocket) and link.socket.pending():
                data += link.socket.recv(link.socket.pending())
            if data:
                self.robot.receive(link.number, data, time.monotonic_ns())
            else:
                self._end(link)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            pass
        except OSError:
            self._end(link)

    def _carry_out(self, now: int) -> None:
        for link in list(self.links.values()):
            if not link.is_open and now - link.since_ns > self.INTRODUCTION_NS:
                self._end(link)
            self.robot.set_congestion(link.number, bool(link.unsent))
        for action in self.robot.take_actions():
            link = self.links.get(action[1])
            if not link:
                continue
            if action[0] == "send":
                link.unsent += action[2]
            else:
                self._write(link)
                self._end(link)
        for link in list(self.links.values()):
            if link.unsent:
                self._write(link)

    def _write(self, link: _Link) -> None:
        try:
            while link.unsent:
                del link.unsent[:link.socket.send(link.unsent)]
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            if len(link.unsent) > _UNSENT_LIMIT:
                self._end(link)
        except OSError:
            self._end(link)

    def _end(self, link: _Link) -> None:
        if self.links.pop(link.number, None):
            self._selector.unregister(link.socket)
            link.socket.close()
            self.robot.link_closed(link.number, time.monotonic_ns())
