"""Checks of a message that is well formed: the rules that the schema states about its fields (FMT-01, FMT-07 to FMT-12)."""
from __future__ import annotations

import math
import re
from typing import Any

from .schema import Field, RejectReason, Table, table_of
from .wire import Rejection

_IDENTIFIER = re.compile(r"[A-Za-z0-9_.:-]*\Z")
_JOINTS, _JOINTS_OR_EMPTY, _JOINT_MASK, _STEPS_TIMES_JOINTS = 1, 2, 3, 4


def validate(message: Any, joint_count: int) -> None:
    """Raises `Rejection` with the first rule that is broken."""
    _message(message, table_of(message), joint_count)


def _message(message: Any, table: Table, joints: int) -> None:
    for field in table.fields.values():
        if field.is_repeated:
            _repeated(message, field, joints)
        elif field.is_explicit and not message.HasField(field.name):
            if field.rule.required:
                raise Rejection(RejectReason.FIELD_MISSING, field.name)
        else:
            value = getattr(message, field.name)
            if field.rule.required and not field.is_explicit and not value:
                raise Rejection(RejectReason.FIELD_MISSING, field.name)
            if field.message is not None:
                _nested(value, field, joints)
            else:
                _value(value, field, field.name)
    for field in table.fields.values():
        _relations(message, field, table)


def _nested(value: Any, field: Field, joints: int) -> None:
    try:
        _message(value, field.message, joints)
    except Rejection as error:
        raise error.inside(field.name) from None
    if field.rule.unit_norm:
        norm = math.sqrt(value.x**2 + value.y**2 + value.z**2 + value.w**2)
        if not abs(norm - 1) <= 1e-3:
            raise Rejection(RejectReason.BAD_QUATERNION, field.name, 1)


def _repeated(message: Any, field: Field, joints: int) -> None:
    values, rule = getattr(message, field.name), field.rule
    count = len(values)
    if rule.required and not count:
        raise Rejection(RejectReason.FIELD_MISSING, field.name)
    expected = None
    if rule.length == _JOINTS or (rule.length == _JOINTS_OR_EMPTY and count):
        expected = joints
    elif rule.length == _JOINT_MASK and count:
        expected = (joints + 63) // 64
    elif rule.length == _STEPS_TIMES_JOINTS:
        expected = message.horizon * joints
    elif rule.exact_count and count:
        expected = rule.exact_count
    if expected is not None and count != expected:
        raise Rejection(RejectReason.WRONG_COUNT, field.name, expected)
    if field.message is not None:
        for value in values:
            _nested(value, field, joints)
    elif field.is_float and not (rule.HasField("min") or rule.HasField("max")):
        if not math.isfinite(sum(values)):
            for index, value in enumerate(values):
                _value(value, field, f"{field.name}[{index}]")
    else:
        for index, value in enumerate(values):
            _value(value, field, f"{field.name}[{index}]")


def _value(value: Any, field: Field, path: str) -> None:
    rule = field.rule
    if field.is_float and not rule.allow_non_finite and not math.isfinite(value):
        raise Rejection(RejectReason.NOT_FINITE, path)
    if rule.HasField("min") and value < rule.min:
        raise Rejection(RejectReason.OUT_OF_RANGE, path, rule.min)
    if rule.HasField("max") and value > rule.max:
        raise Rejection(RejectReason.OUT_OF_RANGE, path, rule.max)
    if rule.identifier and not _IDENTIFIER.match(value):
        raise Rejection(RejectReason.BAD_STRING, path)
    if rule.exact_bytes and value and len(value) != rule.exact_bytes:
        raise Rejection(RejectReason.WRONG_COUNT, path, rule.exact_bytes)


def _relations(message: Any, field: Field, table: Table) -> None:
    if field.rule.covariance:
        _covariance(list(getattr(message, field.name)), field.name)
    if not field.rule.not_below:
        return
    lower = table.fields[field.rule.not_below].name
    if message.HasField(lower) and message.HasField(field.name) and getattr(message, field.name) < getattr(message, lower):
        raise Rejection(RejectReason.OUT_OF_RANGE, field.name, getattr(message, lower))


def _covariance(triangle: list[float], path: str) -> None:
    """Positive semi-definite up to rounding, by elimination row by row (FMT-12)."""
    if not triangle:
        return
    if len(triangle) not in (6, 21):
        raise Rejection(RejectReason.WRONG_COUNT, path)
    size = 3 if len(triangle) == 6 else 6
    rows = [[0.0] * size for _ in range(size)]
    values = iter(triangle)
    for row in range(size):
        for column in range(row, size):
            rows[row][column] = next(values)
    scale = max(abs(rows[i][i]) for i in range(size))
    tolerance = 1e-9 * scale
    for pivot in range(size):
        variance = rows[pivot][pivot]
        rest = rows[pivot][pivot + 1:]
        if variance < -tolerance or (variance <= tolerance and any(x * x > tolerance * scale for x in rest)):
            raise Rejection(RejectReason.BAD_COVARIANCE, path, 0)
        if variance <= tolerance:
            continue
        for i in range(pivot + 1, size):
            for j in range(i, size):
                rows[i][j] -= rows[pivot][i] * rows[pivot][j] / variance
