# The image of Casefold's own processes: the locked libraries, the source, an ordinary user.
FROM python:3.13-slim

WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
        --require-hashes --only-binary :all: --requirement requirements.lock

COPY domain domain
COPY policies policies
COPY ledger ledger
COPY activities activities
COPY workflows workflows
COPY worker worker
COPY console console
COPY api api
COPY client client
COPY examples examples

RUN useradd --system --user-group --home-dir /var/lib/casefold --create-home casefold && \
    install --directory --owner casefold --group casefold /var/lib/casefold-seals
USER casefold
ENV PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
VOLUME /var/lib/casefold /var/lib/casefold-seals
ENTRYPOINT ["python", "-m", "worker.main"]
CMD ["worker"]
