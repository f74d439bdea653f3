"""Prometheus metrics of federated repositories (contract 7.3)."""

METRICS = "/artifactory/api/v1/metrics"


def values(world):
    lines = world["eu"].get(METRICS).raise_for_status().text.splitlines()
    return {line.rsplit(" ", 2)[0]: int(line.rsplit(" ", 2)[1]) for line in lines}


def test_a_lag_above_the_threshold_is_measured(world):
    world.federate("demo", "eu", "us")
    world.control.freeze_clock()
    world.control.add_fault(deployment="us", path="/artifactory/api/federation/peer/demo/events", delay_ms=3000)
    world.deploy("eu", "demo/a.txt")
    world.control.advance_clock(8)

    found = values(world)

    labels = f'local_repo_key="demo",remote_repo_key="demo",remote_url="{world.deployments["us"].url}/artifactory/"'
    assert found == {
        f"jfrt_federation_member_lag_total{{{labels}}}": 8000,
        "jfrt_federation_max_lag_ms_total": 8000,
        "jfrt_federation_num_mirrors_exceeding_lag_threshold_total": 1,
    }


def test_members_that_are_down_are_left_out(world):
    world.federate("demo", "eu", "us")
    world.control.stop("us")
    world.deploy("eu", "demo/a.txt")
    world.control.wait_until_idle(0.3)
    world.control.advance_clock(60)

    assert values(world) == {
        "jfrt_federation_max_lag_ms_total": 0,
        "jfrt_federation_num_mirrors_exceeding_lag_threshold_total": 0,
    }


def test_metrics_are_for_administrators(world):
    reader = world.client("eu", world.deployments["eu"].reader_token)

    assert reader.get(METRICS).status_code == 403
    reader.close()
