/**
 * What is shipped around the jar: image, compose file, scrape file, rules, dashboard.
 *
 * <p>No container engine is needed. {@code DeploymentTest} reads the files; {@code ContainerIT}
 * lays out what the image would hold and runs its entry point; the tests tagged {@code prometheus}
 * use Debian's package of that name and run in the profile {@code prometheus}.
 */
@NullMarked
package dev.kaya.deploy;

import org.jspecify.annotations.NullMarked;
