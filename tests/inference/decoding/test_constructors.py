"""Every name that may be called has a constructor of ours, and no other name has one."""

import pytest

from iris_api.inference.decoding.constructors import construct
from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.names import ALLOWED, ARRAY_WRAPPER, CALLED, PLAIN_CLASSES, import_name
from iris_api.inference.decoding.values import ABSENT


@pytest.mark.parametrize("name", sorted(CALLED - {ARRAY_WRAPPER}))
def test_every_name_that_may_be_called_refuses_what_it_does_not_take(name):
    with pytest.raises(Refused) as refusal:
        construct(name, ([object()], "odd", 3.5, 4, 5, 6, 7), [object()])
    assert str(refusal.value) != f"it calls {name[1]}"


@pytest.mark.parametrize("name", sorted(ALLOWED - CALLED - PLAIN_CLASSES | {ARRAY_WRAPPER}))
def test_no_other_name_is_called(name):
    with pytest.raises(Refused, match=f"it calls {name[1]}"):
        construct(name, (), ABSENT)


@pytest.mark.parametrize("name", sorted(PLAIN_CLASSES))
def test_a_plain_class_takes_no_arguments_and_no_methods(name):
    for arguments, state in (((1,), {}), ((), [1]), ((), {"__class__": 1}), ((), {1: 2}), ((), {"not a name": 1}), ((), {"__dict__": {}})):
        with pytest.raises(Refused):
            construct(name, arguments, state)
    methods = [method for method in dir(import_name(name)) if method in ("predict", "transform", "fit", "link", "cy_loss", "get_params")]
    for method in methods:
        with pytest.raises(Refused, match=f"attribute {method} hides that of its class"):
            construct(name, (), {method: None})
