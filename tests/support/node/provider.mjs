// A real OpenID provider on loopback, for tests: one client, any login, whose address is verified unless its
// name begins with "unverified". Prints its port. Arguments: the modules' folder, client id, secret, return address.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, client_id, client_secret, redirect_uri] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")).href);

const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const { port } = server.address();
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id, client_secret, redirect_uris: [redirect_uri], grant_types: ["authorization_code"] }],
  pkce: { required: () => true },
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  cookies: { keys: ["not a secret"] },
  findAccount: (_context, sub) => ({
    accountId: sub,
    claims: () => ({ sub: `taxpayer-${sub}`, email: sub, email_verified: !sub.startsWith("unverified") }),
  }),
});
server.on("request", provider.callback());
console.log(port);
process.stdin.on("end", () => process.exit(0)).resume(); // ends with whoever started it
