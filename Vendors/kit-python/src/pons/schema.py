"""Messages and enumerations of the standard, made from its descriptor set.

`JointSetpoint()` and the others are protobuf messages; `SafetyState.OFF` and the others are `enum.IntEnum`s without the type's
prefix. Nothing is generated: `schema.binpb` is the file that the specification publishes.
"""
from __future__ import annotations

import enum
import hashlib
import importlib.resources
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

#: The schema as the specification publishes it: a serialised FileDescriptorSet.
DESCRIPTOR_SET = importlib.resources.files("pons").joinpath("schema.binpb").read_bytes()
_PACKAGE = "pons.v1."

_pool = descriptor_pool.DescriptorPool()
_files = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTOR_SET)
for _file in _files.file:
    _pool.AddSerializedFile(_file.SerializeToString())


def _options(descriptor: Any, kind: str, extension: str) -> Any:
    """An option of the standard; the default of its message where a schema says nothing."""
    cls = message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"google.protobuf.{kind}"))
    return cls.FromString(descriptor.GetOptions().SerializeToString()).Extensions[_pool.FindExtensionByName(_PACKAGE + extension)]


class Wire(enum.IntEnum):
    """Wire types of protobuf that the standard uses."""

    VARINT = 0
    FIXED64 = 1
    DELIMITED = 2
    FIXED32 = 5


_SCALARS = {
    1: (Wire.FIXED64, "<{}d"), 2: (Wire.FIXED32, "<{}f"), 6: (Wire.FIXED64, "<{}Q"), 7: (Wire.FIXED32, "<{}I"),
    15: (Wire.FIXED32, "<{}i"), 16: (Wire.FIXED64, "<{}q"),
}
_TEXT, _MESSAGE, _BYTES, _ENUM = 9, 11, 12, 14
ELEMENTS, STRING_BYTES, PAYLOAD_BYTES = 4096, 1024, 1200


@dataclass(slots=True)
class Field:
    """What a decoder and a validator must know of a field."""

    name: str
    number: int
    wire: Wire
    rule: Any
    is_repeated: bool
    is_explicit: bool
    is_float: bool
    is_text: bool
    is_bytes: bool
    enum_numbers: frozenset[int] | None
    message: Table | None
    limit: int
    element_limit: int

    @property
    def is_packable(self) -> bool:
        return self.is_repeated and self.wire != Wire.DELIMITED


@dataclass(slots=True)
class Table:
    """A message of the schema: its fields by number, and how strictly it is read."""

    name: str
    cls: Any = None
    type_id: int = 0
    stream_class: int = 0
    is_strict: bool = False
    fields: dict[int, Field] = field(default_factory=dict)


tables: dict[str, Table] = {}
types: dict[int, Table] = {}


def _table(descriptor: Any) -> Table:
    known = tables.get(descriptor.name)
    if known:
        return known
    table = tables[descriptor.name] = Table(descriptor.name)
    rule = _options(descriptor, "MessageOptions", "message")
    table.cls = message_factory.GetMessageClass(descriptor)
    table.type_id, table.stream_class, table.is_strict = rule.type_id, rule.stream_class, rule.strict
    for each in descriptor.fields:
        table.fields[each.number] = _field(each)
    return table


def _field(descriptor: Any) -> Field:
    rule = _options(descriptor, "FieldOptions", "rule")
    kind = descriptor.type
    is_text, is_bytes, is_message = kind == _TEXT, kind == _BYTES, kind == _MESSAGE
    wire = _SCALARS[kind][0] if kind in _SCALARS else Wire.DELIMITED if is_text or is_bytes or is_message else Wire.VARINT
    is_repeated = descriptor.is_repeated
    byte_limit = STRING_BYTES if is_text else PAYLOAD_BYTES
    if rule.exact_bytes and not is_repeated:
        limit = rule.exact_bytes
    elif rule.exact_count:
        limit = rule.exact_count
    elif rule.max_count and (is_repeated or is_text or is_bytes):
        limit = rule.max_count
    elif rule.identifier and not is_repeated:
        limit = 64
    else:
        limit = ELEMENTS if is_repeated else byte_limit
    return Field(
        name=descriptor.name, number=descriptor.number, wire=wire, rule=rule, is_repeated=is_repeated,
        is_explicit=not is_repeated and (is_message or descriptor.has_presence), is_float=kind in (1, 2),
        is_text=is_text, is_bytes=is_bytes,
        enum_numbers=frozenset(v.number for v in descriptor.enum_type.values) if kind == _ENUM else None,
        message=_table(descriptor.message_type) if is_message else None, limit=limit,
        element_limit=64 if rule.identifier else byte_limit)


def _enumeration(descriptor: Any) -> type[enum.IntEnum]:
    prefix = "".join("_" + c if c.isupper() else c.upper() for c in descriptor.name).lstrip("_") + "_"
    return enum.IntEnum(descriptor.name, {v.name.removeprefix(prefix): v.number for v in descriptor.values})


for _file in _files.file:
    if _file.package != "pons.v1":
        continue
    _descriptor = _pool.FindFileByName(_file.name)
    for _message in _descriptor.message_types_by_name.values():
        _made = _table(_message)
        globals()[_made.name] = _made.cls
        if _made.type_id:
            types[_made.type_id] = _made
    for _enum in _descriptor.enum_types_by_name.values():
        globals()[_enum.name] = _enumeration(_enum)


def table_of(message: Any) -> Table:
    """The table of a message or of its class."""
    return tables[message.DESCRIPTOR.name]


def _fingerprint() -> bytes:
    """SHA-256 over the descriptors of the standard's files, in order of their names (VER-04)."""
    digest = hashlib.sha256()
    for file in sorted(_files.file, key=lambda each: each.name):
        if file.package == "pons.v1":
            digest.update(file.SerializeToString())
    return digest.digest()


FINGERPRINT = _fingerprint()


def __getattr__(name: str) -> Any:
    raise AttributeError(f"the schema has no {name}")
