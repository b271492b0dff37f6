"""Twenty thousand bodies that are no good requests, against a server on real sockets."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack, closing

import pytest
from hypothesis import given, settings

from emulator import EmulatorServer
from tests.sockets.client import body_of, port_of
from tests.sockets.fuzzing import BODIES, Sender, spoiled

DRAWN, LEAST_SENT = 2_300, 20_000
GOOD = json.dumps(body_of("Hi")).encode()
CONNECTIONS = 4


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_whatever_is_sent_is_answered_in_time_and_never_by_a_500() -> None:
    statuses: Counter[int] = Counter()
    with EmulatorServer(timing="instant") as server, ExitStack() as stack:
        senders = [
            stack.enter_context(closing(Sender(port_of(server)))) for _ in range(CONNECTIONS)
        ]

        @settings(max_examples=DRAWN, database=None)
        @given(value=BODIES)
        def send(value: object) -> None:
            for body in spoiled(value, seed=statuses.total()):
                sender = senders[statuses.total() % CONNECTIONS]
                statuses[sender.ask(body)] += 1
                if statuses.total() % 100 == 0:
                    assert sender.ask(GOOD) == 200

        send()

        assert server.live == 0
    print(f"{statuses.total()} bodies sent: {dict(statuses)}")
    assert statuses.total() >= LEAST_SENT
    assert statuses[200] > 100
    assert statuses[400] > 1_000
    assert set(statuses) <= {200, 400, 404}
