# One image for web processes, workers and schedulers; compose.yaml says which is which.
FROM python:3.11-slim
WORKDIR /service
COPY requirements/runtime.lock requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/runtime.lock
COPY . .
RUN useradd --system service && mkdir -p instance && chown service instance
USER service
ENV FLASK_APP=wsgi PYTHONUNBUFFERED=1
