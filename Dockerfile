# Builds Kaya and puts it on a JRE.
#
#   docker build -t kaya .
#   docker run --rm -p 8080:8080 kaya
#   docker run --rm -p 8080:8080 -v "$PWD/mine:/checkpoints/mine:ro" -e KAYA_CHECKPOINT=/checkpoints/mine kaya
#   docker run --rm kaya generate --prompt "Once upon a time" --greedy
#
# Every kaya.* key is an environment variable too (kaya.max-sequences is KAYA_MAX_SEQUENCES).

# Bases are named by their tags, so that a build takes their fixes; docs/operations.md says how to pin them by digest.
FROM eclipse-temurin:25-jdk AS build
WORKDIR /build
# The wrapper needs neither curl nor unzip, which this image lacks: it falls back to javac and tar.
# This layer holds Maven and the plugins' and libraries' jars until pom.xml changes.
COPY mvnw pom.xml ./
COPY .mvn .mvn
RUN ./mvnw --batch-mode --no-transfer-progress dependency:resolve dependency:resolve-plugins
COPY src/main src/main
# Tests run before an image is built (./mvnw verify), where golden files and reports are at hand.
RUN ./mvnw --batch-mode --no-transfer-progress -Dmaven.test.skip=true -Darchive.skip=true package

FROM eclipse-temurin:25-jre
LABEL org.opencontainers.image.title="Kaya" \
      org.opencontainers.image.description="A text-generation server for the JVM" \
      org.opencontainers.image.base.name="docker.io/library/eclipse-temurin:25-jre"
# A number, so that an orchestrator can see that it is not root.
RUN groupadd --gid 10001 kaya \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin kaya
WORKDIR /app
COPY deploy/healthcheck.sh ./healthcheck.sh
COPY deploy/jvm.args ./jvm.args
COPY checkpoints/stories /checkpoints/stories
COPY --from=build /build/target/kaya.jar ./kaya.jar
# Takes a good second off the time to the first answer; made here because it fits this image's JVM alone.
RUN java -jar /app/kaya.jar archive --checkpoint /checkpoints/stories
VOLUME /checkpoints

# Replace JDK_JAVA_OPTIONS to tune the JVM; what the server cannot do without is in ENTRYPOINT, which comes after it.
# The heap holds weights and KV cache; the rest of the limit is for code, threads and buffers.
ENV KAYA_CHECKPOINT=/checkpoints/stories \
    JDK_JAVA_OPTIONS="@/app/jvm.args -XX:MaxRAMPercentage=70"
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["bash", "/app/healthcheck.sh"]
# No shell in between: SIGTERM reaches the JVM, which drains and exits with 143.
ENTRYPOINT ["java", "--add-modules=jdk.incubator.vector", "-XX:SharedArchiveFile=/app/kaya.jsa", "-XX:+ExitOnOutOfMemoryError", "-jar", "/app/kaya.jar"]
