package dev.kaya.api.web;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.util.MimeTypeUtils;
import org.springframework.web.HttpMediaTypeNotAcceptableException;

/** How an answer is sent: all at once or as it comes. */
public enum AnswerKind {
    JSON,
    EVENT_STREAM;

    private static final List<MediaType> OFFERED =
            List.of(MediaType.APPLICATION_JSON, MediaType.TEXT_EVENT_STREAM);

    /**
     * The field {@code stream} decides; without it an {@code Accept} that prefers an event stream
     * does.
     *
     * @param stream the field, if given
     * @param accept the header, if given
     * @throws HttpMediaTypeNotAcceptableException when the client accepts neither
     */
    public static AnswerKind of(@Nullable Boolean stream, @Nullable String accept)
            throws HttpMediaTypeNotAcceptableException {
        List<MediaType> accepted = parse(accept);
        if (accepted.stream().noneMatch(AnswerKind::isOffered)) {
            throw new HttpMediaTypeNotAcceptableException(OFFERED);
        }
        if (stream != null) {
            return stream ? EVENT_STREAM : JSON;
        }
        for (MediaType type : accepted) {
            if (isOffered(type)) {
                return type.includes(MediaType.APPLICATION_JSON) ? JSON : EVENT_STREAM;
            }
        }
        return JSON;
    }

    private static boolean isOffered(MediaType type) {
        return type.getQualityValue() > 0 && OFFERED.stream().anyMatch(type::includes);
    }

    private static List<MediaType> parse(@Nullable String accept)
            throws HttpMediaTypeNotAcceptableException {
        if (accept == null || accept.isBlank()) {
            return List.of(MediaType.ALL);
        }
        try {
            List<MediaType> types = MediaType.parseMediaTypes(accept);
            MimeTypeUtils.sortBySpecificity(types);
            types.sort((a, b) -> Double.compare(b.getQualityValue(), a.getQualityValue()));
            return types;
        } catch (InvalidMediaTypeException | InvalidMimeTypeException e) {
            throw new HttpMediaTypeNotAcceptableException(OFFERED); // no types, or too many
        }
    }
}
