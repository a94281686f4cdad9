// PostGraphile 5 on a schema of its own: node serve.mjs PORT WORKERS DATABASE_URL
//
// In good faith: the amber preset, no logging, no GraphiQL, no watching, prepared statements and plans kept, one process
// for each worker. The token's signature and time are verified, and its region goes into PostgreSQL's settings, where
// the functions read it.
import cluster from "node:cluster";
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [port, workers, connectionString] = process.argv.slice(2);
const key = readFileSync(`${process.env.STYRKEDJAN_DATA_DIR}/dev-token.key`);

function claims(authorization) {
  const [head, body, signature] = (authorization ?? "").replace(/^Bearer /, "").split(".");
  const made = createHmac("sha256", key).update(`${head}.${body}`).digest();
  const given = Buffer.from(signature ?? "", "base64url");
  if (given.length !== made.length || !timingSafeEqual(given, made)) throw new Error("not authenticated");
  const said = JSON.parse(Buffer.from(body, "base64url"));
  if (said.aud !== "styrkedjan" || said.exp * 1000 < Date.now()) throw new Error("not authenticated");
  return said;
}

async function serve() {
  const instance = postgraphile({
    extends: [PostGraphileAmberPreset],
    pgServices: [makePgService({ connectionString, schemas: ["bench_api"], poolConfig: { max: 8 } })],
    grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
    grafast: {
      explain: false,
      context: ({ node }) => ({ pgSettings: { "bench.region": claims(node?.req.headers.authorization).region } }),
    },
  });
  const server = createServer();
  await instance.createServ(grafserv).addTo(server);
  server.listen(Number(port), "127.0.0.1");
}

if (cluster.isPrimary && Number(workers) > 1) {
  for (let i = 0; i < Number(workers); i++) cluster.fork();
} else {
  await serve();
}
