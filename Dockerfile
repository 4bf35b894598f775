# One of the five in an image that holds its program, the files of its page, and nothing else.
#
#   docker build --build-arg WAY=sse --tag five-ways-sse .
#   docker run --publish 127.0.0.1:8104:8080 five-ways-sse

FROM docker.io/library/rust:1.95-slim AS build
WORKDIR /source
COPY . .

# polling, long-polling, iframe-stream, sse or websocket; and redis, if its feed is to be there.
ARG WAY=sse
ARG FEATURES=

# For musl a program is whole in itself, and needs no file of a system.
RUN rustup target add "$(uname -m)-unknown-linux-musl"
RUN cargo build --release --locked --package "$WAY" --features "$FEATURES" --target "$(uname -m)-unknown-linux-musl"
RUN mkdir -p /image/shared "/image/$WAY" \
    && cp "target/$(uname -m)-unknown-linux-musl/release/$WAY" /image/server \
    && cp -r shared/assets /image/shared \
    && cp -r "$WAY/assets" "/image/$WAY"

FROM scratch
COPY --from=build /image /
# From outside of a container only an address that is not the loopback's can be reached.
ENV FIVE_WAYS_HOST=0.0.0.0 FIVE_WAYS_PORT=8080 FIVE_WAYS_ASSETS=/
EXPOSE 8080
# Nobody. The number is what a system without a list of users knows.
USER 65534:65534
HEALTHCHECK --interval=10s --timeout=3s CMD ["/server", "status"]
ENTRYPOINT ["/server"]
