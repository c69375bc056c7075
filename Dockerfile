# syntax=docker/dockerfile:1
# Built from the checkout; the final image holds Node, the program and one native package, and nothing that installs.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/build.ts && npm pack --ignore-scripts --pack-destination /tmp \
  && npm install --global --prefix /app --omit=dev --ignore-scripts --no-audit --no-fund /tmp/claude-bedrock-*.tgz

FROM gcr.io/distroless/nodejs24-debian12:nonroot
COPY --from=build /app/lib/node_modules /app/node_modules
# A container has no keyring: the key comes as a file, and what must stay is kept in /state.
ENV CLAUDE_BEDROCK_HOME=/state \
    CLAUDE_BEDROCK_VAULT=memory \
    CLAUDE_BEDROCK_HOST=0.0.0.0 \
    CLAUDE_BEDROCK_API_KEY_FILE=/run/secrets/claude_bedrock_api_key \
    CLAUDE_BEDROCK_NO_UPDATE_CHECK=1
USER 65532:65532
EXPOSE 4141
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s \
  CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:4141/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/nodejs/bin/node", "/app/node_modules/claude-bedrock/dist/main.js"]
CMD ["serve", "--allow-remote"]
