"""What Prometheus sees of the API."""

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from pyxiu.api.metrics import RequestMetrics


def test_requests_are_counted_by_route_and_status_and_their_times_by_route() -> None:
    registry = CollectorRegistry()
    series = RequestMetrics(registry).series("POST", "/market/orders")
    series.observe(201, 400_000)
    series.observe(201, 3_000_000)
    series.observe(422, 60_000_000_000)
    text = generate_latest(registry).decode()
    assert 'pyxiu_http_requests_total{method="POST",route="/market/orders",status="201"} 2.0' in text
    assert 'pyxiu_http_requests_total{method="POST",route="/market/orders",status="422"} 1.0' in text
    buckets = 'pyxiu_http_request_duration_seconds_bucket{le="%s",method="POST",route="/market/orders"} %s.0'
    for bound, count in (("0.0005", 1), ("0.0025", 1), ("0.005", 2), ("10.0", 2), ("+Inf", 3)):
        assert buckets % (bound, count) in text
    assert "pyxiu_http_request_duration_seconds_sum" in text


def test_a_series_is_one_however_often_it_is_asked_for() -> None:
    metrics = RequestMetrics(CollectorRegistry())
    assert metrics.series("GET", "/a") is metrics.series("GET", "/a")
