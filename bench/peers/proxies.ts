// Reverse proxies that know nothing of models: each with one thread, a key to check, and connections that stay open.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { programOnPath } from "../../test/support/go-tool.ts";
import { envoyProgram } from "./installed.ts";
import { benchKey, type Peer } from "./peer.ts";
import { freePort, newFolder, startProgram } from "./server-process.ts";

export const nginx: Peer = {
  name: "nginx",
  ledger: false,
  whyMissing: () => notOnPath("nginx", "nginx-light"),
  async start(upstream) {
    const port = await freePort();
    const folder = newFolder("nginx");
    writeFileSync(join(folder, "nginx.conf"), nginxConfig(folder, port, upstream.port));
    const args = ["-p", folder, "-c", "nginx.conf", "-e", "stderr"];
    return startProgram({ name: "nginx", port, program: "nginx", args });
  },
};

export const haproxy: Peer = {
  name: "haproxy",
  ledger: false,
  whyMissing: () => notOnPath("haproxy", "haproxy"),
  async start(upstream) {
    const port = await freePort();
    const file = join(newFolder("haproxy"), "haproxy.cfg");
    writeFileSync(file, haproxyConfig(port, upstream.port));
    return startProgram({ name: "haproxy", port, program: "haproxy", args: ["-db", "-f", file] });
  },
};

export const envoy: Peer = {
  name: "envoy",
  ledger: false,
  whyMissing: () => envoyProgram.whyMissing(),
  async start(upstream) {
    const port = await freePort();
    const file = join(newFolder("envoy"), "envoy.json");
    writeFileSync(file, JSON.stringify(envoyConfig(port, upstream.port)));
    const args = ["-c", file, "--concurrency", "1", "--disable-hot-restart", "-l", "error"];
    return startProgram({ name: "envoy", port, program: envoyProgram.path(), args });
  },
};

function notOnPath(program: string, debianPackage: string): string | null {
  return programOnPath(program) === null ? `not installed: apt-get install ${debianPackage}` : null;
}

function nginxConfig(folder: string, port: number, upstreamPort: number): string {
  return `daemon off; worker_processes 1; pid ${folder}/pid; events { worker_connections 16384; }
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  client_max_body_size 16m; client_body_buffer_size 256k;
  upstream model { server 127.0.0.1:${upstreamPort}; keepalive 256; }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 1000000; keepalive_timeout 1h;
    if ($http_authorization != "Bearer ${benchKey}") { return 401; }
    location / { proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }
  }
}
`;
}

function haproxyConfig(port: number, upstreamPort: number): string {
  return `global
  nbthread 1
  maxconn 8000
defaults
  mode http
  option http-keep-alive
  http-reuse always
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend callers
  bind 127.0.0.1:${port}
  http-request deny deny_status 401 unless { req.hdr(authorization) -m str "Bearer ${benchKey}" }
  default_backend model
backend model
  server upstream 127.0.0.1:${upstreamPort}
`;
}

function envoyConfig(port: number, upstreamPort: number): object {
  return {
    static_resources: {
      listeners: [{ name: "callers", address: loopback(port), filter_chains: [{ filters: [manager()] }] }],
      clusters: [
        {
          name: "model",
          type: "STATIC",
          circuit_breakers: { thresholds: [{ max_connections: 8_000, max_requests: 8_000 }] },
          load_assignment: {
            cluster_name: "model",
            endpoints: [{ lb_endpoints: [{ endpoint: { address: loopback(upstreamPort) } }] }],
          },
        },
      ],
    },
  };
}

function loopback(port: number): object {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}

function manager(): object {
  const extensions = "type.googleapis.com/envoy.extensions.filters";
  const hasKey = {
    header: { name: "authorization", string_match: { exact: `Bearer ${benchKey}` } },
  };
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": `${extensions}.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: "callers",
      route_config: {
        virtual_hosts: [
          {
            name: "all",
            domains: ["*"],
            routes: [{ match: { prefix: "/" }, route: { cluster: "model", timeout: "0s" } }],
          },
        ],
      },
      http_filters: [
        {
          name: "envoy.filters.http.rbac",
          typed_config: {
            "@type": `${extensions}.http.rbac.v3.RBAC`,
            rules: {
              action: "ALLOW",
              policies: { callers: { permissions: [{ any: true }], principals: [hasKey] } },
            },
          },
        },
        {
          name: "envoy.filters.http.router",
          typed_config: { "@type": `${extensions}.http.router.v3.Router` },
        },
      ],
    },
  };
}
