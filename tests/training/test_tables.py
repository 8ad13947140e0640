from iris_api.training.tables import listed, quoted


def test_messages_stay_short():
    assert quoted("x" * 1000) == "'" + "x" * 39 + "…'"
    assert listed([str(number) for number in range(12)]).endswith("'9' and 2 more")
