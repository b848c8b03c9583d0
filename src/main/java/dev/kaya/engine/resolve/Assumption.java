package dev.kaya.engine.resolve;

import dev.kaya.engine.settings.ConfigValues.Setting;

/**
 * Something that neither a checkpoint nor the files beside it say, so that it was taken from what
 * models of its dialect usually have.
 *
 * @param what was assumed
 * @param otherwise what to do where it is wrong
 */
public record Assumption(String what, String otherwise) {

    static String write(Setting setting, Object example) {
        return write(setting.preferredName(), example);
    }

    static String write(String key, Object example) {
        return "write \"%s\": %s into a config.json beside the weights".formatted(key, example);
    }
}
