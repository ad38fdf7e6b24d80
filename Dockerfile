# The evaluator as an image: docker build --tag tidemark .
# Run it with a read-only root: docker run --read-only --tmpfs /tmp --volume tidemark:/var/lib/tidemark --publish 8433:8433 \
#   --volume $PWD/tidemark.yaml:/etc/tidemark/tidemark.yaml:ro tidemark
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json tsconfig.json ./
COPY instrumentation instrumentation
COPY evaluator evaluator
COPY dashboards dashboards
COPY examples examples
RUN npm ci --ignore-scripts --no-audit --no-fund \
 && node_modules/.bin/tsc -b evaluator \
 && npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
LABEL org.opencontainers.image.title="Tidemark evaluator" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
    TIDEMARK_LISTEN_HOST=0.0.0.0 \
    TIDEMARK_STORE_URL=sqlite:/var/lib/tidemark/tidemark.db
WORKDIR /opt/tidemark
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/instrumentation instrumentation
COPY --from=build /build/evaluator evaluator
COPY --from=build /build/examples examples
RUN mkdir -p /var/lib/tidemark && chown 10001:10001 /var/lib/tidemark
USER 10001:10001
VOLUME ["/var/lib/tidemark"]
EXPOSE 8433
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8433/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/opt/tidemark/evaluator/bin/tidemark.js"]
CMD ["serve", "--config", "/etc/tidemark/tidemark.yaml"]
