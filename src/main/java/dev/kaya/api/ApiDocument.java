package dev.kaya.api;

import dev.kaya.service.request.ServiceLimits;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.examples.Example;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springdoc.core.customizers.OpenApiCustomizer;

/**
 * Adds to the API's description what annotations cannot say: limits that are configured, bounds
 * that are excluded, defaults that are numbers, requests to begin with, and that whatever goes
 * wrong is a problem.
 */
public final class ApiDocument implements OpenApiCustomizer {

    private static final String PROBLEM = "application/problem+json";

    /** Fields whose annotation says that 0 is excluded, which is lost on its way here. */
    private static final List<String> ABOVE_ZERO =
            List.of("top_p", "typical_p", "repetition_penalty");

    private final ServiceLimits limits;

    /**
     * @param limits bounds of a request, told beside its fields
     */
    public ApiDocument(ServiceLimits limits) {
        this.limits = limits;
    }

    @Override
    public void customise(OpenAPI api) {
        Map<String, Schema<?>> fields = fields(api);
        fields.values().forEach(ApiDocument::makeDefaultANumber);
        named(fields, "prompt").setDefault("");
        named(fields, "max_new_tokens").setMaximum(BigDecimal.valueOf(limits.maxNewTokens()));
        named(fields, "n").setMaximum(BigDecimal.valueOf(limits.samples()));
        named(fields, "best_of").setMaximum(BigDecimal.valueOf(limits.samples()));
        named(fields, "num_beams").setMaximum(BigDecimal.valueOf(limits.samples()));
        for (String name : ABOVE_ZERO) {
            named(fields, name).setMinimum(null);
            named(fields, name).setExclusiveMinimumValue(BigDecimal.ZERO);
        }
        for (PathItem path : api.getPaths().values()) {
            path.readOperations().forEach(ApiDocument::addProblem);
        }
        Content body =
                named(api.getPaths(), "/v1/generate").getPost().getRequestBody().getContent();
        named(body, "application/json").setExamples(examples());
    }

    @SuppressWarnings("unchecked") // the model's maps hold raw schemas
    private static Map<String, Schema<?>> fields(OpenAPI api) {
        Schema<?> request = named(api.getComponents().getSchemas(), "GenerateRequest");
        return (Map<String, Schema<?>>) (Map<String, ?>) request.getProperties();
    }

    private static <T> T named(Map<String, T> all, String name) {
        T found = all.get(name);
        if (found == null) {
            throw new IllegalStateException("the description has no " + name);
        }
        return found;
    }

    private static void makeDefaultANumber(Schema<?> field) {
        boolean isNumber = field.getTypes() != null && field.getTypes().contains("number");
        if (isNumber && field.getDefault() instanceof String text) {
            field.setDefault(new BigDecimal(text));
        }
    }

    private static void addProblem(Operation operation) {
        Schema<?> problem = new Schema<>().$ref("#/components/schemas/Problem");
        operation
                .getResponses()
                .addApiResponse(
                        "default",
                        new ApiResponse()
                                .description("Every fault is reported as a problem.")
                                .content(
                                        new Content()
                                                .addMediaType(
                                                        PROBLEM, new MediaType().schema(problem))));
    }

    /** Whole requests: one made of every field's example would contradict itself. */
    private static Map<String, Example> examples() {
        Map<String, Object> story = new LinkedHashMap<>();
        story.put("prompt", "Once upon a time");
        story.put("max_new_tokens", 50);
        story.put("temperature", 0.8);
        story.put("top_k", 50);
        story.put("top_p", 0.95);
        story.put("seed", 7);
        Map<String, Object> streamed = new LinkedHashMap<>(story);
        streamed.put("stream", true);
        Map<String, Object> greedy = new LinkedHashMap<>();
        greedy.put("prompt", "Once upon a time");
        greedy.put("temperature", 0);
        Map<String, Object> beams = new LinkedHashMap<>();
        beams.put("prompt", "Once upon a time");
        beams.put("num_beams", 4);
        beams.put("n", 2);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("prompt", "The king's daughter, as JSON: ");
        json.put("response_format", daughter());
        Map<String, Example> examples = new LinkedHashMap<>();
        examples.put("story", new Example().summary("A story").value(story));
        examples.put("stream", new Example().summary("The same as a stream").value(streamed));
        examples.put("greedy", new Example().summary("The likeliest text").value(greedy));
        examples.put("beams", new Example().summary("The two best of four beams").value(beams));
        examples.put("json", new Example().summary("JSON by a schema").value(json));
        return examples;
    }

    private static Map<String, Object> daughter() {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("name", Map.of("type", "string", "maxLength", 30));
        properties.put("age", Map.of("type", "integer", "minimum", 0, "maximum", 120));
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", properties);
        schema.put("required", List.of("name", "age"));
        Map<String, Object> format = new LinkedHashMap<>();
        format.put("type", "json_schema");
        format.put("json_schema", Map.of("schema", schema));
        return format;
    }
}
