"""How MLflow is told to behave: environment variables, set before it is imported."""

DEFAULT_TRACKING_URI = "sqlite:///mlflow.db"

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_UV_AUTO_DETECT": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
}
"""MLflow says nothing but warnings, sends nothing to anyone, records no uv.lock that happens to lie in the
working directory, and gives up on a server that is down after seconds instead of minutes."""
