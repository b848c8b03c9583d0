package dev.kaya.config;

import dev.kaya.engine.tensor.kernel.KernelPreference;
import dev.kaya.engine.tensor.kernel.KernelProvider;
import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.jspecify.annotations.Nullable;

/** The JVM must have the module that the kernels need. */
@Target({ElementType.FIELD, ElementType.PARAMETER, ElementType.TYPE_USE})
@Retention(RetentionPolicy.RUNTIME)
@Constraint(validatedBy = AvailableKernels.Validator.class)
@interface AvailableKernels {

    /** The rule, for people. */
    String message() default "needs the Vector API: " + KernelProvider.ADD_MODULE;

    /** Unused. */
    Class<?>[] groups() default {};

    /** Unused. */
    Class<? extends Payload>[] payload() default {};

    /** Looks for the module. */
    final class Validator implements ConstraintValidator<AvailableKernels, KernelPreference> {
        @Override
        public boolean isValid(
                @Nullable KernelPreference value, ConstraintValidatorContext context) {
            return value != KernelPreference.VECTOR || KernelProvider.vectorApiPresent();
        }
    }
}
