# Tallystick as one image for the service and the consumer: nothing but Python, the pinned packages and two wheels.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN python -m venv /build \
 && /build/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements/bootstrap.txt \
 && cd packaging/verify && /build/bin/python -m hatchling build --target wheel --directory /dist \
 && cd ../.. && /build/bin/python -m hatchling build --target wheel --directory /dist \
 && python -m venv /opt/tallystick \
 && /opt/tallystick/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements/run.txt \
 && /opt/tallystick/bin/pip install --no-cache-dir --no-deps /dist/*.whl

FROM python:3.11-slim-bookworm
COPY --from=build /opt/tallystick /opt/tallystick
# A user without a name or a shell elsewhere; the ledger is theirs alone (0700).
RUN useradd --uid 10001 --create-home --home-dir /data tallystick
ENV PATH=/opt/tallystick/bin:$PATH TALLYSTICK_HOME=/data/home PYTHONUNBUFFERED=1
USER 10001
VOLUME /data
EXPOSE 8017
ENTRYPOINT ["tallystick"]
CMD ["serve", "--host", "0.0.0.0"]
