# syntax=docker/dockerfile:1
# For a GPU:      docker build -t atelier .
# Without one:    docker build -t atelier --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cpu .
FROM python:3.11-slim AS build
ARG TORCH_INDEX=""
WORKDIR /src
RUN python -m venv /opt/atelier
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY engine engine
COPY migrations migrations
RUN if [ -n "$TORCH_INDEX" ]; then \
        pin="$(grep '^torch==' constraints.txt)" && \
        /opt/atelier/bin/pip install --no-cache-dir --index-url "$TORCH_INDEX" "$pin"; \
    fi && \
    /opt/atelier/bin/pip install --no-cache-dir -c constraints.txt .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 atelier && mkdir /data && chown atelier /data
COPY --from=build /opt/atelier /opt/atelier
ENV PATH=/opt/atelier/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HF_HOME=/data/models \
    ATELIER_STORAGE__FOLDER=/data \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER atelier
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s CMD ["atelier", "health"]
STOPSIGNAL SIGTERM
CMD ["atelier", "run"]
