# One file and nothing else: the static binary in an empty image. `docker compose up` builds and starts it.
#
# Another base image, for example one from a mirror:
#   docker build --build-arg RUST_IMAGE=mirror.example/rust:1-slim-bookworm .
ARG RUST_IMAGE=rust:1-slim-bookworm

FROM ${RUST_IMAGE} AS build
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/source/target,sharing=locked \
    release/build /image

FROM scratch
LABEL org.opencontainers.image.title="mock-qlik-cloud" \
      org.opencontainers.image.description="An emulator of a Qlik Cloud tenant: in memory, offline, started in milliseconds." \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /image/ /
# Inside a container loopback is the container's own: reach is decided by the port that you publish.
ENV MOCK_QLIK_HOST=0.0.0.0
USER 65532:65532
EXPOSE 7545
# The first probe comes one interval after the start, hence the short one: healthy within a second.
# `--start-interval` would ask sooner and rest later, but Docker before 25 and the Buildah of Debian 12 do not
# know it.
HEALTHCHECK --interval=500ms --timeout=2s --start-period=5s --retries=3 \
    CMD ["/mock-qlik-cloud", "healthcheck"]
ENTRYPOINT ["/mock-qlik-cloud"]
