"""The command ``iris-api``: finds out what is asked, and hands on."""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from iris_api import __version__
from iris_api.errors import ConfigurationError, exit_with_one_line
from iris_api.settings import load_settings
from iris_api.version_commands import list_versions, promote, roll_back

if TYPE_CHECKING:
    from iris_api.inference.bundle import Bundle
    from iris_api.inference.registry import Registry

INTERRUPTED, UNREAD = 130, 141
PROJECT_FILES = ("wsgi.py", "gunicorn.conf.py")

Run = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; a `ServiceError` ends in its one line and its own code.

    Ctrl-C ends in 130, and a reader of the output that leaves, such as ``head``, in 141: what a shell says of SIGINT and SIGPIPE.
    """
    parser = argparse.ArgumentParser(prog="iris-api", description="Train, check, serve and look after a scikit-learn model.")
    parser.add_argument("--version", action="version", version=f"iris-api {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    words = list(sys.argv[1:] if arguments is None else arguments)
    for name, (summary, arrange, run) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        if name in words[:1]:
            arrange(command)
        command.set_defaults(run=run)
    try:
        with exit_with_one_line():
            chosen = parser.parse_args(words)
            run_chosen: Run = chosen.run
            code = run_chosen(chosen)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # what is left is for nobody, and Python would complain of it at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    return code


def _arrange_train(parser: argparse.ArgumentParser) -> None:
    from iris_api.training.commands import add_train_arguments

    add_train_arguments(parser)


def _run_train(arguments: argparse.Namespace) -> int:
    from iris_api.training.commands import run_train

    return run_train(arguments)


def _arrange_bundle(parser: argparse.ArgumentParser) -> None:
    from iris_api.training.commands import add_bundle_arguments

    add_bundle_arguments(parser)


def _run_bundle(arguments: argparse.Namespace) -> int:
    from iris_api.training.commands import run_bundle

    return run_bundle(arguments)


def _arrange_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("options", nargs="*", metavar="-- OPTION", help="options for Gunicorn, which go before the settings")


def _run_serve(arguments: argparse.Namespace) -> int:
    """Become Gunicorn. It reads WEB_CONCURRENCY in words of its own, and ends in a traceback where it cannot."""
    settings = load_settings()
    for name in PROJECT_FILES:
        if not Path(name).is_file():
            raise ConfigurationError(f"there is no {name} in {Path.cwd()}; run iris-api serve in the project's folder")
    os.environ.pop("WEB_CONCURRENCY", None)
    if settings.workers is not None:
        os.environ["WEB_CONCURRENCY"] = str(settings.workers)
    os.execvp(sys.executable, [sys.executable, "-m", "gunicorn", "wsgi:app", *arguments.options])  # noqa: S606 - it takes no shell


def _arrange_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, nargs="?", help="a bundle's folder; the one in service if left out")
    _arrange_name(parser)


def _run_check(arguments: argparse.Namespace) -> int:
    """Check one bundle, or that in service of every served model; the first that is unfit ends it."""
    from iris_api.training.bundle_report import bundle_report

    names = load_settings().served_models if arguments.path is None and arguments.name is None else (arguments.name,)
    for name in names:
        print(bundle_report(_check(_bundle_folder(name, arguments.path))))
    return 0


def _bundle_folder(name: str | None, path: Path | None) -> Path:
    registry = _registry(load_settings().served_models[0] if path and not name else name)
    folder = path or registry.path(registry.serving())
    if not re.fullmatch(r"[1-9][0-9]*", Path(os.path.abspath(folder)).name, re.ASCII):  # noqa: PTH100 - resolve would follow links
        raise ConfigurationError(f"{folder} is no bundle's folder, as {registry.path(1)} would be; name one, or none for that in service")
    return folder


def _arrange_keygen(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="where the private key is written; the public key goes beside it as FILE.pub")


def _run_keygen(arguments: argparse.Namespace) -> int:
    from iris_api.inference.seals import make_key

    identity = make_key(arguments.file)
    print(f"private key: {arguments.file} (keep it where bundles are made)")
    print(f"public key:  {arguments.file}.pub, id {identity} (copy it to the folder that IRIS_TRUSTED_KEYS names)")
    return 0


def _arrange_seal(parser: argparse.ArgumentParser) -> None:
    _arrange_check(parser)
    parser.add_argument("--key", type=Path, metavar="FILE", required=True, help="the private key, made by iris-api keygen")


def _run_seal(arguments: argparse.Namespace) -> int:
    """Seal a bundle whose files agree with each other; whether it is fit to serve is for ``iris-api check`` to say."""
    from iris_api.inference.bundle import read_bundle
    from iris_api.inference.registry import MANIFEST
    from iris_api.inference.seals import write_seal

    settings, path = load_settings(), _bundle_folder(arguments.name, arguments.path)
    bundle = read_bundle(path, settings.max_artifact_bytes)
    identity = write_seal(path, bundle.manifest_bytes, arguments.key)
    print(f"{path / MANIFEST} ({bundle.manifest.name} version {bundle.manifest.version}) is sealed by the key {identity}")
    return 0


def _arrange_promote(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("version", type=int, help="the version to put in service")
    _arrange_name(parser)


def _run_promote(arguments: argparse.Namespace) -> int:
    return promote(_registry(arguments.name), arguments.version, _check)


def _run_rollback(arguments: argparse.Namespace) -> int:
    return roll_back(_registry(arguments.name), _check)


def _arrange_versions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="the model; can be left out where the settings name one alone")


def _run_versions(arguments: argparse.Namespace) -> int:
    return list_versions(_registry(arguments.name))


def _arrange_smoke(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", help="where the service listens, such as http://127.0.0.1:8000")
    parser.add_argument("--model", metavar="NAME", help="the model to ask; the default one of the service if left out")


def _run_smoke(arguments: argparse.Namespace) -> int:
    from iris_api.smoke import smoke

    return 0 if smoke(arguments.url, arguments.model) else 1


def _run_openapi(_arguments: argparse.Namespace) -> int:
    from iris_api.app import create_app
    from iris_api.services import EXTENSION
    from iris_api.web.openapi import document

    parts = (app := create_app()).extensions[EXTENSION]
    json.dump(document(app, parts.models, parts.settings.max_batch_rows), sys.stdout, indent=2)
    print()
    return 0


def _arrange_nothing(parser: argparse.ArgumentParser) -> None:
    """The command takes no arguments."""


def _arrange_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", metavar="NAME", help="the model; can be left out where the settings name one alone")


def _registry(name: str | None) -> "Registry":
    """The versions of the model ``name``, or of the only one that the settings name."""
    from iris_api.inference.registry import Registry
    from iris_api.training.commands import check_model_name

    settings = load_settings()
    served = settings.served_models
    if name is None and len(served) > 1:
        raise ConfigurationError(f"IRIS_MODELS names {', '.join(served)}; say which is meant with --name")
    check_model_name(name := served[0] if name is None else name)
    return Registry(settings.artifacts, name, settings.model_version if name in served else None)


def _check(folder: Path) -> "Bundle":
    from iris_api.inference.bundle_limits import BundleLimits
    from iris_api.inference.model_loader import check
    from iris_api.inference.seals import Trust
    from iris_api.wire.served import RowRules

    settings = load_settings()
    return check(folder, BundleLimits.of(settings), Trust.of(settings), RowRules.of(settings).serve)


COMMANDS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None], Run]] = {
    "serve": ("serve the models, from the project's folder", _arrange_serve, _run_serve),
    "train": ("train a model and write its bundle", _arrange_train, _run_train),
    "bundle": ("make a bundle of a model you already have", _arrange_bundle, _run_bundle),
    "check": ("check bundles as the server does before it serves them", _arrange_check, _run_check),
    "keygen": ("make a key that seals bundles", _arrange_keygen, _run_keygen),
    "seal": ("sign a bundle, for services that set IRIS_TRUSTED_KEYS", _arrange_seal, _run_seal),
    "promote": ("put a version in service, after checking it", _arrange_promote, _run_promote),
    "rollback": ("put the version before back in service, after checking it", _arrange_name, _run_rollback),
    "versions": ("list the versions of a model with their state", _arrange_versions, _run_versions),
    "smoke": ("smoke-test a running service", _arrange_smoke, _run_smoke),
    "openapi": ("print the OpenAPI document of the models in service", _arrange_nothing, _run_openapi),
}


if __name__ == "__main__":
    sys.exit(main())
