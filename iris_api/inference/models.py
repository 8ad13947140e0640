"""The models that one service answers with, by name."""

from collections.abc import Iterator, Mapping
from typing import Generic

from iris_api.errors import UnknownModel
from iris_api.inference.model_loader import Model, ModelLoader


class Models(Mapping[str, ModelLoader[Model]], Generic[Model]):
    """The loader of each served model, by the model's name. Each loader holds its own current model.

    Parameters
    ----------
    loaders
        The loader of each model; at least one. The first is that of the default model.
    """

    def __init__(self, loaders: Mapping[str, ModelLoader[Model]]) -> None:
        self._loaders = dict(loaders)
        self.default = next(iter(self._loaders))

    def __getitem__(self, name: str) -> ModelLoader[Model]:
        return self._loaders[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaders)

    def __len__(self) -> int:
        return len(self._loaders)

    def named(self, name: str) -> ModelLoader[Model]:
        """The loader of the model that a client names. Raises `UnknownModel`, with the names there are, if it is not served."""
        loader = self._loaders.get(name)
        if loader is None:
            raise UnknownModel(f"The path names no model that is served here; those served: {', '.join(self)}.")
        return loader
