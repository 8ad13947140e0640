"""The facts of a request belong to it alone, and there are none outside of one."""

from iris_api.request_facts import current_facts, note, request_log


def test_a_fact_is_noted_for_the_request_that_is_being_answered():
    facts = {"request_id": "an-id"}
    token = current_facts.set(facts)
    note("problem", "invalid-input")
    current_facts.reset(token)
    note("problem", "another")
    assert facts == {"request_id": "an-id", "problem": "invalid-input"}
    assert current_facts.get() is None


def test_no_server_logs_requests_until_one_says_so():
    assert not request_log.is_written
