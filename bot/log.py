"""Logging for the whole process: pretty on a terminal, one JSON object a line elsewhere, always to stderr.

Addresses and tokens are redacted by whoever logs a vendor's words; run and plan ids are on every line.
"""

import logging
import sys

import structlog
from structlog.typing import Processor
from typing_extensions import override

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Forwarded(logging.Handler):
    """Hands the lines of libraries to our own logging."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """One line of a library."""
        line = structlog.get_logger(record.name)
        line.log(record.levelno, record.getMessage(), exc_info=record.exc_info)


def configure(level: str) -> None:
    """Log from this level on; libraries from warnings on. Can be called again."""
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if sys.stderr.isatty()
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=common + last,
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        # stderr is looked up for each line: tests and supervisors replace it
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _retries(told=LEVELS[level] <= logging.INFO)
    root = logging.getLogger()
    root.setLevel(max(LEVELS[level], logging.WARNING))
    if not any(isinstance(each, Forwarded) for each in root.handlers):
        root.addHandler(Forwarded())


def _retries(*, told: bool) -> None:
    """Reads that are repeated are told where calls are: whoever sits at a terminal reads what came of it."""
    import stamina

    stamina.instrumentation.set_on_retry_hooks(None if told else ())
