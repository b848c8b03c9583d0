package dev.kaya.api.web;

import dev.kaya.service.bound.MemoryBudget;
import dev.kaya.service.fault.GenerationException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.converter.HttpMessageNotReadableException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads one JSON value from a body of UTF-8 (RFC 8259, section 8.1) and nothing else.
 *
 * <p>Characters are decoded before they are parsed, because a parser of bytes takes overlong
 * sequences for text and counts the columns of its errors in bytes.
 */
public final class JsonBodyReader {

    private final JsonMapper json;

    /**
     * @param json with the rules of strict reading
     */
    public JsonBodyReader(JsonMapper json) {
        this.json = json;
    }

    /**
     * Reads a body.
     *
     * @param memory grows with the values that are made of it
     * @param message for the fault
     * @throws HttpMessageNotReadableException when it is not such a value
     * @throws GenerationException when there is no memory for its values
     */
    <T> T read(
            Class<T> type, byte[] body, MemoryBudget.Reservation memory, HttpInputMessage message) {
        var utf8 =
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT);
        try (Reader reader = new InputStreamReader(new ByteArrayInputStream(body), utf8);
                JsonParser parser = new CheckedParser(json.createParser(reader), memory)) {
            return onlyValue(type, parser, message);
        } catch (JacksonException e) {
            throw refusal(e, message);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // bytes in memory
        }
    }

    private static RuntimeException refusal(JacksonException e, HttpInputMessage message) {
        return e.getCause() instanceof GenerationException refused
                ? refused
                : new HttpMessageNotReadableException("no such JSON", e, message);
    }

    private <T> T onlyValue(Class<T> type, JsonParser parser, HttpInputMessage message) {
        if (parser.nextToken() == null) {
            throw new HttpMessageNotReadableException("nothing but blanks", message);
        }
        T value =
                json.readerFor(type)
                        .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .readValue(parser);
        if (value == null) {
            throw MismatchedInputException.from(parser, type, "null is not a value");
        }
        if (parser.nextToken() != null) {
            throw new StreamReadException(parser, "a second value", parser.currentTokenLocation());
        }
        return value;
    }
}
