/**
 * Composition root: configuration records, beans and metric binders.
 *
 * <p>The only room that sees all others.
 */
@NullMarked
package dev.kaya.config;

import org.jspecify.annotations.NullMarked;
