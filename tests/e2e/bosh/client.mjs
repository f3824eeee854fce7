// Two people chat over BOSH (XEP-0124, XEP-0206) with strophe.js, as a web client's page would: each
// signs in, they write to each other, hold a long poll until the server answers it with nothing, and
// write again over the next. Standard input has a JSON object: {edge, address, port, ca, path, domain,
// wait, users: [{user, password, cookie}, ...]}; standard output gets one, of what was seen.

import { readFileSync } from "node:fs";
import https from "node:https";

// What a browser has and Node does not: as much of XMLHttpRequest as strophe.js uses. The name of the
// edge is not in this machine's DNS, and TLS is as strict as a browser's.
class Requests {
  constructor(plan, cookie) {
    this.seen = []; // {ms, status} of each that was answered
    this.open = 0;
    this.plan = plan;
    this.headers = { "Content-Type": "text/xml; charset=utf-8", ...(cookie ? { Cookie: cookie } : {}) };
    this.agent = new https.Agent({ keepAlive: true, maxSockets: 2 });
  }

  send(body, done) {
    const began = Date.now();
    this.open += 1;
    const over = (status, text) => {
      this.open -= 1;
      this.seen.push({ ms: Date.now() - began, status });
      done(status, text);
    };
    const request = https.request({
      agent: this.agent, method: "POST", path: this.plan.path, host: this.plan.address,
      port: this.plan.port, servername: this.plan.edge, ca: readFileSync(this.plan.ca),
      headers: { ...this.headers, Host: `${this.plan.edge}:${this.plan.port}` },
    }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => over(response.statusCode, Buffer.concat(parts).toString()));
    });
    request.on("error", (error) => over(0, String(error)));
    request.end(body);
    return request;
  }
}

class XMLHttpRequest {
  constructor() {
    this.readyState = 0;
    this.status = 0;
    this.responseText = "";
    this.responseXML = null;
  }
  // strophe.js asks for the service by URL: each connection's URL leads to requests of its own.
  open(method, url) {
    this.requests = XMLHttpRequest.services.get(url);
    this.readyState = 1;
  }
  setRequestHeader() {}
  overrideMimeType() {}
  getAllResponseHeaders() { return ""; }
  send(body) {
    this.request = this.requests.send(body, (status, text) => {
      if (this.aborted) return;
      this.readyState = 4;
      this.status = status;
      this.responseText = text;
      if (status === 200) this.responseXML = new DOMParser().parseFromString(text, "text/xml");
      this.onreadystatechange?.();
    });
  }
  abort() {
    this.aborted = true;
    this.request?.destroy();
  }
}
XMLHttpRequest.services = new Map();
globalThis.XMLHttpRequest = XMLHttpRequest;

// Standard output is the report's; strophe.js tells of itself where consoles tell.
globalThis.console = new console.Console(process.stderr, process.stderr);
const { Strophe, $msg, $pres } = await import("strophe.js");

class Person {
  constructor(plan, { user, password, cookie }) {
    const url = `https://${plan.edge}:${plan.port}${plan.path}#${user}`;
    this.requests = new Requests(plan, cookie);
    XMLHttpRequest.services.set(url, this.requests);
    this.heard = [];
    this.statuses = [];
    this.waiting = [];
    this.connection = new Strophe.Connection(url);
    this.jid = `${user}@${plan.domain}/web`;
    this.connection.addHandler((message) => {
      const body = message.getElementsByTagName("body")[0];
      if (body) this.heard.push({ from: message.getAttribute("from"), body: body.textContent });
      this.look();
      return true;
    }, null, "message");
    this.connection.connect(this.jid, password, (status, condition) => {
      this.statuses.push(condition ? [status, String(condition)] : [status]);
      if (status === Strophe.Status.CONNECTED) this.connection.send($pres());
      this.look();
    }, plan.wait, 1);
  }
  had(status) { return this.statuses.some(([one]) => one === status); }
  get isOver() {
    return [Strophe.Status.AUTHFAIL, Strophe.Status.CONNFAIL, Strophe.Status.DISCONNECTED,
      Strophe.Status.ERROR].some((status) => this.had(status));
  }
  look() { this.waiting = this.waiting.filter((one) => !one()); }
  until(what, condition) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (condition()) resolve();
        else if (this.isOver) reject(new Error(`${this.jid}: no ${what}, but ${JSON.stringify(this.statuses)}`));
        else return false;
        return true;
      };
      if (!look()) this.waiting.push(look);
    });
  }
  say(to, body) { this.connection.send($msg({ to: to.jid, type: "chat" }).c("body").t(body)); }
  hears(from, body) {
    return this.until(`message "${body}"`,
      () => this.heard.some((one) => one.from === from.jid && one.body === body));
  }
  // A poll that the server held as long as it was asked to. strophe.js tells of each answer.
  async holds(seconds) {
    const long = () => this.requests.seen.some(({ ms, status }) => status === 200 && ms >= seconds * 900);
    this.connection.rawInput = () => setImmediate(() => this.look());
    await this.until(`poll of ${seconds} s`, long);
  }
  async leaves() {
    const gone = new Promise((resolve) => {
      this.waiting.push(() => this.had(Strophe.Status.DISCONNECTED) && (resolve(), true));
    });
    this.connection.disconnect();
    await gone;
  }
}

const plan = JSON.parse(readFileSync(0, "utf8"));
const people = plan.users.map((user) => new Person(plan, user));
const report = { error: null };
try {
  await Promise.all(people.map((one) => one.until("session", () => one.had(Strophe.Status.CONNECTED))));
  const [mac, rita] = people;
  if (rita) {
    mac.say(rita, "ping");
    await rita.hears(mac, "ping");
    rita.say(mac, "pong");
    await mac.hears(rita, "pong");
    await Promise.all(people.map((one) => one.holds(plan.wait)));
    rita.say(mac, "after the poll");
    await mac.hears(rita, "after the poll");
  }
  await Promise.all(people.map((one) => one.leaves()));
} catch (error) {
  report.error = String(error);
}
report.people = people.map((one) => ({ jid: one.jid, statuses: one.statuses, polls: one.requests.seen }));
process.stdout.write(JSON.stringify(report) + "\n", () => process.exit(report.error ? 1 : 0));
