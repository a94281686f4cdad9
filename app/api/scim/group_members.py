"""A PATCH of a group, taken apart: what it says of members by their ids, and the rest.

A group may have ten thousand members, and a directory that adds one says so: the others need not be read for that.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from scim2_models import InvalidValueException, PatchOp, PatchOperation, Path
from scim2_models.path import AttrPath, CompareOperator, Comparison, ValuePath

from app.api.scim.calling import id_of
from app.api.scim.models import Group, Member
from app.domain.findings import NotFound
from app.services.directory_groups import MembersSaid

_MEMBERS = "members"
_NO_GROUPS = "A member must be a User: groups in groups are not kept. Send the users that they hold."


def member_ids(members: Iterable[Any]) -> set[UUID]:
    """Who they are. `members` are Member models or what a PATCH says. Raises a SCIMException for what is no user."""
    return {_id(member) for member in members}


def taken_apart(patch: PatchOp[Group]) -> tuple[PatchOp[Group] | None, MembersSaid] | None:
    """(what is not about members, the change of members); None where members are not told by their ids."""
    members, rest = MembersSaid(), []
    for operation in patch.operations or ():
        kept = _without_members(operation, members)
        if kept is None:
            return None
        rest += kept
    return (PatchOp[Group](operations=rest) if rest else None), members


def _without_members(operation: PatchOperation[Group], members: MembersSaid) -> list[PatchOperation[Group]] | None:
    """The operation without what it says of members, which is noted; None where that can't be told apart."""
    path, value = operation.path, operation.value
    if path is None or not str(path):
        if not isinstance(value, dict):
            return [operation]
        named = [key for key in value if isinstance(key, str) and _is_members(key)]
        for key in named:
            _note(operation.op, value[key], members)
        others = {key: each for key, each in value.items() if key not in named}
        return [operation.model_copy(update={"value": others})] if others or not named else []
    if not _is_members(path.attr):
        return [operation]
    node = path.ast
    if isinstance(node, AttrPath) and node.sub_attr is None:
        _note(operation.op, value, members)
        return []
    if isinstance(node, ValuePath) and operation.op is PatchOperation.Op.remove and node.sub_attr is None:
        return _one_removed(node, members)
    return None


def _one_removed(node: ValuePath, members: MembersSaid) -> list[PatchOperation[Group]] | None:
    """`members[value eq "..."]`."""
    test = node.val_filter
    if not isinstance(test, Comparison) or test.op is not CompareOperator.eq or str(test.attr_path).lower() != "value":
        return None
    members.remove(_known([{"value": test.value}]))
    return []


def _note(op: PatchOperation.Op, value: Any, members: MembersSaid) -> None:
    said = value if isinstance(value, list) else [] if value is None else [value]
    if op is PatchOperation.Op.remove:
        # With a value: these (as Entra ID sends it); without: everybody.
        members.remove(_known(said)) if said else members.replace(())
    elif op is PatchOperation.Op.add:
        members.add(member_ids(said))
    else:
        members.replace(member_ids(said))


def _known(said: Iterable[Any]) -> set[UUID]:
    """Ids of those among them that can be members at all: to remove somebody who is not there is no fault."""
    found = set()
    for each in said:
        try:
            found.add(_id(each))
        except InvalidValueException:
            continue
    return found


def _id(member: Any) -> UUID:
    said = member.model_dump(scim_ctx=None) if isinstance(member, Member) else member
    if isinstance(said, str):
        said = {"value": said}
    folded = {str(key).casefold(): each for key, each in said.items()} if isinstance(said, dict) else {}
    if str(folded.get("type") or "User").casefold() != "user":
        raise InvalidValueException(detail=_NO_GROUPS)
    value = folded.get("value")
    try:
        return id_of(value if isinstance(value, str) else "", "user")
    except NotFound as unknown:
        raise InvalidValueException(detail=f"There is no user {str(value)[:100]!r}.") from unknown


def _is_members(name: str) -> bool:
    return Path[Group](name).attr.casefold() == _MEMBERS if ":" in name else name.casefold() == _MEMBERS
