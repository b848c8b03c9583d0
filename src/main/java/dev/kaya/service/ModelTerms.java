package dev.kaya.service;

import dev.kaya.registry.ServedModel;
import dev.kaya.service.request.SamplingDefaults;
import dev.kaya.service.request.ServiceLimits;

/**
 * A model and the terms on which requests are taken for it.
 *
 * @param model that is served
 * @param limits of requests
 * @param defaults for what a request leaves out
 */
public record ModelTerms(ServedModel model, ServiceLimits limits, SamplingDefaults defaults) {}
