# The program alone, for machines that have nothing else:
#
#   docker build -t mudlark .
#   docker run --rm --network=none -v "$PWD:/repo:ro" mudlark git .
#
# There is no shell in it. The certificates serve --verify, which asks providers.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w -X main.version=${VERSION}" -o /mudlark ./cmd/mudlark

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /mudlark /usr/local/bin/mudlark
ENV PATH=/usr/local/bin
USER 65534:65534
WORKDIR /repo
ENTRYPOINT ["mudlark"]
