import type { SnippetFacts } from "./snippet.ts";

export const javaCode = ({
  appid,
  server,
}: SnippetFacts): string => `// java Shop.java (Java 17 or newer)
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;

public class Shop {
  static final String WAFERD = "${server}/api/v1/sessions";
  static final String APPID = "${appid}";
  static final HttpClient CLIENT = HttpClient.newHttpClient();

  record Answer(int status, String body) {}

  static Answer ask(String path, String body) {
    try {
      var request = HttpRequest.newBuilder(URI.create(WAFERD + path))
          .timeout(Duration.ofSeconds(10))
          .POST(HttpRequest.BodyPublishers.ofString(body))
          .build();
      var answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
      int status = answer.statusCode();
      return new Answer(status == 401 ? 401 : status < 300 ? 200 : 503, answer.body());
    } catch (IOException | InterruptedException error) {
      return new Answer(503, "");
    }
  }

  /** Returns a text member of JSON; a JSON library does it better. */
  static String member(String json, String name) {
    var found = Pattern.compile("\\"" + name + "\\":\\"([^\\"\\\\\\\\]*)\\"").matcher(json);
    return found.find() ? found.group(1) : "";
  }

  static void reply(HttpExchange exchange, int status, String body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length());
    exchange.getResponseBody().write(body.getBytes());
    exchange.close();
  }

  static void login(HttpExchange exchange) throws IOException {
    String code = member(new String(exchange.getRequestBody().readAllBytes()), "code");
    var answer = ask("", "{\\"appid\\":\\"" + APPID + "\\",\\"code\\":\\"" + code + "\\"}");
    var id = member(answer.body(), "id");
    var skey = member(answer.body(), "skey");
    reply(exchange, answer.status(), "{\\"id\\":\\"" + id + "\\",\\"skey\\":\\"" + skey + "\\"}");
  }

  static void me(HttpExchange exchange) throws IOException {
    var id = exchange.getRequestHeaders().getFirst("X-Session-Id");
    var skey = exchange.getRequestHeaders().getFirst("X-Session-Skey");
    boolean isForm = id != null && skey != null && (id + skey).matches("[0-9a-f]+");
    var answer = isForm
        ? ask("/" + id + "/verify", "{\\"skey\\":\\"" + skey + "\\",\\"appid\\":\\"" + APPID + "\\"}")
        : new Answer(401, "");
    reply(exchange, answer.status(), "{\\"openid\\":\\"" + member(answer.body(), "openid") + "\\"}");
  }

  public static void main(String[] arguments) throws IOException {
    var server = HttpServer.create(new InetSocketAddress(3000), 0);
    server.createContext("/login", Shop::login);
    server.createContext("/me", Shop::me);
    server.setExecutor(Executors.newCachedThreadPool());
    server.start();
  }
}
`;
