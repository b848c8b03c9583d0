package dev.kaya.engine.tokenizer;

/** The bytes of the tokens, joined and read as UTF-8. */
final class ByteTokenDecoder implements TokenDecoder {

    private final Tokenizer tokenizer;
    private final Utf8StreamDecoder utf8 = new Utf8StreamDecoder();

    ByteTokenDecoder(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    @Override
    public String feed(int tokenId) {
        return utf8.feed(tokenizer.bytes(tokenId));
    }

    @Override
    public String finish() {
        return utf8.finish();
    }
}
