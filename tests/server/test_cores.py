"""The cores that a container grants, from made-up control groups."""

import os

import pytest

from iris_api.server.cores import granted_cores


def v2(folder, text):
    (folder / "cpu.max").write_text(text)
    return folder


def v1(folder, quota, period):
    (folder / "cpu").mkdir()
    (folder / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (folder / "cpu" / "cpu.cfs_period_us").write_text(period)
    return folder


def test_without_a_control_group_the_affinity_counts(tmp_path):
    assert granted_cores(tmp_path) == len(os.sched_getaffinity(0))


@pytest.mark.parametrize("text", ["max 100000\n", "-1 100000\n", "0 100000\n", "100000 0\n", "", "100000\n", "a b\n", "1 2 3\n"])
def test_no_quota_or_nonsense_leaves_the_affinity(tmp_path, text):
    assert granted_cores(v2(tmp_path, text)) == len(os.sched_getaffinity(0))


@pytest.mark.parametrize("text", ["100000 100000\n", "50000 100000\n", "1000 100000\n", "199999 100000\n", "20000 10000\n"])
def test_a_quota_is_rounded_down_but_never_to_nothing(tmp_path, text):
    quota, period = map(int, text.split())
    assert granted_cores(v2(tmp_path, text)) == min(len(os.sched_getaffinity(0)), max(1, quota // period))


def test_a_quota_above_the_affinity_grants_no_more(tmp_path):
    assert granted_cores(v2(tmp_path, "6400000 100000\n")) == len(os.sched_getaffinity(0))


def test_one_core_of_affinity_is_one_core(tmp_path):
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert granted_cores(v2(tmp_path, "800000 100000\n")) == 1
    finally:
        os.sched_setaffinity(0, before)


@pytest.mark.parametrize(("quota", "cores"), [("100000\n", 1), ("30000\n", 1), ("-1\n", None), ("word\n", None)])
def test_the_first_version_of_control_groups_is_read_too(tmp_path, quota, cores):
    assert granted_cores(v1(tmp_path, quota, "100000\n")) == (cores or len(os.sched_getaffinity(0)))


def test_the_second_version_goes_before_the_first(tmp_path):
    v1(tmp_path, "-1\n", "100000\n")
    assert granted_cores(v2(tmp_path, "100000 100000\n")) == 1


@pytest.fixture
def nested(tmp_path):
    """A group at /pod/container, each level with room for a quota, and the file that says so."""
    (tmp_path / "sys" / "pod" / "container").mkdir(parents=True)
    membership = tmp_path / "cgroup"
    membership.write_text("1:name=systemd:/elsewhere\n0::/pod/container\n")
    return tmp_path / "sys", membership


@pytest.mark.parametrize("level", ["", "pod", "pod/container"])
def test_the_smallest_quota_from_the_processs_group_up_to_the_root_counts(nested, level, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(16)))
    cgroup, membership = nested
    for folder in (cgroup, cgroup / "pod", cgroup / "pod" / "container"):
        v2(folder, "900000 100000\n")
    assert granted_cores(cgroup, membership) == 9
    v2(cgroup / level, "300000 100000\n")
    assert granted_cores(cgroup, membership) == 3
    (cgroup / level / "cpu.max").write_text("max 100000\n")
    assert granted_cores(cgroup, membership) == 9


@pytest.mark.parametrize("text", ["0::/\n", "0::/../other\n", "4:memory:/pod/container\n", ""])
def test_without_a_place_below_it_the_root_alone_counts(nested, text, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(16)))
    cgroup, membership = nested
    membership.write_text(text)
    v2(cgroup, "500000 100000\n")
    v2(cgroup / "pod" / "container", "200000 100000\n")
    v2(cgroup.parent, "100000 100000\n")
    assert granted_cores(cgroup, membership) == 5
    membership.unlink()
    assert granted_cores(cgroup, membership) == 5
