"""A model that is really slow: forests that vote, as many as make one prediction take about 50 milliseconds here."""

import time

import joblib
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier, VotingClassifier

from benchmarks.commands import iris_api
from benchmarks.workplace import Workplace

NAME = "slow"
WANTED_SECONDS = 0.05
MOST_FORESTS = 20


def make_slow_bundle(work: Workplace) -> float:
    """Bundle it as version 1 of ``slow`` if that is not there yet; the seconds that one prediction takes in process, undisturbed."""
    file = work.folder / "slow.joblib"
    if not (work.artifacts / NAME / "1").exists():
        table = work.folder / "slow.csv"
        lines = [",".join(map(repr, row)) for row in load_iris().data.tolist()]
        table.write_text("\n".join([",".join(work.names()), *lines]) + "\n")
        forests = max(2, min(MOST_FORESTS, round(WANTED_SECONDS / (_seconds(_voting(4)) / 4))))
        joblib.dump(_voting(forests), file)
        iris_api(work.artifacts, "bundle", str(file), "--data", str(table), "--name", NAME)
    return _seconds(joblib.load(file))


def _voting(forests: int) -> VotingClassifier:
    data = load_iris()
    members = [(f"forest{seed}", RandomForestClassifier(100, random_state=seed)) for seed in range(forests)]
    return VotingClassifier(members, voting="soft").fit(data.data, data.target_names[data.target])


def _seconds(estimator: VotingClassifier) -> float:
    """What the service asks of it for a row, the label and the probabilities; the least of several, as others may use the processor."""
    row, taken = load_iris().data[:1], []
    for _ in range(9):
        started = time.perf_counter()
        estimator.predict(row)
        estimator.predict_proba(row)
        taken.append(time.perf_counter() - started)
    return min(taken)
