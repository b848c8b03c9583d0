package dev.kaya.cli;

import dev.kaya.engine.checkpoint.PrintableText;
import dev.kaya.service.fault.NearestWord;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with the arguments of a command, as a line for whoever typed them. */
final class UsageLine {

    private static final int SHOWN_CHARACTERS = 100;

    private UsageLine() {}

    static String of(ParameterException mistake) {
        return switch (mistake) {
            case UnmatchedArgumentException e -> unknown(e);
            case MissingParameterException e when !e.getMissing().isEmpty() -> missing(e);
            default -> broken(mistake);
        };
    }

    private static String missing(MissingParameterException mistake) {
        List<ArgSpec> missing = mistake.getMissing();
        if (missing.getFirst() instanceof OptionSpec option && !option.required()) {
            return option.longestName() + " needs a value, " + option.paramLabel();
        }
        return missing.stream().map(UsageLine::written).collect(Collectors.joining(" and "))
                + (missing.size() == 1 ? " is missing" : " are missing");
    }

    private static String broken(ParameterException mistake) {
        ArgSpec argument = mistake.getArgSpec();
        if (argument != null && mistake.getCause() instanceof TypeConversionException) {
            return "%s must be %s; given %s"
                    .formatted(name(argument), expected(argument), quoted(mistake.getValue()));
        }
        String message = String.valueOf(mistake.getMessage());
        return message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
    }

    /** An argument as it is written on the command line. */
    private static String written(ArgSpec argument) {
        return argument instanceof OptionSpec option
                ? option.longestName() + "=" + option.paramLabel()
                : argument.paramLabel();
    }

    private static String name(ArgSpec argument) {
        return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    }

    private static String expected(ArgSpec argument) {
        Object[] values = argument.type().getEnumConstants();
        if (values == null) {
            return "a whole number";
        }
        List<String> names =
                Stream.of(values).map(value -> value.toString().toLowerCase(Locale.ROOT)).toList();
        int last = names.size() - 1;
        return String.join(", ", names.subList(0, last)) + " or " + names.get(last);
    }

    private static String unknown(UnmatchedArgumentException mistake) {
        String given = mistake.getUnmatched().getFirst();
        if (!given.startsWith("-") || given.length() == 1) {
            return "unexpected argument " + quoted(given);
        }
        String option = given.split("=", 2)[0];
        CommandLine command = mistake.getCommandLine();
        String nearest = NearestWord.to(option, command.getCommandSpec().optionsMap().keySet());
        return nearest == null
                ? "unknown option " + quoted(option)
                : "unknown option %s; did you mean %s?".formatted(quoted(option), nearest);
    }

    private static String quoted(@Nullable String given) {
        return "'" + PrintableText.of(given == null ? "" : given, SHOWN_CHARACTERS) + "'";
    }
}
