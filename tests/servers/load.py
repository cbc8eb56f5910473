"""Load on two replicas of a repository's UNet, one of which is killed in the middle: every job is done once, with the right numbers, or reported.

`python load.py REPOSITORY`: 8 clients take 200 jobs of 4 evaluations each; a job whose server is gone begins again on the other one. Bounded by the count of jobs and by 300 s.
"""

import http.client
import pathlib
import queue
import socket
import subprocess
import sys
import threading
import time

import client
import networks
import numpy as np

CLIENTS = 8
JOBS = 200
STEPS = 4
MOST_SECONDS = 300
GONE = (OSError, http.client.HTTPException)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(repository: str) -> tuple[subprocess.Popen, int]:
    port = free_port()
    script = pathlib.Path(__file__).with_name("with_kserve.py")
    ports = ["--http_port", str(port), "--grpc_port", str(free_port())]
    server = subprocess.Popen(
        [sys.executable, script, repository, *ports],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return server, port


def ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/v2/models/unet/ready")
        return connection.getresponse().status == 200
    except GONE:
        return False
    finally:
        connection.close()


def begun(network: networks.Network, job: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(job)
    found = {}
    for name, _, kind, sides in network.inputs:
        shape = [2] + [16 if side < 0 else side for side in sides[1:]] if sides else []
        found[name] = np.asarray(random.uniform(-1, 1, shape), kind)
    return found


def steps(given: dict[str, np.ndarray], evaluate) -> np.ndarray:
    """A few steps towards what the network says, as a sampler takes them."""
    given = dict(given)
    for _ in range(STEPS):
        (prediction,) = evaluate(given).values()
        sample = given["sample"].copy()
        sample[:, : prediction.shape[1]] -= 0.1 * prediction
        given["sample"] = sample
    return given["sample"]


def main() -> int:
    repository = sys.argv[1]
    (network,) = (one for one in networks.read(repository) if one.name == "unet")
    servers = [start(repository) for _ in range(2)]
    try:
        end = time.monotonic() + MOST_SECONDS
        while not all(ready(port) for _, port in servers):
            if time.monotonic() > end or any(server.poll() is not None for server, _ in servers):
                print("a server does not start")
                return 1
            time.sleep(0.2)
        jobs: queue.Queue[int] = queue.Queue()
        for job in range(JOBS):
            jobs.put(job)
        lock = threading.Lock()
        done: dict[int, np.ndarray] = {}
        reported: dict[int, str] = {}
        again, of_server = [0], [0, 0]
        middle = threading.Event()

        def work(place: int):
            while time.monotonic() < end:
                try:
                    job = jobs.get_nowait()
                except queue.Empty:
                    return
                trouble = ""
                for turn in range(2):
                    at = (place + turn) % 2
                    try:
                        address = ("127.0.0.1", servers[at][1])
                        found = steps(
                            begun(network, job),
                            lambda given: client.infer(address, "unet", given, 60),
                        )
                    except (*GONE, ValueError) as error:
                        trouble = f"{type(error).__name__}: {error}"
                        with lock:
                            again[0] += 1
                        continue
                    with lock:
                        assert job not in done
                        done[job] = found
                        of_server[at] += 1
                        if len(done) == JOBS // 2:
                            middle.set()
                    break
                else:
                    with lock:
                        reported[job] = trouble

        clients = [threading.Thread(target=work, args=(place,)) for place in range(CLIENTS)]
        began = time.monotonic()
        for one in clients:
            one.start()
        middle.wait(MOST_SECONDS)
        servers[0][0].kill()
        for one in clients:
            one.join()
        took = time.monotonic() - began
    finally:
        for server, _ in servers:
            server.kill()
            server.wait()
    right = {job: steps(begun(network, job), network.run) for job in done}
    wrong = [job for job, found in done.items() if not np.array_equal(found, right[job])]
    lost = JOBS - len(done) - len(reported)
    print(
        f"{JOBS} jobs of {STEPS} evaluations, {CLIENTS} clients: {len(done)} done "
        f"({of_server[0]} by the replica that was killed), {len(reported)} reported, {lost} lost, "
        f"{len(wrong)} wrong, {again[0]} calls to a dead replica, {took:.1f} s"
    )
    for job, trouble in reported.items():
        print(f"job {job}: {trouble}")
    return 1 if lost or wrong or len(done) < JOBS // 2 or not again[0] else 0


if __name__ == "__main__":
    sys.exit(main())
