# syntax=docker/dockerfile:1
# docker buildx build --platform linux/amd64,linux/arm64 -t spotguide .
# hack/image makes the same image without a container engine.
FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=dev
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /out/spotguide ./cmd/spotguide && \
    mkdir -p /out/etc/ssl/certs && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ && \
    install -d -m 1777 /out/tmp

# Nothing but the binary: it speaks Git itself and needs no shell.
FROM scratch
LABEL org.opencontainers.image.title=spotguide \
      org.opencontainers.image.source=https://github.com/spotguide/spotguide \
      org.opencontainers.image.licenses=Apache-2.0
COPY --from=build /out/ /
ENV PATH=/ HOME=/tmp
USER 65534:65534
ENTRYPOINT ["/spotguide"]
CMD ["agent"]
