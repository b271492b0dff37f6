"""``python -m emulator`` is the command."""

from emulator.cli import main

main(prog_name="streamulator")
