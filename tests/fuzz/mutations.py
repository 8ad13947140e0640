"""The ways in which a pickle is spoilt; a mutant is a function of its number and the seed alone."""

import pickletools
import random
import struct
from collections.abc import Callable

from tests.fuzz.numbers import FLOATS, INTEGERS
from tests.fuzz.objects import spoilt
from tests.fuzz.sources import Pickle, Source

Change = Callable[[bytearray, Pickle, Pickle, random.Random], None]
"""Changes a pickle in place, given as it was written, and a pickle of any family to take pieces from."""

MAX_CHANGES = 3
MAX_PIECE = 30
WORD = 8
SHARE_OF_OBJECTS = 0.4
WORDS = [value.to_bytes(WORD, "little", signed=True) for number in INTEGERS for value in (number, -number)]
WORDS += [struct.pack("<d", number) for number in FLOATS] + [b"\x01" * WORD, b"\xff\xff\xff\xff\0\0\0\0"]
WITHOUT_OPERAND = [ord(opcode.code) for opcode in pickletools.opcodes if opcode.arg is None]
INTEGER_OPCODES = {ord("K"): 1, ord("M"): 2, ord("J"): 4}
TEXT_OPCODES = frozenset(b"\x8cX")


def mutant(number: int, seed: int, families: list[Source]) -> tuple[Source, bytes]:
    """The mutant of that number, and the family it was made from."""
    chance = random.Random(seed << 32 | number)
    family = families[number % len(families)]
    if chance.random() < SHARE_OF_OBJECTS:
        return family, spoilt(family.pickles[-1].content, chance.choice(families).pickles[-1].content, chance)
    pickle, other = chance.choice(family.pickles), chance.choice(chance.choice(families).pickles)
    content = bytearray(pickle.content)
    for _ in range(chance.randint(1, MAX_CHANGES)):
        chance.choices(CHANGES, WEIGHTS)[0](content, pickle, other, chance)
    return family, bytes(content)


def _flip_bits(content: bytearray, _pickle: Pickle, _other: Pickle, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 4)):
        if content:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def _replace_byte(content: bytearray, _pickle: Pickle, _other: Pickle, chance: random.Random) -> None:
    if content:
        content[chance.randrange(len(content))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))


def _replace_opcode(content: bytearray, pickle: Pickle, _other: Pickle, chance: random.Random) -> None:
    begin, end = chance.choice(pickle.opcodes)
    content[begin:end] = bytes([chance.choice(WITHOUT_OPERAND)])


def _swap_opcodes(content: bytearray, pickle: Pickle, _other: Pickle, chance: random.Random) -> None:
    (first, first_end), (second, second_end) = sorted(chance.sample(pickle.opcodes, 2))
    one, between, other = content[first:first_end], content[first_end:second], content[second:second_end]
    content[first:second_end] = other + between + one


def _replace_by_memo(content: bytearray, pickle: Pickle, _other: Pickle, chance: random.Random) -> None:
    begin, end = chance.choice(pickle.opcodes)
    content[begin:end] = b"h" + bytes([chance.randrange(256)])


def _swap_texts(content: bytearray, pickle: Pickle, _other: Pickle, chance: random.Random) -> None:
    texts = [bounds for bounds in pickle.opcodes if pickle.content[bounds[0]] in TEXT_OPCODES]
    if len(texts) > 1:
        begin, end = chance.choice(texts)
        content[begin:end] = pickle.content[slice(*chance.choice(texts))]


def _change_integer(content: bytearray, pickle: Pickle, _other: Pickle, chance: random.Random) -> None:
    integers = [bounds for bounds in pickle.opcodes if pickle.content[bounds[0]] in INTEGER_OPCODES]
    if integers:
        begin, end = chance.choice(integers)
        old = int.from_bytes(pickle.content[begin + 1 : end], "little")
        new = chance.choice((old + 1, old - 1, old * 2, chance.choice(INTEGERS), -chance.choice(INTEGERS)))
        content[begin:end] = b"\x8a\x09" + new.to_bytes(9, "little", signed=True)


def _change_word(content: bytearray, pickle: Pickle, _other: Pickle, chance: random.Random) -> None:
    """One eighth of the words of an array are counted up or down, the others become extreme or a copy of another word."""
    if not pickle.arrays:
        return
    begin, end = chance.choice(pickle.arrays)
    words = (end - begin) // WORD
    if words:
        position = end - WORD * chance.randint(1, words)
        copied = end - WORD * chance.randint(1, words)
        old = int.from_bytes(pickle.content[position : position + WORD], "little")
        near = [(old + step) % 2**64 for step in (1, -1)]
        new = chance.choice((chance.choice(WORDS), pickle.content[copied : copied + WORD], chance.choice(near).to_bytes(WORD, "little")))
        content[position : position + WORD] = new


def _piece(pickle: Pickle, chance: random.Random) -> tuple[int, int]:
    """The bounds of a few opcodes in a row, with the arrays between them."""
    first = chance.randrange(len(pickle.opcodes))
    last = min(first + chance.randint(0, MAX_PIECE), len(pickle.opcodes) - 1)
    return pickle.opcodes[first][0], pickle.opcodes[last][1]


def _delete_piece(content: bytearray, pickle: Pickle, _other: Pickle, chance: random.Random) -> None:
    del content[slice(*_piece(pickle, chance))]


def _repeat_piece(content: bytearray, pickle: Pickle, _other: Pickle, chance: random.Random) -> None:
    begin, end = _piece(pickle, chance)
    content[end:end] = pickle.content[begin:end] * chance.choice((1, 1, 1, 2, 50))


def _splice_piece(content: bytearray, pickle: Pickle, other: Pickle, chance: random.Random) -> None:
    begin, end = _piece(pickle, chance)
    content[begin : chance.choice((begin, end))] = other.content[slice(*_piece(other, chance))]


def _splice_ends(content: bytearray, pickle: Pickle, other: Pickle, chance: random.Random) -> None:
    content[chance.choice(pickle.opcodes)[0] :] = other.content[chance.choice(other.opcodes)[0] :]


def _truncate(content: bytearray, _pickle: Pickle, _other: Pickle, chance: random.Random) -> None:
    del content[chance.randint(0, len(content)) :]


WEIGHTED: dict[Change, int] = {
    _flip_bits: 4,
    _replace_byte: 4,
    _replace_opcode: 2,
    _swap_opcodes: 3,
    _replace_by_memo: 4,
    _swap_texts: 4,
    _change_integer: 6,
    _change_word: 14,
    _delete_piece: 2,
    _repeat_piece: 2,
    _splice_piece: 3,
    _splice_ends: 1,
    _truncate: 1,
}
CHANGES, WEIGHTS = list(WEIGHTED), list(WEIGHTED.values())
