"""What the demo says to do next."""

import shlex

from cli.demo import what_next

URI = "sqlite:////my shop/mlflow.db"


def commands(*, once: bool) -> dict[str, list[str]]:
    """Words of the command that each line ends in, by the line's label."""
    lines = (line.partition(":  ") for line in what_next("127.0.0.1:50051", URI, once=once))
    return {label: shlex.split(command) for label, found, command in lines if found}


def test_a_server_that_has_ended_is_started_before_it_is_asked() -> None:
    lines = commands(once=True)
    labels = list(lines)
    assert labels.index("Start the server again") < labels.index("Ask for a page yourself")
    assert lines["Start the server again"][-7:] == [
        *("serve", "--model", "accessories", "--port", "50051", "--tracking-uri", URI)
    ]


def test_a_server_that_runs_need_not_be_started() -> None:
    lines = commands(once=False)
    assert "Start the server again" not in lines
    assert lines["Ask for a page yourself"][-4:] == ["recommend", "ITEM_ID", "--target", "127.0.0.1:50051"]


def test_every_line_can_be_pasted_into_a_shell_whatever_the_folder_is_called() -> None:
    lines = commands(once=False)
    assert lines["Open MLflow's page"][-5:] == ["server", "--backend-store-uri", URI, "--port", "5000"]
    assert lines["Before a notebook"] == ["export", f"MLFLOW_TRACKING_URI={URI}"]


def test_the_pages_are_read_by_what_the_probability_is_calibrated_to() -> None:
    told = what_next("127.0.0.1:50051", URI, once=False)[0]
    assert "of the orders of the page's item that hold anything else, the share that holds it" in told
