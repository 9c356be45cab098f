# syntax=docker/dockerfile:1

# The one binary, with everything that it serves inside.
FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --bin registre \
    && cp target/release/registre /registre

# Postgres and NATS are containers of their own, so nothing is installed beside the binary.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
# A number, so that an orchestrator can see that it is not root.
RUN install --directory --owner=10001 --group=10001 --mode=0700 /data /journal /administrator
COPY --from=build /registre /usr/local/bin/registre
USER 10001:10001
WORKDIR /data
ENV REGISTRE_DATA=/data
EXPOSE 8000 3003 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s CMD ["registre", "health", "--live"]
ENTRYPOINT ["registre"]
CMD ["serve", "--listen", "0.0.0.0:8000", "--listen", "0.0.0.0:3003"]
