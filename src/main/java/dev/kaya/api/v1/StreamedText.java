package dev.kaya.api.v1;

import io.swagger.v3.oas.annotations.media.Schema;
import java.io.Reader;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JacksonSerializable;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.jsontype.TypeSerializer;

/**
 * A string that is written while it is made, and never stands whole in memory.
 *
 * @param characters no read of which ends within a surrogate pair
 */
@Schema(type = "string", implementation = String.class)
record StreamedText(Reader characters) implements JacksonSerializable {

    private static final int TO_THE_END = -1;

    @Override
    public void serialize(JsonGenerator to, SerializationContext context) {
        to.writeString(characters, TO_THE_END);
    }

    @Override
    public void serializeWithType(
            JsonGenerator to, SerializationContext context, TypeSerializer types) {
        serialize(to, context);
    }
}
