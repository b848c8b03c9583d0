package dev.kaya.engine.checkpoint.pytorch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.checkpoint.pytorch.PickleValue.Bag;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModuleArithmeticTest {

    private final ModuleArithmetic arithmetic = new ModuleArithmetic();

    @Test
    void modulesThatAgreeSayOneThing() {
        look("torch.nn.modules.activation.GELU", "approximate", "tanh");
        look("torch.nn.modules.activation.GELU", "approximate", "tanh");
        look("torch.nn.modules.normalization.LayerNorm", "eps", 1e-6);
        look("__main__.RMSNorm", "variance_epsilon", 1e-6);

        assertThat(arithmetic.settings())
                .isEqualTo(Map.of("activation", "gelu_tanh", "norm_eps", 1e-6));
    }

    @Test
    void modulesThatDifferSayWhatNoConfigurationTakes() {
        look("torch.nn.modules.activation.ReLU", "inplace", false);
        look("torch.nn.modules.activation.SiLU", "inplace", false);
        look("torch.nn.modules.normalization.LayerNorm", "eps", 1e-5);
        look("torch.nn.modules.normalization.LayerNorm", "eps", 0.01);

        assertThat(arithmetic.settings())
                .isEqualTo(
                        Map.of(
                                "activation",
                                "[relu, silu] in different modules, which is not supported",
                                "norm_eps",
                                "[1.0E-5, 0.01] in different modules, which is not supported"));
    }

    @Test
    void othersSayNothing() {
        look("torch.nn.modules.activation.Softmax", "dim", -1L);
        look("torch.nn.modules.activation.MultiheadAttention", "num_heads", 4L);
        look("torch.nn.modules.linear.Linear", "eps", 1.0);
        look("__main__.GELU", "approximate", "tanh");

        assertThat(arithmetic.settings()).isEmpty();
    }

    @Test
    void pytorchsOwnNormWithoutAnEpsilonAddsThatOfSinglePrecision() {
        var module = new Bag("torch.nn.modules.normalization.RMSNorm", List.of());
        module.attributes().put("eps", null);
        arithmetic.look(module);

        assertThat(arithmetic.settings()).isEqualTo(Map.of("norm_eps", 1.1920928955078125e-7));
    }

    private void look(String className, String key, Object value) {
        var module = new Bag(className, List.of());
        module.attributes().put(key, value);
        arithmetic.look(module);
    }
}
