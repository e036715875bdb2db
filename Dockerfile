# syntax=docker/dockerfile:1
# Any base with Python 3.11 or newer will do; both stages must have the same one.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
COPY requirements/ requirements/
RUN python3 -m venv /opt/uv \
    && /opt/uv/bin/pip install --no-cache-dir --require-hashes -r requirements/bootstrap.txt
ENV PATH=/opt/uv/bin:$PATH UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
RUN uv venv --quiet /opt/venv \
    && uv pip install --quiet --python /opt/venv --compile-bytecode --require-hashes -r requirements/run.txt \
    && find /opt/venv/lib -type d -name tests -prune -exec rm -rf {} +
RUN uv venv --quiet /opt/build \
    && uv pip install --quiet --python /opt/build --require-hashes -r requirements/build.txt
COPY . .
RUN uv build --quiet --wheel --no-build-isolation --python /opt/build --out-dir /wheels \
    && uv pip install --quiet --python /opt/venv --compile-bytecode --no-deps /wheels/*.whl

FROM ${BASE}
RUN useradd --system --uid 10001 --no-create-home --home-dir /data prachakhom \
    && install --directory --owner=prachakhom /data
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PRACHAKHOM_DATABASE_URL=sqlite:////data/prachakhom.db \
    PRACHAKHOM_DATA_DIR=/data/files
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["prachakhom", "serve", "--host", "0.0.0.0", "--port", "8000"]
