package dev.kaya.engine.tokenizer.read;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.WellFormedText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A part of a {@code tokenizer.json} as a tree, whose members are asked for by name and checked.
 *
 * @param file where it stands, for messages
 * @param name what it is, for messages
 * @param tree the part; null where the file has null or nothing
 */
public record JsonPart(Path file, String name, @Nullable Object tree) {

    private static final int SHOWN_CHARACTERS = 200;

    boolean isAbsent() {
        return tree == null;
    }

    /** The member {@code type}, by which parts name what they are. */
    public String type() {
        return String.valueOf(member("type"));
    }

    public @Nullable Object member(String member) {
        return tree instanceof Map<?, ?> map ? map.get(member) : null;
    }

    /** A member as a part of its own, which messages call by this one's name and its own. */
    public JsonPart part(String member) {
        return new JsonPart(file, name, member(member));
    }

    public boolean flag(String member, boolean otherwise) throws MalformedCheckpointException {
        Object value = member(member);
        if (value == null) {
            return otherwise;
        }
        if (!(value instanceof Boolean flag)) {
            throw malformed("'%s' must be true or false".formatted(member));
        }
        return flag;
    }

    public String string(String member) throws MalformedCheckpointException {
        if (!(member(member) instanceof String text)) {
            throw malformed("'%s' must be a string".formatted(member));
        }
        return text;
    }

    /** A string that must not be empty. */
    String text(String member) throws MalformedCheckpointException {
        String text = string(member);
        if (text.isEmpty() || !WellFormedText.isWellFormed(text)) {
            throw malformed("'%s' must be a text that is not empty".formatted(member));
        }
        return text;
    }

    /** The one character that a member is. */
    char character(String member) throws MalformedCheckpointException {
        String text = text(member);
        if (text.length() != 1) {
            throw malformed("'%s' must be one character".formatted(member));
        }
        return text.charAt(0);
    }

    /** A whole number from 0 to {@code most}. */
    int count(String member, int most) throws MalformedCheckpointException {
        Object value = member(member);
        if (!(value instanceof Long number) || number < 0 || number > most) {
            throw malformed("'%s' must be a number from 0 to %d".formatted(member, most));
        }
        return number.intValue();
    }

    /** The elements of a member that is an array, each a part of this name; none when absent. */
    List<JsonPart> list(String member) throws MalformedCheckpointException {
        return elements(member, member(member));
    }

    /** The elements of this part, an array; none when it is absent. */
    List<JsonPart> elements() throws MalformedCheckpointException {
        return elements(name, tree);
    }

    /**
     * The members of a {@code Sequence}, those of sequences within it included; or this part itself
     * when it is none; or nothing when it is absent.
     *
     * @param members the name under which a sequence has them
     */
    public List<JsonPart> steps(String members) throws MalformedCheckpointException {
        var steps = new ArrayList<JsonPart>();
        addSteps(members, steps);
        return List.copyOf(steps);
    }

    private void addSteps(String members, List<JsonPart> steps)
            throws MalformedCheckpointException {
        if (isAbsent()) {
            return;
        }
        if (!type().equals("Sequence")) {
            steps.add(this);
            return;
        }
        for (JsonPart member : list(members)) {
            member.addSteps(members, steps);
        }
    }

    private List<JsonPart> elements(String what, @Nullable Object array)
            throws MalformedCheckpointException {
        if (array == null) {
            return List.of();
        }
        if (!(array instanceof List<?> elements) || elements.contains(null)) {
            throw malformed("'%s' must be an array of values".formatted(what));
        }
        var parts = new ArrayList<JsonPart>();
        for (Object element : elements) {
            parts.add(new JsonPart(file, name, element));
        }
        return parts;
    }

    /** This part, by its type, is not supported. */
    MalformedCheckpointException unsupported(String supported) {
        Object type = member("type");
        String text = type == null ? String.valueOf(tree) : "'" + type + "'";
        String shown =
                text.length() <= SHOWN_CHARACTERS
                        ? text
                        : text.substring(0, SHOWN_CHARACTERS) + "…";
        return malformed("%s is not supported; Kaya reads %s".formatted(shown, supported));
    }

    MalformedCheckpointException malformed(String reason) {
        return new MalformedCheckpointException(file, -1, name + ": " + reason);
    }
}
