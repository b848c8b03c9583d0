package dev.kaya.service.request;

import java.util.Locale;

/** Values of temperature, top_k and top_p that go well together. */
public enum Preset {
    /** The likeliest token each time. */
    GREEDY(0, 0, 1),
    /** Close to the likeliest text, without its loops. */
    FOCUSED(0.4, 20, 0.9),
    /** The built-in defaults. */
    BALANCED(0.8, 50, 0.95),
    /** What is seldom written. */
    CREATIVE(1.2, 200, 0.98);

    private final double temperature;
    private final int topK;
    private final double topP;

    Preset(double temperature, int topK, double topP) {
        this.temperature = temperature;
        this.topK = topK;
        this.topP = topP;
    }

    /** The name on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Of the logits. */
    public double temperature() {
        return temperature;
    }

    /** 0 keeps all. */
    public int topK() {
        return topK;
    }

    /** 1 keeps all. */
    public double topP() {
        return topP;
    }
}
