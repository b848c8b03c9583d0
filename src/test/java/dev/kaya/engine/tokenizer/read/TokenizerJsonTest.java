package dev.kaya.engine.tokenizer.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.engine.tokenizer.pipeline.Gpt2WordSplitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerJsonTest {

    private static final String VALID =
            """
            {'version': '1.0', 'truncation': null, 'padding': null,
             'added_tokens': [{'id': 9, 'content': '<s>', 'special': true}],
             'normalizer': null,
             'pre_tokenizer': {'type': 'ByteLevel', 'add_prefix_space': false, 'use_regex': true},
             'post_processor': null,
             'decoder': {'type': 'ByteLevel'},
             'model': {'type': 'BPE', 'dropout': null, 'unk_token': null, 'byte_fallback': false,
               'fuse_unk': false, 'ignore_merges': false, 'continuing_subword_prefix': '',
               'vocab': {'a': 0, 'b': 1, 'ab': 4, 'Ġ': 5}, 'merges': ['a b']}}
            """;

    private static final String BYTE_LEVEL =
            "{'type': 'ByteLevel', 'add_prefix_space': false, 'use_regex': true}";

    private static final String TEMPLATE =
            "{'type': 'TemplateProcessing', 'special_tokens': {'<s>': {'id': '<s>', 'ids': [9]}},"
                    + " 'single': [{'SpecialToken': {'id': '<s>'}}, {'Sequence': {'id': 'A'}}]}";

    /** The end behind a text is not put there, as the text is to go on. */
    private static final String TEMPLATE_WITH_EOS =
            "{'type': 'TemplateProcessing', 'special_tokens': {'<s>': {'id': '<s>', 'ids': [9]}},"
                    + " 'single': [{'SpecialToken': {'id': '<s>'}}, {'Sequence': {'id': 'A'}},"
                    + " {'SpecialToken': {'id': '</s>'}}]}";

    @TempDir private Path folder;

    @Test
    void readsAMinimalFile() throws IOException {
        Tokenizer tokenizer = read(VALID);

        assertThat(tokenizer.encode("aba<s>", true)).containsExactly(4, 0, 9);
        assertThat(tokenizer.vocabularySize()).isEqualTo(10);
        assertThat(tokenizer.isDefined(2)).isFalse();
        assertThat(tokenizer.isDefined(9)).isTrue();
        assertThat(tokenizer.addsBos()).isFalse();
    }

    @Test
    void readsMergesAsPairsAndBeforeTheVocabulary() throws IOException {
        String json = VALID.replace(", 'merges': ['a b']", "");
        json = json.replace("'vocab':", "'merges': [['a', 'b']], 'vocab':");

        assertThat(read(json).encode("ab", false)).containsExactly(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                TEMPLATE,
                TEMPLATE_WITH_EOS,
                "{'type': 'Sequence', 'processors': [{'type': 'ByteLevel'}, " + TEMPLATE + "]}"
            })
    void takesBosFromTheTemplate(String postProcessor) throws IOException {
        Tokenizer tokenizer =
                read(VALID.replace("'post_processor': null", "'post_processor': " + postProcessor));

        assertThat(tokenizer.addsBos()).isTrue();
        assertThat(tokenizer.bosTokenId()).hasValue(9);
        assertThat(tokenizer.encode("a", false)).containsExactly(0);
    }

    @Test
    void aPostProcessorWithoutTemplateAddsNothing() throws IOException {
        Tokenizer tokenizer =
                read(VALID.replace("'post_processor': null", "'post_processor': " + BYTE_LEVEL));

        assertThat(tokenizer.addsBos()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type': 'Sequence', 'pretokenizers': [" + BYTE_LEVEL + "]}",
                "{'type': 'Sequence', 'pretokenizers': [{'type': 'Split', 'behavior': 'Isolated',"
                        + " 'invert': false, 'pattern': {'Regex': 'PATTERN'}},"
                        + " {'type': 'ByteLevel', 'add_prefix_space': false, 'use_regex': false}]}"
            })
    void readsGpt2sSplittingInItsOtherForms(String preTokenizer) throws IOException {
        String json = VALID.replace(BYTE_LEVEL, preTokenizer);

        assertThat(read(json).encode("ab a", false)).containsExactly(4, 5, 0);
    }

    @Test
    void aDecoderOfPiecesMayStripOneSpaceAtTheStartAfterFusing() {
        String pieces = VALID.replace(BYTE_LEVEL, "null");
        for (String steps :
                new String[] {
                    "{'type': 'Strip', 'content': ' ', 'start': 1, 'stop': 0}",
                    "{'type': 'Fuse'}, {'type': 'Strip', 'content': ' ', 'start': 2, 'stop': 0}",
                    "{'type': 'Fuse'}, {'type': 'Strip', 'content': ' ', 'start': 1, 'stop': 1}",
                    "{'type': 'Fuse'}, {'type': 'Strip', 'content': 'x', 'start': 1, 'stop': 0}",
                    "{'type': 'Fuse'}, {'type': 'ByteFallback'}",
                    "{'type': 'ByteFallback'}, {'type': 'Metaspace'}",
                    "{'type': 'WordPiece', 'prefix': '##'}"
                }) {
            String decoder = "{'type': 'Sequence', 'decoders': [" + steps + "]}";
            assertRefused(pieces.replace("{'type': 'ByteLevel'}", decoder), "decoder: ");
        }
    }

    @Test
    void addsThePrefixSpaceWhereTheFileSaysSo() throws IOException {
        String json = VALID.replace("'add_prefix_space': false", "'add_prefix_space': true");

        assertThat(read(json).encode("ab<s>a", true)).containsExactly(5, 4, 9, 5, 0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    'type': 'BPE' | 'type': 'Unigram' | model type 'Unigram' is not supported
                    'type': 'BPE' | 'type': 'WordPiece', 'max_input_chars_per_word': 100 | model type 'WordPiece' is not supported
                    'normalizer': null | 'normalizer': {'type': 'Precompiled'} | normalizer: 'Precompiled' is not supported; Kaya reads NFC
                    'normalizer': null | 'normalizer': {'type': 'Sequence', 'normalizers': [{'type': 'NFC'}, {'type': 'Nmt'}]} | normalizer: 'Nmt' is not supported
                    'normalizer': null | 'normalizer': {'type': 'Prepend', 'prepend': ''} | normalizer: 'prepend' must be a text that is not empty
                    'normalizer': null | 'normalizer': {'type': 'Replace', 'pattern': {'Regex': 'a$'}, 'content': ''} | the pattern a$ is not supported: '$' at character 1
                    {'type': 'ByteLevel', 'add_prefix_space': false, 'use_regex': true} | {'type': 'UnicodeScripts'} | pre_tokenizer: 'UnicodeScripts' is not supported; Kaya reads ByteLevel
                    {'type': 'ByteLevel', 'add_prefix_space': false, 'use_regex': true} | {'type': 'Sequence', 'pretokenizers': [{'type': 'Digits'}, {'type': 'ByteLevel'}]} | 'add_prefix_space' must be the only step
                    {'type': 'ByteLevel', 'add_prefix_space': false, 'use_regex': true} | {'type': 'Sequence', 'pretokenizers': [{'type': 'ByteLevel', 'add_prefix_space': false}, {'type': 'Digits'}]} | 'Digits' after ByteLevel is not supported
                    {'type': 'ByteLevel', 'add_prefix_space': false, 'use_regex': true} | {'type': 'Sequence', 'pretokenizers': [{'type': 'Metaspace'}, {'type': 'Digits'}]} | Metaspace must be the only step
                    {'type': 'ByteLevel', 'add_prefix_space': false, 'use_regex': true} | {'type': 'Metaspace', 'replacement': '__'} | 'replacement' must be one character
                    {'type': 'ByteLevel', 'add_prefix_space': false, 'use_regex': true} | {'type': 'Metaspace', 'prepend_scheme': 'last'} | the scheme 'last' is unknown
                    {'type': 'ByteLevel', 'add_prefix_space': false, 'use_regex': true} | {'type': 'Split', 'pattern': {'Regex': '^a'}, 'behavior': 'Isolated'} | the pattern ^a is not supported: '^' at character 0
                    {'type': 'ByteLevel', 'add_prefix_space': false, 'use_regex': true} | {'type': 'Split', 'pattern': {'String': 'a'}, 'behavior': 'Kept'} | the behavior 'Kept' is unknown
                    {'type': 'ByteLevel', 'add_prefix_space': false, 'use_regex': true} | null | decoder: the decoder is ByteLevel, so the pre_tokenizer must be it too
                    'post_processor': null | 'post_processor': {'type': 'BertProcessing'} | post_processor: 'BertProcessing' is not supported
                    'post_processor': null | 'post_processor': {'type': 'TemplateProcessing', 'single': [{'SpecialToken': {'id': '<s>'}}, {'SpecialToken': {'id': '<s>'}}, {'Sequence': {'id': 'A'}}]} | at most one token before it
                    'post_processor': null | 'post_processor': {'type': 'TemplateProcessing', 'single': [{'Sequence': {'id': 'A'}}, {'Sequence': {'id': 'A'}}]} | must hold one text
                    'post_processor': null | 'post_processor': {'type': 'TemplateProcessing', 'single': [{'SpecialToken': {'id': '<s>'}}, {'Sequence': {'id': 'A'}}]} | the special token '<s>' must be one id
                    'decoder': {'type': 'ByteLevel'} | 'decoder': {'type': 'Metaspace'} | the pre_tokenizer is ByteLevel, so the decoder must be it too
                    'dropout': null | 'dropout': 0.1 | 'model.dropout' 0.1 is not supported
                    'continuing_subword_prefix': '' | 'continuing_subword_prefix': '##' | 'model.continuing_subword_prefix' ## is not supported
                    'unk_token': null | 'unk_token': 7 | 'model.unk_token' must be a string
                    'byte_fallback': false | 'byte_fallback': true | 'model.byte_fallback' is supported only when
                    'ignore_merges': false | 'ignore_merges': 'no' | 'model.ignore_merges' must be true or false
                    'fuse_unk': false | 'surprise': 1 | 'model.surprise' is not supported
                    'version': '1.0' | 'surprise': 1 | 'surprise' is not supported
                    'special': true | 'lstrip': 'yes' | 'lstrip' must be true or false
                    """)
    void refusesWhatItDoesNotSupportByName(String text, String replacement, String reason) {
        assertRefused(VALID.replace(text, replacement), reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    'b': 1 | 'b': 0 | the id 0 has two tokens, 'a' and 'b'
                    'b': 1 | 'a': 1 | the token 'a' has two ids, 0 and 1
                    'b': 1 | 'b': -1 | ids must be from 0
                    'b': 1 | 'b': 2097152 | ids must be from 0 to 2097151
                    'b': 1 | 'b': 99999999999999999999 | line 9, column 47: malformed JSON
                    'b': 1 | 'b': '1' | must be a whole number
                    'b': 1 | 'b': 1.0 | must be a whole number
                    'id': 9 | 'id': 4 | the added token '<s>' has id 4, which is that of 'ab'
                    'id': 9 | 'id': -1 | must not be negative
                    'id': 9 | 'id': 4294967296 | the added token with id 4294967296
                    '<s>' | 'ab' | the added token 'ab' has id 9, but the vocabulary says 4
                    '<s>' | '' | 1 to 512 characters
                    'a b' | 'a c' | merge 1, 'a c': 'c' is not in the vocabulary
                    'a b' | 'b a' | merge 1, 'b a': 'ba' is not in the vocabulary
                    'a b' | 'ab' | a merge must be two tokens with one space
                    'a b' | 'a b b' | two tokens with one space
                    ['a b'] | [['a', 'b', 'b']] | a merge must be two tokens
                    ['a b'] | [['a']] | a merge must be two tokens
                    ['a b'] | [7] | a merge must be a string
                    ['a b'] | 7 | 'model.merges' must be an array
                    , 'merges': ['a b'] | "" | 'model' with 'vocab' and 'merges' is missing
                    'version': '1.0' | 'model': 7 | 'model' must be an object
                    'version': '1.0' | 'normalizer': null | 'normalizer' stands there twice
                    {'version' | {7 'version' | line 1, column 2: malformed JSON
                    ['a b']}} | ['a b']}}} | malformed JSON
                    ['a b']}} | ['a b']}} {} | something follows the end of the JSON document
                    'version': '1.0' | 'version': [1, NaN] | the number NaN is not finite
                    """)
    void refusesBrokenFilesAndSaysWhatIsWrong(String text, String replacement, String reason) {
        assertRefused(VALID.replace(text, replacement), reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "7", "[]", "null", "{", "{}", "\u0000", "{'model': {'vocab': {'a"})
    void refusesWhatIsNoTokenizerAtAll(String json) {
        assertRefused(json, "tokenizer.json");
    }

    @Test
    void refusesAKeyThatOccursTwiceInAnObject() {
        assertRefused(
                VALID.replace("'1.0'", "'1.0', 'decoder': {'type': 'A', 'type': 'B'}"),
                "the key \"type\" occurs twice");
    }

    @Test
    void refusesNestingThatWouldExhaustTheStack() {
        assertRefused(VALID.replace("'1.0'", "[".repeat(100_000)), "malformed JSON");
    }

    @Test
    void everyPrefixOfAFileIsRefused() {
        String json = VALID.strip();
        for (int length = 0; length < json.length(); length++) {
            assertRefused(json.substring(0, length), "tokenizer.json");
        }
    }

    private void assertRefused(String json, String reason) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageContaining("tokenizer.json")
                .hasMessageContaining(reason);
    }

    private Tokenizer read(String json) throws IOException {
        String pattern = Gpt2WordSplitter.PATTERN.replace("\\", "\\\\").replace("'", "\\u0027");
        String strict = json.replace("'", "\"").replace("PATTERN", pattern);
        return TokenizerJson.read(Files.writeString(folder.resolve("tokenizer.json"), strict));
    }
}
