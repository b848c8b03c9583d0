package dev.kaya.config;

import dev.kaya.api.ApiDocument;
import dev.kaya.api.problem.ProblemErrorValve;
import dev.kaya.api.problem.ProblemWriter;
import dev.kaya.api.v1.GenerationController;
import dev.kaya.api.web.AccessLog;
import dev.kaya.api.web.BodySizeFilter;
import dev.kaya.api.web.ClientConnectionValve;
import dev.kaya.api.web.ConnectionProtocol;
import dev.kaya.api.web.ContentCodings;
import dev.kaya.api.web.JsonBodyReader;
import dev.kaya.api.web.RejectionMetrics;
import dev.kaya.api.web.RequestDoor;
import dev.kaya.api.web.StreamSettings;
import dev.kaya.registry.ModelRegistry;
import dev.kaya.service.ServiceObserver;
import dev.kaya.service.bound.MemoryBudget;
import dev.kaya.service.bound.WorkPermits;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import java.util.Set;
import org.apache.catalina.core.StandardHost;
import org.apache.coyote.ContinueResponseTiming;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.databind.json.JsonMapper;

/** What stands around the controllers. */
@Configuration(proxyBeanMethods = false)
class WebConfiguration {

    private static final int BEHIND_OBSERVATION = Ordered.HIGHEST_PRECEDENCE + 2;

    @Bean
    ProblemWriter problemWriter(JsonMapper json) {
        return new ProblemWriter(json);
    }

    @Bean
    RejectionMetrics refusals(ServiceObserver observer, ModelRegistry models) {
        return new RejectionMetrics(observer, models, Set.of(GenerationController.PATH));
    }

    @Bean
    RequestDoor requestDoor(KayaProperties properties, JsonMapper json, RejectionMetrics refusals) {
        KayaProperties.Limits limits = properties.limits();
        var permits =
                new WorkPermits(limits.atWork(), properties.queueCapacity(), limits.workPatience());
        return new RequestDoor(
                new JsonBodyReader(json),
                new MemoryBudget(limits.bodyBytes()),
                permits,
                new RequestDoor.Limits(limits.largestBody(), limits.bodyTimeout()),
                refusals);
    }

    @Bean
    FilterRegistrationBean<BodySizeFilter> bodySizeFilter(
            KayaProperties properties, ProblemWriter problems, RejectionMetrics refusals) {
        long limit = properties.limits().largestBody();
        var registration =
                new FilterRegistrationBean<>(new BodySizeFilter(limit, problems, refusals));
        registration.addUrlPatterns("/v1/*");
        registration.setOrder(BEHIND_OBSERVATION + 1);
        return registration;
    }

    /** Behind the choice of a controller: a path that is not there, or takes no body, says so. */
    @Bean
    WebMvcConfigurer contentCodings(ProblemWriter problems, RejectionMetrics refusals) {
        return new WebMvcConfigurer() {
            @Override
            public void addInterceptors(InterceptorRegistry registry) {
                registry.addInterceptor(new ContentCodings(problems, refusals));
            }
        };
    }

    /** Behind the filter that observes requests, so that its lines can carry their trace. */
    @Bean
    FilterRegistrationBean<AccessLog> accessLog() {
        var registration = new FilterRegistrationBean<>(new AccessLog());
        registration.addUrlPatterns("/v1/*");
        registration.setOrder(BEHIND_OBSERVATION);
        return registration;
    }

    @Bean
    StreamSettings streamSettings(KayaProperties properties) {
        return new StreamSettings(properties.keepAlive());
    }

    /** Requests that Tomcat itself refuses get problem details too. */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> problemErrorValve() {
        return factory ->
                factory.addContextCustomizers(
                        context -> {
                            if (context.getParent() instanceof StandardHost host) {
                                host.setErrorReportValveClass(ProblemErrorValve.class.getName());
                            }
                        });
    }

    /** Lets a request find out that its client has left, and bounds what a connection waits for. */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> clientConnections(
            KayaProperties properties) {
        return factory -> {
            factory.setProtocol(ConnectionProtocol.class.getName());
            factory.addConnectorCustomizers(
                    connector -> {
                        if (connector.getProtocolHandler() instanceof ConnectionProtocol http) {
                            bound(http, properties);
                        }
                    });
            factory.addEngineValves(new ClientConnectionValve());
        };
    }

    private static void bound(ConnectionProtocol http, KayaProperties properties) {
        http.setWriteTimeout(properties.slowClientTimeout());
        // A client that sends nothing of its body for so long has no more time left.
        http.setDisableUploadTimeout(false);
        http.setConnectionUploadTimeout((int) properties.limits().bodyTimeout().toMillis());
        // Who asks before sending a body is invited only when somebody begins to read it.
        http.setContinueResponseTiming(ContinueResponseTiming.ON_REQUEST_BODY_READ.toString());
    }

    @Bean
    OpenApiCustomizer apiDocument(KayaProperties properties) {
        return new ApiDocument(EngineConfiguration.limits(properties));
    }

    @Bean
    OpenAPI openApi() {
        return new OpenAPI()
                .info(
                        new Info()
                                .title("Kaya")
                                .version(version())
                                .description("Text generation from your own GPT checkpoint."));
    }

    /** The version in the jar's manifest, which the build takes from its own. */
    private static String version() {
        String version = WebConfiguration.class.getPackage().getImplementationVersion();
        return version == null ? "not packaged" : version;
    }
}
