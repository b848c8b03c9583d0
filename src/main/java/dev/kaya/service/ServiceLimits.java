package dev.kaya.service;

import java.time.Duration;

/**
 * Bounds of a request.
 *
 * @param maxNewTokens most tokens a request may ask for
 * @param samples most texts a request may ask for
 * @param responseFormat whether texts may be asked to look like something
 * @param requestTimeout after which every request ends with what it has
 */
public record ServiceLimits(
        int maxNewTokens, int samples, boolean responseFormat, Duration requestTimeout) {}
