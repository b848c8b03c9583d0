package dev.kaya.api.v1;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.kaya.registry.ServedModel;
import dev.kaya.service.GenerationService;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** What is served. */
@RestController
@Tag(name = "Models", description = "What is served.")
class ModelController {

    private final GenerationService service;

    ModelController(GenerationService service) {
        this.service = service;
    }

    /** The list of models, in the shape that OpenAI's clients know. */
    @Schema(description = "The models; Kaya serves one.")
    record ModelList(
            @JsonProperty("object") @Schema(example = "list") String object,
            @JsonProperty("data") List<Entry> data) {

        /** One model of the list. */
        @Schema(name = "ModelEntry")
        record Entry(
                @JsonProperty("id") @Schema(example = "stories") String id,
                @JsonProperty("object") @Schema(example = "model") String object,
                @JsonProperty("created") @Schema(example = "1790000000") long created,
                @JsonProperty("owned_by") @Schema(example = "kaya") String ownedBy) {}
    }

    @Operation(summary = "List the models")
    @GetMapping(path = "/v1/models", produces = MediaType.APPLICATION_JSON_VALUE)
    ModelList list() {
        ServedModel served = service.model(null).model();
        return new ModelList(
                "list",
                List.of(
                        new ModelList.Entry(
                                served.name(), "model", served.since().getEpochSecond(), "kaya")));
    }

    @Operation(summary = "Describe a model")
    @GetMapping(path = "/v1/models/{id}", produces = MediaType.APPLICATION_JSON_VALUE)
    ModelDetails describe(
            @Parameter(description = "The model's name.", example = "stories") @PathVariable("id")
                    String id) {
        return ModelDetails.of(service.model(id));
    }
}
