"""Writes gcc_structs.json: random structs, and the bytes of each after GCC has set one member to all ones.

Run it with GCC for x86-64 on the PATH: `python tests/unit/layouts/importers/gold/make_gcc_structs.py`.
"""

from __future__ import annotations

import json
import random
import subprocess
import tempfile
from pathlib import Path

TYPES = (
    *("char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned", "long", "unsigned long"),
    *("float", "double", "_Bool", "int64_t", "uint8_t", "uint16_t"),
)
WIDTHS = {"char": 8, "signed char": 8, "unsigned char": 8, "short": 16, "unsigned short": 16, "int": 32} | {
    "unsigned": 32, "long": 64, "unsigned long": 64, "_Bool": 1, "uint8_t": 8
}  # fmt: skip
PACKED = " __attribute__((packed))"
Names = list[tuple[str, bool]]
"""Members, and whether each is a bit-field."""


def members(numbers: random.Random, prefix: str, depth: int, packs: bool) -> tuple[list[str], Names]:
    """Declarations and names of the members of one struct."""
    lines: list[str] = []
    names: Names = []
    for number in range(numbers.randint(1, 5)):
        name, choice = f"{prefix}{number}", numbers.random()
        packed = PACKED if packs and numbers.random() < 0.15 else ""
        if choice < 0.4:
            kind = numbers.choice(sorted(WIDTHS))
            width = numbers.randint(1, WIDTHS[kind])
            if numbers.random() < 0.1:
                lines.append(f"{kind} : {numbers.choice((0, 1, width))};")
                continue
            lines.append(f"{kind} {name} : {width}{packed};")
            names.append((name, True))
        elif choice < 0.85 or depth >= 2:
            sizes = [numbers.randint(1, 3) for _ in range(numbers.choice((0, 0, 0, 1, 2)))]
            lines.append(f"{numbers.choice(TYPES)} {name}{''.join(f'[{size}]' for size in sizes)}{packed};")
            names.append((name, False))
        else:
            inside, inner = members(numbers, f"{name}_", depth + 1, packs)
            named = numbers.random() < 0.7
            lines.append(f"struct {{ {' '.join(inside)} }}{packed}{f' {name}' if named else ''};")
            names += [(f"{name}.{each}" if named else each, bits) for each, bits in inner]
    if not names:
        lines.append(f"int {prefix}z;")
        names.append((f"{prefix}z", False))
    return lines, names


def case(numbers: random.Random, number: int) -> tuple[str, Names]:
    """One struct as C text, every second one packed in one of the ways there are."""
    packs = number % 2 == 1
    lines, names = members(numbers, "m", 0, packs)
    way = numbers.random() if packs else 1.0
    body = f"struct s{number} {{ {' '.join(lines)} }}{PACKED if way < 0.3 else ''};\n"
    if 0.3 <= way < 0.7:
        body = f"#pragma pack(push, {numbers.choice((1, 2, 4, 8))})\n{body}#pragma pack(pop)\n"
    return body, names


def program(cases: list[tuple[str, Names]]) -> str:
    """A program that prints a line for each member of each struct: its bytes, after the member was set."""
    lines = ["#include <stdio.h>", "#include <stdint.h>", "#include <string.h>", *(text for text, _ in cases)]
    lines.append("int main(void) {")
    for number, (_, names) in enumerate(cases):
        for name, bits in names:
            setting = f"v.{name} = ~0ull" if bits else f"memset(&v.{name}, 255, sizeof v.{name})"
            lines.append(
                f'{{ struct s{number} v; memset(&v, 0, sizeof v); {setting}; printf("{number} {name} ");'
                f' for (size_t i = 0; i < sizeof v; i++) printf("%02x", ((unsigned char *)&v)[i]); puts(""); }}'
            )
    return "\n".join([*lines, "return 0; }"])


def main(count: int = 120) -> None:
    """Make the file anew."""
    numbers = random.Random(9)
    cases = [case(numbers, number) for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        source, binary = Path(folder) / "structs.c", Path(folder) / "structs"
        source.write_text(program(cases))
        subprocess.run(["gcc", "-w", "-o", binary, source], check=True)
        printed = subprocess.run([binary], check=True, capture_output=True, text=True).stdout
    made = [{"text": text, "members": {}} for text, _ in cases]
    for line in printed.splitlines():
        number, name, raw = line.split()
        made[int(number)]["members"][name] = raw
    rows = ",\n".join(json.dumps(each) for each in made)
    Path(__file__).with_name("gcc_structs.json").write_text(f"[\n{rows}\n]\n")


if __name__ == "__main__":
    main()
