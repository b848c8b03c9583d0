package dev.kaya.api.web;

import java.time.Duration;

/**
 * How event streams are kept.
 *
 * @param keepAlive how long one may be silent before a comment is sent
 */
public record StreamSettings(Duration keepAlive) {}
