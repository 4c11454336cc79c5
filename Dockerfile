# Two images: `service` answers product pages, `trainer` trains, promotes and shows the demo too.
#
#     docker build --target service -t shopkeeper-service .
#     docker build --target trainer -t shopkeeper-trainer .

FROM docker.io/library/python:3.11-slim-bookworm AS base
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MLFLOW_DISABLE_TELEMETRY=true \
    PATH=/opt/shopkeeper/bin:$PATH
# The base comes without the bytecode of Python's own library, and its user may not write any: every process would compile.
RUN python3 -m compileall -q -x site-packages --invalidation-mode unchecked-hash \
    "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"

# Makes an environment apart from the tools that make it: those stay behind in this stage.
FROM base AS builder
WORKDIR /build
COPY requirements/build.lock requirements/
RUN python3 -m venv /opt/build \
    && /opt/build/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/build.lock \
    && python3 -m venv --without-pip /opt/shopkeeper
# Layers keep whole seconds, and where a builder rounds them up, bytecode that goes by its source's time is stale: every
# start compiles anew. Nobody can change the sources, so it goes by nothing.
ENV PYC_INVALIDATION_MODE=UNCHECKED_HASH \
    INSTALL="/opt/build/bin/uv pip install --no-cache --compile-bytecode --link-mode=copy --python /opt/shopkeeper/bin/python"

FROM builder AS wheel
COPY . .
RUN /opt/build/bin/uv build --wheel --no-build-isolation --python /opt/build/bin/python --out-dir /wheel

FROM builder AS service-environment
COPY requirements/service.lock requirements/
RUN $INSTALL --require-hashes -r requirements/service.lock
COPY --from=wheel /wheel /wheel
RUN $INSTALL --no-deps /wheel/*.whl

FROM builder AS trainer-environment
COPY requirements/trainer.lock requirements/
RUN $INSTALL --require-hashes -r requirements/trainer.lock
COPY --from=wheel /wheel /wheel
RUN $INSTALL --no-deps /wheel/*.whl

# The user is nobody's name and owns one folder: what the shop keeps.
FROM base AS final
RUN groupadd --gid 10001 shopkeeper \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/shopkeeper --no-create-home --shell /usr/sbin/nologin shopkeeper \
    && install --directory --owner 10001 --group 10001 /var/lib/shopkeeper
ENTRYPOINT ["shopkeeper"]
STOPSIGNAL SIGTERM

FROM final AS trainer
# implicit is linked to the system's OpenMP runtime.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
ENV OPENBLAS_NUM_THREADS=1 \
    GIT_PYTHON_REFRESH=quiet
COPY --from=trainer-environment /opt/shopkeeper /opt/shopkeeper
USER 10001:10001
WORKDIR /var/lib/shopkeeper
VOLUME /var/lib/shopkeeper
CMD ["--help"]

FROM final AS service
# Within a container the port is reached from outside it; what is published, and to whom, is the operator's choice. So it
# is open to its network: loopback would reach nobody, and tokens or certificates are the operator's to bring.
ENV SHOPKEEPER_HOST=0.0.0.0 \
    SHOPKEEPER_OPEN_TO_NETWORK=yes \
    SHOPKEEPER_PORT=50051 \
    SHOPKEEPER_STATE_DIR=/var/lib/shopkeeper
COPY --from=service-environment /opt/shopkeeper /opt/shopkeeper
COPY --chmod=555 .ci/healthcheck.py /usr/local/lib/shopkeeper/healthcheck.py
USER 10001:10001
WORKDIR /var/lib/shopkeeper
VOLUME /var/lib/shopkeeper
EXPOSE 50051
# Ready once a bundle is loaded, which a first start fetches from the registry.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python3", "/usr/local/lib/shopkeeper/healthcheck.py"]
CMD ["serve"]
