package dev.kaya.service.request;

import dev.kaya.engine.constraint.ConstraintMemory;
import java.time.Duration;

/**
 * Bounds of a request.
 *
 * @param maxNewTokens most tokens a request may ask for
 * @param samples most texts a request may ask for
 * @param responseFormat whether texts may be asked to look like something
 * @param formats memory for what they are asked to look like
 * @param requestTimeout after which every request ends with what it has
 */
public record ServiceLimits(
        int maxNewTokens,
        int samples,
        boolean responseFormat,
        ConstraintMemory formats,
        Duration requestTimeout) {

    /** The same with as much memory for formats as is ever of use. */
    public ServiceLimits(
            int maxNewTokens, int samples, boolean responseFormat, Duration requestTimeout) {
        this(maxNewTokens, samples, responseFormat, ConstraintMemory.FULL, requestTimeout);
    }
}
