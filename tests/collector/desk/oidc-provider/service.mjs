// A login service for tests: oidc-provider with accounts, clients and a form of the tests' own. Reads what it is to be
// as JSON from its standard input, and writes a line once it answers. Its keys are made as it starts, and kept nowhere.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const { module, port, clients, accounts, password } = JSON.parse(readFileSync(0, 'utf8'));
const { default: Provider } = await import(module);
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const page = (title, body) => `<!DOCTYPE html><html lang="en"><title>${title}</title><h1>${title}</h1>${body}`;
const forms = {
  login: page('Sign in', `<form method="post"><label>Name <input name="name"></label>
    <label>Password <input name="password" type="password"></label> <button>Sign in</button>
    <button name="cancel" value="1">Cancel</button></form>`),
  consent: page('May it know who you are?', `<form method="post"><button>Yes</button>
    <button name="cancel" value="1">No</button></form>`),
};

const provider = new Provider(`http://localhost:${port}`, {
  clients,
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  pkce: { required: () => true },
  // As the specification has it: what scopes ask for comes from the userinfo endpoint, and is in no token.
  conformIdTokenClaims: true,
  scopes: ['openid', 'email', 'profile', 'groups'],
  claims: { email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
  findAccount: (context, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
  interactions: { url: (context, { uid }) => `/sign-in/${uid}` },
  ttl: { Session: 3600, Interaction: 600, Grant: 3600, AccessToken: 300, AuthorizationCode: 60, IdToken: 300 },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (context, form) => {
        context.body = page('Sign out?', `${form}<button form="op.logoutForm" name="logout" value="yes">Yes</button>
          <button form="op.logoutForm">No</button>`);
      },
      postLogoutSuccessSource: (context) => { context.body = page('Signed out', ''); },
    },
  },
  renderError: (context, { error, error_description: why }) => {
    context.type = 'html';
    context.body = page('Error', `${error}: ${why}`.replaceAll('<', '&lt;'));
  },
});

async function outcome(details, sent) {
  if (sent.has('cancel')) return { error: 'access_denied', error_description: 'Cancelled' };
  if (details.prompt.name === 'login') {
    const known = accounts[sent.get('name')] && sent.get('password') === password;
    return known && { login: { accountId: sent.get('name') } };
  }
  const { accountId } = details.session;
  const grant = new provider.Grant({ accountId, clientId: details.params.client_id });
  grant.addOIDCScope(details.params.scope);
  return { consent: { grantId: await grant.save() } };
}

async function signIn(request, response) {
  const details = await provider.interactionDetails(request, response);
  if (request.method === 'POST') {
    const result = await outcome(details, new URLSearchParams(await text(request)));
    if (result) return provider.interactionFinished(request, response, result);
  }
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  return response.end(forms[details.prompt.name]);
}

createServer((request, response) => {
  if (!request.url.startsWith('/sign-in/')) return provider.callback()(request, response);
  return signIn(request, response).catch(() => { response.statusCode = 400; response.end(page('Error', '')); });
}).listen(port, '127.0.0.1', () => console.log('ready'));
