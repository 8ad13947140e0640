"""Train a model and write its bundle: ``python scripts/train.py --help``."""

import argparse
import sys

from iris_api.errors import exit_with_one_line
from iris_api.training.commands import add_train_arguments, run_train

parser = argparse.ArgumentParser(description="Train a random forest and write its bundle.")
add_train_arguments(parser)
with exit_with_one_line():
    sys.exit(run_train(parser.parse_args()))
