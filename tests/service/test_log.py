"""One JSON object a line, whoever speaks."""

import json
import logging
from io import StringIO

from service.log import LibraryRecords, Log


def test_a_line_holds_when_how_bad_what_and_the_fields() -> None:
    stream = StringIO()
    Log(stream, lambda: 1_700_000_000.25).warning("registry_unreachable", cause="line\nbreak", items=3)
    assert stream.getvalue().count("\n") == 1
    assert json.loads(stream.getvalue()) == {
        "at": "2023-11-14T22:13:20.250Z",
        "level": "warning",
        "event": "registry_unreachable",
        "cause": "line\nbreak",
        "items": 3,
    }


def test_what_a_library_logs_takes_the_same_form() -> None:
    stream = StringIO()
    logger = logging.Logger("some.library")
    logger.addHandler(LibraryRecords(Log(stream, lambda: 0.0)))
    logger.info("chatter")
    try:
        raise ValueError("odd")
    except ValueError:
        logger.exception("it %s", "failed")
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert (line["level"], line["logger"], line["message"]) == ("error", "some.library", "it failed")
    assert "ValueError: odd" in line["traceback"]
