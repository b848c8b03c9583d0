package dev.kaya.api.v1;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.kaya.backend.ModelCard;
import dev.kaya.engine.resolve.SpecialTokens;
import dev.kaya.service.ModelTerms;
import dev.kaya.service.request.Preset;
import dev.kaya.service.request.SamplingDefaults;
import dev.kaya.service.request.ServiceLimits;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything there is to know about the served model. */
@Schema(description = "The served model in detail.")
record ModelDetails(
        @JsonProperty("id") @Schema(example = "stories") String id,
        @JsonProperty("object") @Schema(example = "model") String object,
        @JsonProperty("created")
                @Schema(description = "Unix time when it was ready.", example = "1790000000")
                long created,
        @JsonProperty("owned_by") @Schema(example = "kaya") String ownedBy,
        @JsonProperty("dialect")
                @Schema(
                        description = "Whose names and shapes the checkpoint has.",
                        example = "LLaMA (Hugging Face)")
                String dialect,
        @JsonProperty("container")
                @Schema(description = "The file's format.", example = "safetensors")
                String container,
        @JsonProperty("parameters") @Schema(example = "3221952") long parameters,
        @JsonProperty("types")
                @Schema(
                        description = "How many parameters are stored how.",
                        example = "{\"BF16\": 3221952}")
                Map<String, Long> types,
        @JsonProperty("weights_fingerprint")
                @Schema(description = "Changes when a weight does.", example = "8f0c2a51d3b7e946")
                String weightsFingerprint,
        @JsonProperty("context_length") @Schema(example = "256") int contextLength,
        @JsonProperty("vocabulary_size") @Schema(example = "4096") int vocabularySize,
        @JsonProperty("kv_bytes_per_token")
                @Schema(description = "Memory of keys and values for one token.", example = "4608")
                long kvBytesPerToken,
        @JsonProperty("bos_token_id")
                @Schema(description = "Begins a text, if there is one.", nullable = true)
                @Nullable Integer bosTokenId,
        @JsonProperty("eos_token_ids") @Schema(description = "End a text.")
                List<Integer> eosTokenIds,
        @JsonProperty("adds_bos") @Schema(description = "Whether prompts get the BOS in front.")
                boolean addsBos,
        @JsonProperty("defaults")
                @Schema(description = "What holds for fields that a request leaves out.")
                Defaults defaults,
        @JsonProperty("presets") @Schema(description = "What the presets stand for.")
                Map<String, PresetValues> presets,
        @JsonProperty("limits") @Schema(description = "Bounds of a request.") Limits limits) {

    /** Values for absent fields. */
    @Schema(name = "ModelDefaults")
    public record Defaults(
            @JsonProperty("max_new_tokens") @Schema(example = "100") int maxNewTokens,
            @JsonProperty("temperature") @Schema(example = "0.8") double temperature,
            @JsonProperty("top_k") @Schema(example = "50") int topK,
            @JsonProperty("top_p") @Schema(example = "0.95") double topP,
            @JsonProperty("context_overflow") @Schema(example = "slide") String contextOverflow) {}

    /** Values that go well together. */
    @Schema(name = "Preset")
    record PresetValues(
            @JsonProperty("temperature") @Schema(example = "0.4") double temperature,
            @JsonProperty("top_k") @Schema(example = "20") int topK,
            @JsonProperty("top_p") @Schema(example = "0.9") double topP) {}

    private static Map<String, PresetValues> allPresets() {
        Map<String, PresetValues> presets = new LinkedHashMap<>();
        for (Preset preset : Preset.values()) {
            presets.put(
                    preset.wireName(),
                    new PresetValues(preset.temperature(), preset.topK(), preset.topP()));
        }
        return presets;
    }

    /** Bounds of a request. */
    @Schema(name = "ModelLimits")
    record Limits(
            @JsonProperty("max_new_tokens") @Schema(example = "4096") int maxNewTokens,
            @JsonProperty("n") @Schema(example = "64") int samples,
            @JsonProperty("response_format")
                    @Schema(description = "Whether response_format is served.", example = "true")
                    boolean responseFormat,
            @JsonProperty("request_timeout_ms") @Schema(example = "600000")
                    long requestTimeoutMs) {}

    static ModelDetails of(ModelTerms terms) {
        ModelCard card = terms.model().card();
        ModelCard.Weights weights = card.weights();
        SpecialTokens special = card.vocabulary().specialTokens();
        SamplingDefaults defaults = terms.defaults();
        ServiceLimits limits = terms.limits();
        return new ModelDetails(
                card.name(),
                "model",
                terms.model().since().getEpochSecond(),
                "kaya",
                weights.dialect(),
                weights.container(),
                weights.parameters(),
                weights.elementsByType(),
                weights.fingerprint(),
                card.context().length(),
                card.vocabulary().size(),
                weights.keyValueBytesPerToken(),
                special.bos().isPresent() ? special.bos().getAsInt() : null,
                special.eos(),
                special.addBos(),
                new Defaults(
                        defaults.maxNewTokens(),
                        defaults.temperature(),
                        defaults.topK(),
                        defaults.topP(),
                        card.context().stopsAtEnd() ? "stop" : "slide"),
                allPresets(),
                new Limits(
                        limits.maxNewTokens(),
                        limits.samples(),
                        limits.responseFormat(),
                        limits.requestTimeout().toMillis()));
    }
}
