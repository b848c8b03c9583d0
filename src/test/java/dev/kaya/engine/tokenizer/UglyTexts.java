package dev.kaya.engine.tokenizer;

import java.util.Random;

/** Random texts such as tokenizers get wrong; the same ones for the same seed. */
public final class UglyTexts {

    private static final String[] PIECES = {
        "'s",
        "'t",
        "'re",
        "'ve",
        "'m",
        "'ll",
        "'d",
        "'S",
        "'",
        "''",
        "'l",
        "'r",
        "’s",
        " ",
        "  ",
        "   ",
        "\t",
        "\n",
        "\r\n",
        "\n\n",
        " \n ",
        "          ",
        "\u000B",
        "\f",
        "\u001C",
        "\u001D",
        "\u001E",
        "\u001F",
        "\u0085",
        "\u00A0",
        "\u1680",
        "\u180E",
        "\u2000",
        "\u2007",
        "\u200A",
        "\u200B",
        "\u200D",
        "\u2028",
        "\u2029",
        "\u202F",
        "\u205F",
        "\u2060",
        "\u3000",
        "\uFEFF",
        "\u0000",
        "\u0007",
        "\u007F",
        "\u00AD",
        "hello",
        "the",
        "The",
        "don't",
        "I'll",
        "HTTP",
        "camelCase",
        "snake_case",
        "x",
        "_",
        "0",
        "1234567",
        "3.14",
        "½",
        "²",
        "Ⅷ",
        "٣",
        "१२",
        "㊿",
        "𝟘",
        "naïve",
        "e\u0301",
        "ä",
        "ß",
        "ǅ",
        "ʰ",
        "ﬁ",
        "İ",
        "Ω",
        "Жук",
        "שלום",
        "مرحبا",
        "हिन्दी",
        "ไทย",
        "中文字符",
        "日本語",
        "한국어",
        "\u1112\u1161\u11AB",
        "𐍈",
        "𠮷",
        "𝒜",
        "😀",
        "👩‍👩‍👧‍👦",
        "🇩🇪",
        "👍🏽",
        "❤️",
        "☃",
        "€",
        "…",
        "—",
        "!?",
        "...",
        "<|",
        "|>",
        "<|endoftext|>",
        "://",
        "{}",
        "\\n",
        "#",
        "@",
        "$",
        "%",
        "&",
        "\uFFFD",
        "\uE000",
        "\uDBFF\uDFFF",
        "\u0378",
    };

    private final Random random;

    public UglyTexts(long seed) {
        random = new Random(seed);
    }

    /** Up to {@code mostPieces} pieces: from the list, or random characters, or a run of one. */
    public String next(int mostPieces) {
        var text = new StringBuilder();
        int count = 1 + random.nextInt(mostPieces);
        for (int i = 0; i < count; i++) {
            switch (random.nextInt(10)) {
                case 0 -> text.appendCodePoint(codePoint(0x10FFFF));
                case 1 -> text.appendCodePoint(codePoint(0xFFFF));
                case 2 -> text.appendCodePoint(codePoint(0x24F));
                case 3 -> text.repeat(piece(), 1 + random.nextInt(20));
                case 4 -> text.repeat(" ", random.nextInt(4));
                default -> text.append(piece());
            }
        }
        return text.toString();
    }

    private String piece() {
        return PIECES[random.nextInt(PIECES.length)];
    }

    private int codePoint(int largest) {
        int codePoint = random.nextInt(largest + 1);
        boolean surrogate = codePoint >= 0xD800 && codePoint <= 0xDFFF;
        return surrogate ? codePoint(largest) : codePoint;
    }
}
