"""The command `ganforge`: finds the command, turns errors into one clear message and an exit code."""

from __future__ import annotations

import os
import sys

from cyclopts import App, CycloptsError
from rich.console import Console
from rich.markup import escape

import ganforge
from ganforge.core.errors import GanforgeError
from ganforge.core.registry import Registry

COMMANDS: Registry[object] = Registry("ganforge.cli", "command", "command")
INTERRUPTED = 130  # the shell's convention for a program ended by Ctrl-C
BAD_INPUT = 2
EXAMPLES = """\
Begin with:

    ganforge train                   train on handwritten digits, about 3 minutes

    ganforge train ./my-pictures     train on your own

    ganforge generate 1 -n 64        new samples of run 1
"""


def build_app() -> App:
    """The application; a command's module is imported only when the command is called."""
    app = App(
        name="ganforge",
        help="Train generative adversarial networks on your own data.",
        help_epilogue=EXAMPLES,
        version=ganforge.__version__,
        result_action="return_value",
    )
    for name in COMMANDS.names():
        module = f"ganforge.cli.{name.replace('-', '_')}"
        app.command(f"{module}:command", name=name, help=COMMANDS.summary(name))
    return app


def main() -> None:
    """Run the command in `sys.argv` and exit: 0 done, 2 bad input, 3 training ended unhealthy, 130 interrupted."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code and never raises for what a user can cause."""
    errors = Console(stderr=True, highlight=False)
    try:
        code = build_app()(arguments, exit_on_error=False, error_console=errors)
    except CycloptsError:
        return BAD_INPUT  # cyclopts has printed what was wrong
    except GanforgeError as error:
        errors.print(f"[bold red]Error:[/] {escape(str(error))}", soft_wrap=True)
        return error.exit_code
    except KeyboardInterrupt:
        errors.print("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has gone (`| head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0
