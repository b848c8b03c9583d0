package dev.kaya.engine.tokenizer;

/** The bytes of the tokens, joined and read as UTF-8. */
public final class ByteTokenDecoder implements TokenDecoder {

    private final Tokenizer tokenizer;
    private final Utf8StreamDecoder utf8;

    public ByteTokenDecoder(Tokenizer tokenizer) {
        this(tokenizer, new Utf8StreamDecoder());
    }

    private ByteTokenDecoder(Tokenizer tokenizer, Utf8StreamDecoder utf8) {
        this.tokenizer = tokenizer;
        this.utf8 = utf8;
    }

    @Override
    public String feed(int tokenId) {
        return utf8.feed(tokenizer.bytes(tokenId));
    }

    @Override
    public String finish() {
        return utf8.finish();
    }

    @Override
    public TokenDecoder copy() {
        return new ByteTokenDecoder(tokenizer, utf8.copy());
    }
}
