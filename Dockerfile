# One image for every function and for the migrations; FUNCTION_TARGET says which one a container is.
# Python as the lock is made for and the tests run on.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 HOME=/tmp
WORKDIR /app

COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: --requirement requirements.txt

# .dockerignore names what is copied. A syntax error in any function ends the build here.
COPY . .
RUN python -m compileall -q --invalidation-mode unchecked-hash .

USER 65534:65534

# The application is made in the worker, not before the fork: no thread of an import is lost.
# A container that is told to stop has ten seconds; the longest query string has 8,000 characters.
CMD exec gunicorn --bind :$PORT --workers 1 --worker-class gthread --threads $THREADS --timeout 0 --graceful-timeout 8 --keep-alive 75 --limit-request-line 8190 --no-control-socket 'functions_framework:create_app()'
