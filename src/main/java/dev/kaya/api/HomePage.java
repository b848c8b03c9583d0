package dev.kaya.api;

import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.UnencodableTextException;
import dev.kaya.registry.ServedModel;
import dev.kaya.service.GenerationService;
import dev.kaya.service.fault.GenerationException;
import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.core.env.Environment;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.util.DigestUtils;
import org.springframework.util.InvalidMimeTypeException;
import org.springframework.util.MimeTypeUtils;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.resource.NoResourceFoundException;
import org.springframework.web.servlet.support.ServletUriComponentsBuilder;
import org.springframework.web.util.HtmlUtils;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a browser finds at the root: which model is served, a request to copy, and where to go on. A
 * client that prefers JSON is told, as on any other path, that there is nothing here.
 */
@Hidden
@RestController
class HomePage {

    private static final MediaType HTML = new MediaType("text", "html", StandardCharsets.UTF_8);

    /** The page loads nothing and runs nothing, whatever a name may do to its text. */
    private static final String POLICY =
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
                    + " form-action 'none'; frame-ancestors 'none'";

    private static final Pattern PLACE = Pattern.compile("\\{(\\w+)}");
    private static final String TEMPLATE = template();
    private static final String PROMPT = "Once upon a time";

    private final GenerationService service;
    private final JsonMapper json;
    private final Environment environment;

    HomePage(GenerationService service, JsonMapper json, Environment environment) {
        this.service = service;
        this.json = json;
        this.environment = environment;
    }

    private static String template() {
        try (InputStream page = HomePage.class.getResourceAsStream("home.html")) {
            return new String(Objects.requireNonNull(page).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @GetMapping("/")
    ResponseEntity<String> show(
            HttpServletRequest request,
            @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept)
            throws NoResourceFoundException {
        if (!prefersHtml(accept)) {
            throw new NoResourceFoundException(HttpMethod.GET, request.getRequestURI(), "");
        }
        String page = page(request);
        return ResponseEntity.ok()
                .contentType(HTML)
                .cacheControl(CacheControl.noCache()) // another model, or another name of the host
                .eTag(DigestUtils.md5DigestAsHex(page.getBytes(StandardCharsets.UTF_8)))
                .varyBy(HttpHeaders.ACCEPT)
                .header("Content-Security-Policy", POLICY)
                .header("X-Content-Type-Options", "nosniff")
                .body(page);
    }

    /** Whoever names no type gets the page; of two that are wanted alike, the more specific. */
    private static boolean prefersHtml(@Nullable String accept) {
        if (accept == null || accept.isBlank()) {
            return true;
        }
        try {
            List<MediaType> types = new ArrayList<>(MediaType.parseMediaTypes(accept));
            MimeTypeUtils.sortBySpecificity(types);
            types.sort((a, b) -> Double.compare(b.getQualityValue(), a.getQualityValue()));
            for (MediaType type : types) {
                boolean html = type.includes(MediaType.TEXT_HTML);
                if (html || type.includes(MediaType.APPLICATION_JSON)) {
                    return html && type.getQualityValue() > 0;
                }
            }
            return false;
        } catch (InvalidMediaTypeException | InvalidMimeTypeException e) {
            return false;
        }
    }

    private String page(HttpServletRequest request) {
        ServedModel served = served();
        String model = served == null ? null : served.name();
        String url =
                ServletUriComponentsBuilder.fromContextPath(request)
                        .path("/v1/generate")
                        .build()
                        .toUriString();
        Map<String, String> texts =
                Map.of(
                        "model",
                        model == null
                                ? "No model is ready yet."
                                : "The model is <b>" + HtmlUtils.htmlEscape(model) + "</b>.",
                        "curl",
                        HtmlUtils.htmlEscape(curl(url, fields(served))),
                        "links",
                        links(request.getContextPath()));
        return PLACE.matcher(TEMPLATE)
                .replaceAll(
                        place ->
                                Matcher.quoteReplacement(
                                        Objects.requireNonNull(texts.get(place.group(1)))));
    }

    private @Nullable ServedModel served() {
        try {
            return service.model(null).model();
        } catch (GenerationException.Unavailable e) {
            return null; // it is being loaded, or on its way out
        }
    }

    /** Of a request that the model answers; not every vocabulary can spell a prompt in English. */
    private static Map<String, Object> fields(@Nullable ServedModel served) {
        Map<String, Object> fields = new LinkedHashMap<>();
        if (served != null) {
            fields.put("model", served.name());
        }
        if (served == null || canEncode(served.card().vocabulary().tokenizer())) {
            fields.put("prompt", PROMPT);
        }
        fields.put("max_new_tokens", 50);
        return fields;
    }

    private static boolean canEncode(Tokenizer tokenizer) {
        try {
            return tokenizer.encode(PROMPT, false).length > 0;
        } catch (UnencodableTextException e) {
            return false;
        }
    }

    private String curl(String url, Map<String, Object> fields) {
        return "curl "
                + quoted(url)
                + " \\\n  -H 'Content-Type: application/json' \\\n  -d "
                + quoted(json.writeValueAsString(fields));
    }

    /** As one word of a shell. */
    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    /**
     * Links beside this page, so that they hold behind any prefix of the path; with one that the
     * server knows of they are whole paths, so that they hold without a slash at its end too.
     */
    private String links(String prefix) {
        String base = prefix.isEmpty() ? "" : prefix + "/";
        List<String> links = new ArrayList<>();
        if (isOn("springdoc.swagger-ui.enabled")) {
            links.add(link(base, set("springdoc.swagger-ui.path", ""), "Swagger UI: every field"));
        }
        links.add(link(base, "/v1/models", "Models"));
        if (ManagementPortType.get(environment) == ManagementPortType.SAME) {
            String actuator = set("management.endpoints.web.base-path", "/actuator");
            links.add(link(base, actuator + "/health", "Health"));
            links.add(link(base, actuator + "/prometheus", "Metrics for Prometheus"));
        }
        return String.join("\n", links);
    }

    private boolean isOn(String key) {
        return environment.getProperty(key, Boolean.class, true);
    }

    private String set(String key, String otherwise) {
        return environment.getProperty(key, otherwise);
    }

    private static String link(String base, String path, String text) {
        String relative = path.startsWith("/") ? path.substring(1) : path;
        return "<li><a href=\"%s\">%s</a></li>"
                .formatted(HtmlUtils.htmlEscape(base + relative), text);
    }
}
