"""The first half of decoding: a pickle's opcodes, each with its operands checked, give a graph; nothing is imported or called.

The opcodes are those that Python 3 writes in the protocols 0 to 5 (PEP 307, 3154 and 574; ``pickletools`` describes each), and
joblib's arrays, whose bytes follow the object that describes them.
"""

from collections.abc import Callable
from itertools import repeat
from typing import Any

from iris_api.inference.decoding.arrays import Layout, array_behind, layout_of
from iris_api.inference.decoding.builder import Builder
from iris_api.inference.decoding.decode_errors import Damaged, Refused
from iris_api.inference.decoding.graph import Call, Global
from iris_api.inference.decoding.names import ARRAY_WRAPPER, PYTHON2_NAMES, RECONSTRUCTOR, check_name
from iris_api.inference.decoding.protocol0 import reconstructed
from iris_api.inference.decoding.reader import LITERALS, Reader
from iris_api.inference.decoding.stack import Stack, kind_of
from iris_api.inference.decoding.values import ABSENT

CheckName = Callable[[str, str], None]
MAX_STACK = 1_000_000
MAX_MEMO = 50_000_000
MAX_NESTED_PICKLES = 20
_CHECKED_EVERY = 10_000
_STOP = ord(".")
_HIGHEST_PROTOCOL = 5


def parse(pickled: bytes, start: int = 0, nested: int = 0, check: CheckName = check_name) -> tuple[Any, int]:
    """The graph of the pickle that begins at ``start``, and the position after its end.

    Parameters
    ----------
    pickled
        The whole file.
    start
        Where the pickle begins.
    nested
        How many pickles hold this one.
    check
        Refuses names that may not be mentioned.

    Raises
    ------
    Refused
        If an opcode is not one that a pickled estimator has, or its operands are not of the type it takes.
    Damaged
        If the pickle ends too early or is not one at all.
    """
    if nested > MAX_NESTED_PICKLES:
        raise Refused("it nests too many pickles")
    parser = _Parser(Reader(pickled, start), nested, check)
    try:
        return parser.run(), parser.reader.position
    except IndexError:
        raise Damaged("it ends too early or takes from an empty stack") from None
    except KeyError:
        raise Damaged("it gets an object that it did not put") from None


class _Parser(Stack):
    """Runs the opcodes of one pickle over its stack and its memo; every opcode is a method."""

    __slots__ = ("check", "memo", "nested", "reader")

    def __init__(self, reader: Reader, nested: int, check: CheckName) -> None:
        super().__init__()
        self.reader, self.nested, self.check = reader, nested, check
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        reader, pickled, methods = self.reader, self.reader.pickled, _METHODS
        while len(self.objects) <= MAX_STACK and len(self.memo) <= MAX_MEMO:
            for _ in repeat(None, _CHECKED_EVERY):
                opcode = pickled[reader.position]
                reader.position += 1
                if opcode == _STOP:
                    return self.result()
                methods[opcode](self)
        raise Refused("it stacks or remembers too many objects")

    def result(self) -> Any:
        if len(self.objects) != 1 or self.marks:
            raise Damaged("it does not end with exactly one object")
        return self.objects[0]

    def unknown(self) -> None:
        import pickletools

        opcode = self.reader.pickled[self.reader.position - 1]
        named = {ord(known.code): known.name for known in pickletools.opcodes}
        raise Refused(f"it has the opcode {named.get(opcode, hex(opcode))}, which no pickled estimator has")

    def protocol(self) -> None:
        if self.reader.take(1)[0] > _HIGHEST_PROTOCOL:
            raise Refused("it has a protocol that this version does not read")

    def frame(self) -> None:
        if self.reader.unsigned(8) > len(self.reader.pickled) - self.reader.position:
            raise Damaged("it ends too early")

    def put1(self) -> None:
        self.memo[self.reader.byte()] = self.objects[-1]

    def put4(self) -> None:
        self.memo[self.reader.unsigned(4)] = self.objects[-1]

    def put_by_line(self) -> None:
        self.memo[self.reader.decimal()] = self.objects[-1]

    def get_by_line(self) -> None:
        self.objects.append(self.memo[self.reader.decimal()])

    def memoize(self) -> None:
        self.memo[len(self.memo)] = self.objects[-1]

    def get1(self) -> None:
        self.objects.append(self.memo[self.reader.byte()])

    def get4(self) -> None:
        self.objects.append(self.memo[self.reader.unsigned(4)])

    def name_by_line(self) -> None:
        self.mention(self.reader.line(), self.reader.line())

    def name_by_stack(self) -> None:
        name, module = self.pop(), self.pop()
        if type(name) is not str or type(module) is not str:
            raise Refused("it names something by a value that is not text")
        self.mention(module, name)

    def mention(self, module: str, name: str) -> None:
        module, name = PYTHON2_NAMES.get((module, name), (module, name))
        self.check(module, name)
        self.push(Global((module, name)))

    def call(self) -> None:
        arguments, callee = self.pop(), self.pop()
        if type(callee) is not Global:
            raise Refused(f"it calls {kind_of(callee)}")
        if type(arguments) is not tuple:
            raise Refused(f"it calls {callee.name[1]} with {kind_of(arguments)} for its arguments")
        self.push(reconstructed(arguments) if callee.name == RECONSTRUCTOR else Call(callee.name, arguments))

    def build(self) -> None:
        state, target = self.pop(), self.objects[-1]
        if type(target) is not Call:
            raise Refused(f"it changes {kind_of(target)}")
        if target.built is not ABSENT or target.state is not ABSENT:
            raise Refused(f"it changes a finished {target.name[1]}")
        target.state = state
        if target.name == ARRAY_WRAPPER:
            self.objects[-1] = self.array(target)

    def array(self, wrapper: Call) -> Any:
        """The array that ``wrapper`` describes; its bytes come next, or a pickle of its own if it holds objects."""
        layout, reader = _layout(wrapper.state), self.reader
        if layout.dtype.hasobject:
            root, reader.position = parse(reader.pickled, reader.position, self.nested + 1, self.check)
            return root
        array, reader.position = array_behind(reader.pickled, reader.position, layout)
        return array


def _layout(state: Any) -> Layout:
    """What joblib's wrapper says of its array. Only its dtype is built already: anything else would miss its checks."""
    members = dict(state) if type(state) is dict else {}
    subclass, dtype = members.pop("subclass", None), members.pop("dtype", None)
    if type(subclass) is not Global or subclass.name != ("numpy", "ndarray") or type(dtype) is not Call or dtype.name != ("numpy", "dtype"):
        raise Refused("it wraps something else than an array")
    return layout_of(members, Builder().build(dtype))


def _pushes(read: Callable[[Reader], Any]) -> Callable[[_Parser], None]:
    def push(parser: _Parser) -> None:
        parser.objects.append(read(parser.reader))

    return push


_OPCODES: dict[bytes, Callable[[_Parser], Any]] = {
    **{opcode: _pushes(read) for opcode, read in LITERALS.items()},
    b"\x80": _Parser.protocol,
    b"\x95": _Parser.frame,
    b"(": _Parser.mark,
    b"0": _Parser.pop,
    b"1": _Parser.above_mark,
    b"\x85": _Parser.tuple1,
    b"\x86": _Parser.tuple2,
    b"\x87": _Parser.tuple3,
    b"t": _Parser.tuple_above_mark,
    b"l": _Parser.list_above_mark,
    b"d": _Parser.dict_above_mark,
    b"a": _Parser.append,
    b"e": _Parser.appends,
    b"s": _Parser.set_item,
    b"u": _Parser.set_items,
    b"\x90": _Parser.add_items,
    b"\x91": _Parser.frozenset_above_mark,
    b"p": _Parser.put_by_line,
    b"g": _Parser.get_by_line,
    b"q": _Parser.put1,
    b"r": _Parser.put4,
    b"\x94": _Parser.memoize,
    b"h": _Parser.get1,
    b"j": _Parser.get4,
    b"c": _Parser.name_by_line,
    b"\x93": _Parser.name_by_stack,
    b"R": _Parser.call,
    b"\x81": _Parser.call,
    b"b": _Parser.build,
}
_METHODS = [_OPCODES.get(bytes([code]), _Parser.unknown) for code in range(256)]
