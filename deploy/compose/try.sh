#!/bin/sh
# Build the image, bring the split stack up, trade once through the proxy, check the books, and take it all down again.
#
#     deploy/compose/try.sh           leaves nothing behind
#     deploy/compose/try.sh --keep    leaves it running, at http://localhost:8080
#     deploy/compose/try.sh --debian  with database, broker and proxy from Debian's packages; they and ours are built on
#                                     BASE, a Debian with python3 and python3-venv, and no image is pulled
#
# Needs a Docker engine and nothing else: where the compose plugin is missing it is run from an image. Images that cannot
# be pulled are replaced by variables:
#
#     BASE=my/python:3.12             what our image is built on; WEB=0 leaves the trading terminal out
#     POSTGRES_IMAGE RABBITMQ_IMAGE PROXY_IMAGE COMPOSE_IMAGE
#     UV_DEFAULT_INDEX PIP_INDEX_URL  a mirror of the package index, for the build
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
keep=0 debian=0
for argument in "$@"; do
    case $argument in
        --keep) keep=1 ;;
        --debian) debian=1 ;;
        *) echo "try.sh [--keep] [--debian]" >&2; exit 2 ;;
    esac
done
export PYXIU_IMAGE="${PYXIU_IMAGE:-pyxiu:try}" COMPOSE_PROJECT_NAME="${COMPOSE_PROJECT_NAME:-pyxiu-try}"
export PYXIU_HTTP_PORT="${PYXIU_HTTP_PORT:-8080}" PYXIU_HTTPS_PORT="${PYXIU_HTTPS_PORT:-8443}"

docker info >/dev/null 2>&1 || { echo "no Docker engine answers: see 'docker info'" >&2; exit 2; }

# Passwords for this try alone, unless there is an .env of the operator's.
if [ ! -f "$here/.env" ]; then
    POSTGRES_PASSWORD=$(od -An -N18 -tx1 /dev/urandom | tr -d ' \n')
    RABBITMQ_PASSWORD=$(od -An -N18 -tx1 /dev/urandom | tr -d ' \n')
    export POSTGRES_PASSWORD RABBITMQ_PASSWORD
fi

compose() {
    if docker compose version >/dev/null 2>&1; then
        docker compose -f "$here/compose.yaml" "$@"
        return
    fi
    # At the same path inside, so that what the file names is found by the engine outside.
    docker run --rm -i -v /var/run/docker.sock:/var/run/docker.sock -v "$root:$root:ro" -w "$here" \
        -e PYXIU_IMAGE -e COMPOSE_PROJECT_NAME -e PYXIU_HTTP_PORT -e PYXIU_HTTPS_PORT \
        -e POSTGRES_PASSWORD -e RABBITMQ_PASSWORD -e POSTGRES_IMAGE -e RABBITMQ_IMAGE -e PROXY_IMAGE \
        "${COMPOSE_IMAGE:-docker:cli}" docker compose -f "$here/compose.yaml" "$@"
}

down() {
    status=$?
    if [ "$status" -ne 0 ]; then
        compose ps --all || true
        compose logs --no-color --tail 30 || true
    fi
    [ "$keep" = 1 ] && [ "$status" = 0 ] || compose --profile chains down --volumes --remove-orphans --timeout 30
    exit "$status"
}

echo "== build"
docker build -f "$root/deploy/Dockerfile" -t "$PYXIU_IMAGE" \
    ${BASE:+--build-arg "BASE=$BASE"} ${WEB:+--build-arg "WEB=$WEB"} \
    ${UV_DEFAULT_INDEX:+--build-arg "UV_DEFAULT_INDEX=$UV_DEFAULT_INDEX"} \
    ${PIP_INDEX_URL:+--build-arg "PIP_INDEX_URL=$PIP_INDEX_URL"} "$root"

if [ "$debian" = 1 ]; then
    for service in database broker proxy; do
        docker build "$here/debian" --target "$service" -t "pyxiu-$service:debian" --build-arg "BASE=${BASE:?an image of Debian}"
    done
    export POSTGRES_IMAGE=pyxiu-database:debian RABBITMQ_IMAGE=pyxiu-broker:debian PROXY_IMAGE=pyxiu-proxy:debian
fi

trap down EXIT
trap 'exit 130' INT TERM

echo "== up"
compose up -d
# Those that say how they are; what ends when it is done, or says nothing, counts as a failure for --wait.
compose up -d --wait --wait-timeout 300 --no-deps --no-recreate engine-1 engine-2 api-1 api-2 stream proxy

echo "== a demo, two orders, the books"
compose exec -T api-1 pyxiu demo seed
compose exec -T api-1 python - <<'PYTHON'
"""Place an order by each gateway and see both in the book that the proxy shows."""
import hashlib, hmac, json, os, subprocess, time, urllib.request

found = json.loads(subprocess.run(["pyxiu", "demo", "credentials", "--json"], capture_output=True, check=True).stdout)
key, secret = found["trader"]["api_key"], found["trader"]["api_secret"]


def ask(host, path, body=None):
    nonce = str(time.time_ns() // 1_000_000)
    signature = hmac.new(secret.encode(), (nonce + key).encode(), hashlib.sha256).hexdigest()
    headers = {"X-Auth-Apikey": key, "X-Auth-Nonce": nonce, "X-Auth-Signature": signature}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://{host}/api/v2/peatio{path}", data, headers | {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request, timeout=20))


for number, gateway in enumerate(("api-1:8000", "api-2:8000"), start=1):
    order = {"market": "btcusdt", "side": "buy", "volume": "0.001", "price": f"1000{number}", "client_order_id": f"try-{number}"}
    assert ask(gateway, "/market/orders", order)["state"] == "wait"
bids = ask("proxy", "/public/markets/btcusdt/depth")["bids"]
assert [float(price) for price, _ in bids[:2]] == [10002.0, 10001.0], bids
print("both orders are in the book:", bids[:2])
PYTHON
compose exec -T api-1 pyxiu audit

echo "== the leader is killed, the other engine takes over"
compose kill engine-1
compose exec -T api-1 python - <<'PYTHON'
import time, urllib.request

deadline = time.monotonic() + 30
while True:
    try:
        urllib.request.urlopen("http://127.0.0.1:8000/api/v2/peatio/public/health/ready", timeout=5)
        break
    except OSError:
        assert time.monotonic() < deadline, "nobody leads"
        time.sleep(0.2)
print("the gateway is ready again")
PYTHON

compose ps
echo "== it works${keep:+; }$([ "$keep" = 1 ] && echo "http://localhost:$PYXIU_HTTP_PORT is left running" || echo "taking it down")"
