# Airflow's official image with this project on top. Why an environment of its own instead of the
# image's: docs/decisions/0016-server.md.
FROM apache/airflow:slim-3.3.2-python3.11

# Root only while building: what is installed is not writable by the user who runs it.
USER 0
WORKDIR /opt/lensan
COPY requirements-server.txt pyproject.toml setup_environment.py ./
RUN python -m venv .venv \
    && UV_CACHE_DIR=/tmp/uv UV_COMPILE_BYTECODE=1 PIP_NO_CACHE_DIR=1 .venv/bin/python setup_environment.py requirements-server.txt \
    && .venv/bin/python -m pip check \
    && rm -rf /tmp/uv
COPY LICENSE ./
COPY include include
COPY plugins plugins
COPY dags dags
RUN .venv/bin/python -m compileall -q plugins dags \
    && install -d -o airflow -g 0 -m 2775 /srv/lensan /srv/lensan/home /srv/lensan/landing

# Which commit this is: reports and verdicts keep it (docs/decisions/0021-assets.md).
ARG LENSAN_COMMIT=
ENV LENSAN_COMMIT=$LENSAN_COMMIT

ENV PATH=/opt/lensan/.venv/bin:$PATH \
    VIRTUAL_ENV=/opt/lensan/.venv \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TZ=Asia/Ho_Chi_Minh \
    HOME_DIR=/srv/lensan/home \
    LANDING_ROOT=/srv/lensan/landing \
    AIRFLOW_HOME=/srv/lensan/home/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/lensan/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/lensan/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__CORE__DEFAULT_TIMEZONE=Asia/Ho_Chi_Minh \
    AIRFLOW__LOGGING__BASE_LOG_FOLDER=/srv/lensan/home/logs/airflow \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False \
    SCARF_ANALYTICS=false \
    GX_ANALYTICS_ENABLED=false \
    DO_NOT_TRACK=1

USER 50000:0
VOLUME ["/srv/lensan/home"]
# Reads the secrets, then becomes the command.
ENTRYPOINT ["/usr/bin/dumb-init", "--", "python", "-m", "lensan.operations.running.server"]
CMD ["run", "airflow", "version"]
