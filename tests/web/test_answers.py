"""The shapes of answers refuse what they do not promise; that each answer has its shape is shown where it is given."""

import pytest
from pydantic import BaseModel, ValidationError

from iris_api.web import answers

MODELS = [model for model in vars(answers).values() if isinstance(model, type) and issubclass(model, BaseModel)]
OURS = [model for model in MODELS if model.__module__ == answers.__name__ and model is not answers.OpenApiAnswer]
# the members that the model's task gives are added by the OpenAPI document
ROW_ANSWER = {
    "input": {"sepal_length": 5.1},
    "model": {"name": "iris", "version": 1},
}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_an_answer_has_no_member_that_is_not_described(model) -> None:
    with pytest.raises(ValidationError, match="unpromised"):
        model.model_validate({"unpromised": 1})


@pytest.mark.parametrize("member", ROW_ANSWER)
def test_no_member_of_an_answer_may_be_left_out(member) -> None:
    assert answers.RowAnswer.model_validate(ROW_ANSWER, strict=True)
    with pytest.raises(ValidationError, match=member):
        answers.RowAnswer.model_validate({name: value for name, value in ROW_ANSWER.items() if name != member})
