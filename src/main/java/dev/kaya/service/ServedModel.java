package dev.kaya.service;

import dev.kaya.engine.LoadedModel;
import dev.kaya.scheduler.EngineLoop;
import dev.kaya.service.request.RequestValidator;
import dev.kaya.service.request.SamplingDefaults;
import dev.kaya.service.request.ServiceLimits;
import java.time.Instant;

/**
 * A model with the loop that decodes it and the rules its requests must meet.
 *
 * @param model loaded
 * @param loop running
 * @param limits of requests
 * @param defaults for fields that a request leaves out
 * @param since when it was ready
 * @param validator of its requests, which keeps what it compiled for them
 */
public record ServedModel(
        LoadedModel model,
        EngineLoop loop,
        ServiceLimits limits,
        SamplingDefaults defaults,
        Instant since,
        RequestValidator validator) {

    ServedModel(
            LoadedModel model,
            EngineLoop loop,
            ServiceLimits limits,
            SamplingDefaults defaults,
            Instant since) {
        this(model, loop, limits, defaults, since, new RequestValidator(model, limits, defaults));
    }
}
