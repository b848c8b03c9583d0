package dev.kaya.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TransformerConfigTest {

    /** 2 (keys and values) × 12 layers × 768 elements × 4 bytes × 1,000 tokens = 73.7 MB. */
    @Test
    void gpt2SmallTakes73point7MegabytesForAThousandTokens() {
        TransformerConfig config = RandomModels.gpt2Config(RandomModels.GPT2_SMALL);
        assertThat(config.keyValueBytesPerToken(KvCacheType.F32) * 1000).isEqualTo(73_728_000);
        assertThat(config.keyValueBytesPerToken(KvCacheType.BF16) * 1000).isEqualTo(36_864_000);
    }
}
