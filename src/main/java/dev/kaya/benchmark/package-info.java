/**
 * How fast a checkpoint is on this machine, and how near to what the machine can do.
 *
 * <p>{@code EngineBenchmark} drives the engine directly, in steps such as the scheduler plans, and
 * puts its pace beside a roofline measured in the same run. May use {@code engine} and below; only
 * {@code cli} uses it. It stands apart from {@code scheduler} so that queues and streams are not
 * part of what is measured.
 */
@NullMarked
package dev.kaya.benchmark;

import org.jspecify.annotations.NullMarked;
