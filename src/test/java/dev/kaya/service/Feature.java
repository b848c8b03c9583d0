package dev.kaya.service;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** What a request can ask for, beside a prompt of {@code TinyCheckpoint}'s vocabulary. */
enum Feature {
    SPECULATE("{'speculate': true}"),
    PROMPT_LOGPROBS("{'prompt_logprobs': 2}"),
    LOGPROBS("{'logprobs': 3}"),
    SAMPLES("{'n': 3}"),
    BEST_OF("{'best_of': 4}"),
    REGEX("{'response_format': {'type': 'regex', 'pattern': '(abc|bca|[d-m]{2})+'}}"),
    STOP("{'stop': ['aa', 'bc', 'de', 'mf', 'gg', 'hi', 'kl']}"),
    STOP_TOKEN_IDS("{'stop_token_ids': [4, 9]}"),
    MIN_NEW_TOKENS("{'min_new_tokens': 12}"),
    REPETITION("{'repetition_penalty': 1.3, 'repetition_window': 30}"),
    FREQUENCY("{'frequency_penalty': 0.7, 'presence_penalty': -0.3}"),
    NO_REPEAT("{'no_repeat_ngram_size': 3}"),
    BIAS("{'logit_bias': {'3': 2.5, '8': -4.0}}"),
    ECHO("{'echo': true}"),
    IGNORE_EOS("{'ignore_eos': true}"),
    DRAWN("{'temperature': 0.9, 'top_k': 12, 'typical_p': 0.9, 'min_p': 0.01}"),
    SLIDING("{'context_overflow': 'slide', 'max_new_tokens': 48}"),
    BEAMS("{'num_beams': 4}"),
    STREAM("{'stream': true}");

    private static final JsonMapper JSON = JsonMapper.shared();

    private final String fields;

    /**
     * @param fields as JSON with single quotes
     */
    Feature(String fields) {
        this.fields = fields.replace('\'', '"');
    }

    /** The fields of a request that asks for all of these; greedy unless it draws. */
    static Map<String, Object> fields(String prompt, Collection<Feature> features) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("prompt", prompt);
        request.put("max_new_tokens", 20);
        request.put("temperature", 0);
        request.put("seed", 11);
        for (Feature feature : features) {
            request.putAll(JSON.readValue(feature.fields, new TypeReference<>() {}));
        }
        return request;
    }
}
