package dev.kaya.engine.resolve;

import dev.kaya.engine.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which tokens end a text: those that a checkpoint names, and special tokens that by their text end
 * a text, a turn or a message in the vocabularies in use, whatever the checkpoint names; a model
 * that has learnt to end its turn with one would otherwise speak for the other side.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/src/llama-vocab.cpp">llama.cpp's
 *     list, special_eog_ids</a>
 */
final class EndTokens {

    private static final Set<String> TEXTS =
            Set.of(
                    "<|endoftext|>",
                    "<|end_of_text|>",
                    "<|eot_id|>",
                    "<|eom_id|>",
                    "<|im_end|>",
                    "<|end|>",
                    "<|return|>",
                    "<|call|>",
                    "<end_of_turn>",
                    "<end_of_utterance>",
                    "<｜end▁of▁sentence｜>",
                    "</s>",
                    "<eos>",
                    "<EOS>",
                    "<EOT>",
                    "[EOS]",
                    "[EOT]");

    private EndTokens() {}

    /**
     * The ends of texts: first those that are named, then the others in the order of their ids.
     *
     * @param named by the checkpoint
     */
    static List<Integer> of(Tokenizer tokenizer, List<Integer> named) {
        var ends = new LinkedHashSet<>(named);
        for (int id = 0; id < tokenizer.vocabularySize(); id++) {
            if (tokenizer.isSpecial(id) && TEXTS.contains(content(tokenizer, id))) {
                ends.add(id);
            }
        }
        return List.copyOf(ends);
    }

    private static String content(Tokenizer tokenizer, int id) {
        // Where tokens are words, the space before one is not part of it.
        return new String(tokenizer.bytes(id), StandardCharsets.UTF_8).strip();
    }
}
