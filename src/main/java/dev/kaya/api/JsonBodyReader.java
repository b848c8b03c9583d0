package dev.kaya.api;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.http.converter.HttpMessageNotWritableException;
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
public final class JsonBodyReader implements HttpMessageConverter<Object> {

    private final JsonMapper json;

    /**
     * @param json with the rules of strict reading
     */
    public JsonBodyReader(JsonMapper json) {
        this.json = json;
    }

    @Override
    public boolean canRead(Class<?> type, @Nullable MediaType mediaType) {
        return MediaType.APPLICATION_JSON.includes(mediaType);
    }

    @Override
    public boolean canWrite(Class<?> type, @Nullable MediaType mediaType) {
        return false;
    }

    @Override
    public List<MediaType> getSupportedMediaTypes() {
        return List.of(MediaType.APPLICATION_JSON);
    }

    @Override
    public Object read(Class<?> type, HttpInputMessage message) throws IOException {
        var utf8 =
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT);
        try (Reader reader = new InputStreamReader(message.getBody(), utf8);
                JsonParser parser = new CheckedParser(json.createParser(reader))) {
            return onlyValue(type, parser, message);
        } catch (JacksonException e) {
            throw new HttpMessageNotReadableException("no such JSON", e, message);
        }
    }

    private Object onlyValue(Class<?> type, JsonParser parser, HttpInputMessage message) {
        if (parser.nextToken() == null) {
            throw new HttpMessageNotReadableException("nothing but blanks", message);
        }
        Object value =
                json.readerFor(type)
                        .without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .readValue(parser);
        if (value == null) {
            throw MismatchedInputException.from(parser, type, "null is no value");
        }
        if (parser.nextToken() != null) {
            throw new StreamReadException(parser, "a second value", parser.currentTokenLocation());
        }
        return value;
    }

    @Override
    public void write(Object value, @Nullable MediaType mediaType, HttpOutputMessage message) {
        throw new HttpMessageNotWritableException("this converter only reads");
    }
}
