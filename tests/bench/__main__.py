"""Run every benchmark and print one line each; exit 1 where a limit is not met."""

from __future__ import annotations

import sys

from tests.bench import cost, lateness, loading, surfaces

ROUNDS = 5


def main() -> int:
    print(f"medians of {ROUNDS} rounds, each side in a process of its own\n")
    met = [
        cost.report(ROUNDS),
        surfaces.report(ROUNDS),
        lateness.report(ROUNDS),
        loading.report(ROUNDS),
    ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
