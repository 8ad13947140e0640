# The locked dependencies alone: this layer changes only when the lock does.
FROM python:3.13-slim AS locked
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/venv
# serve, or models for those over DataFrames and of XGBoost, LightGBM and CatBoost
ARG REQUIREMENTS=serve
COPY requirements/${REQUIREMENTS}.txt /src/requirements/
# The libraries' own tests are a fifth of the environment.
RUN python -m pip --python /opt/venv/bin/python install --require-hashes --requirement /src/requirements/${REQUIREMENTS}.txt \
 && find /opt/venv -type d -name tests -prune -exec rm -r {} +


FROM locked AS built
WORKDIR /src
COPY pyproject.toml README.md ./
COPY iris_api iris_api
RUN python -m pip --python /opt/venv/bin/python wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && python -m pip --python /opt/venv/bin/python install --no-deps --no-index /wheels/*.whl
COPY scripts scripts
RUN /opt/venv/bin/python scripts/train.py --artifacts /app/artifacts


FROM python:3.13-slim
LABEL org.opencontainers.image.title="iris-api" \
      org.opencontainers.image.description="A scikit-learn model behind Flask and Gunicorn"
RUN useradd --uid 10001 --no-log-init --no-create-home --shell /usr/sbin/nologin iris
WORKDIR /app
COPY --from=locked /opt/venv /opt/venv
RUN --mount=type=bind,from=built,source=/wheels,target=/wheels \
    python -m pip --python /opt/venv/bin/python install --no-cache-dir --no-deps --no-index /wheels/*.whl \
 && python -m pip --python /opt/venv/bin/python uninstall --yes flit_core
COPY --from=built /app/artifacts artifacts
COPY wsgi.py gunicorn.conf.py ./
ENV PATH=/opt/venv/bin:$PATH
# Checks the bundle as a start does. It also leaves bytecode of the standard library, which the base image
# comes without and nobody can write later: every start would compile it again.
RUN gunicorn --check-config wsgi:app

ENV PORT=8000 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# http.client knows no proxies.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["python", "-Ic", "import os, sys, http.client as h; c = h.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=2); c.request('GET', '/health/ready'); sys.exit(c.getresponse().status != 200)"]
CMD ["iris-api", "serve"]
