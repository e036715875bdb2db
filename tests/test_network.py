"""The faulty network does what it says: a proxy that never hurts would make every threat test a lie."""

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from tests.support.network import ANSWERS, Fate, Network, Weather, network_before

GOT: Counter[str] = Counter()


class Counting(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        GOT[self.path] += 1
        self.send_response(201)
        self.send_header("Content-Length", "200")
        self.end_headers()
        self.wfile.write(b"x" * 200)

    def log_message(self, *_args: object) -> None: ...


@pytest.fixture
def network() -> Iterator[Network]:
    GOT.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    with network_before(f"http://127.0.0.1:{server.server_port}", seconds=0.05) as network:
        yield network
    server.shutdown()
    server.server_close()


def post(network: Network, path: str = "/api/needs") -> httpx2.Response:
    return httpx2.post(network.url + path, content=b"words", timeout=5)


@pytest.mark.parametrize(
    ("fate", "reached"), [(Fate.DROP, 0), (Fate.LOSE_REPLY, 1), (Fate.CUT_REPLY, 1)], ids=lambda one: str(one)
)
def test_answer_that_is_lost_never_arrives(network: Network, fate: Fate, reached: int) -> None:
    network.next(fate)
    with pytest.raises(httpx2.TransportError):
        post(network)
    assert GOT["/api/needs"] == reached
    assert post(network).status_code == 201


@pytest.mark.parametrize("fate", ANSWERS, ids=str)
def test_answer_that_is_not_the_servers_reaches_only_the_phone(network: Network, fate: Fate) -> None:
    network.always(fate)
    assert post(network).status_code == ANSWERS[fate][0]
    assert (GOT["/api/needs"], [one.fate for one in network.seen]) == (0, [fate])


def test_doubled_request_reaches_the_server_twice(network: Network) -> None:
    network.next(Fate.TWICE)
    assert (post(network).status_code, GOT["/api/needs"]) == (201, 2)
    network.next(Fate.ECHO)
    assert post(network).status_code == 201
    network.wait_for("POST", 3)
    assert GOT["/api/needs"] == 4


def test_only_what_matches_is_hurt(network: Network) -> None:
    network.always(Fate.CRASH, "POST /api/needs$")
    assert [post(network, path).status_code for path in ("/api/needs", "/needs")] == [500, 201]


def test_server_that_is_away_comes_back_at_the_same_address(network: Network) -> None:
    before = network.url
    network.down()
    with pytest.raises(httpx2.ConnectError):
        post(network)
    network.up()
    assert (post(network).status_code, network.url) == (201, before)


def test_weather_is_the_same_for_the_same_seed() -> None:
    chances = {Fate.DROP: 0.3, Fate.DELAY: 0.2}
    first, again = (Weather(7, chances) for _ in range(2))
    drawn = Counter(first("GET /") for _ in range(2000))
    assert drawn == Counter(again("GET /") for _ in range(2000))
    assert {fate: round(count / 2000, 1) for fate, count in drawn.items()} == {
        Fate.PASS: 0.5, Fate.DROP: 0.3, Fate.DELAY: 0.2,
    }  # fmt: skip
