#!/bin/bash
# Healthy when readiness answers 200. The JRE image has neither curl nor wget, and a JVM of its own
# would cost a second of processor time at every check; bash is always there and opens sockets.
port="${MANAGEMENT_SERVER_PORT:-${SERVER_PORT:-8080}}"
exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
printf 'GET /actuator/health/readiness HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 2 _ status _ <&3
[ "$status" = 200 ] || exit 1
