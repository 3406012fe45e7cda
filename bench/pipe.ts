// The yardstick where nginx is not installed: the least that a proxy written for Node can do.
import { Agent, createServer, request as send } from "node:http";

const [, , port = "0", upstreamPort = "0"] = process.argv;
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

createServer((request, response) => {
  const { method = "GET", url = "/", headers } = request;
  const upstream = send(
    { host: "127.0.0.1", port: Number(upstreamPort), method, path: url, headers, agent },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  upstream.on("error", () => response.destroy());
  request.pipe(upstream);
}).listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));
