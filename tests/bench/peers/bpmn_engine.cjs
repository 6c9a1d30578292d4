// bpmn-engine passes the process; each step is recovered from its row, and its state kept there by a durable commit.
// Reads `{database, packages, diagram, tasks, typed}` from standard input (`typed`: for each instance what is typed into
// each task); prints `{start_ms, walls, cpu, bytes_each, memory_mb}`, times in ms: of each step on the wall, of all by CPU.
"use strict";

const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const { performance } = require("node:perf_hooks");

const told = JSON.parse(readFileSync(0, "utf8"));
const installed = createRequire(`${told.packages}/`);
const { Engine } = installed("bpmn-engine");
const database = new (installed("better-sqlite3"))(told.database);

database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.exec("CREATE TABLE instance (id INTEGER PRIMARY KEY, state TEXT NOT NULL, done INTEGER NOT NULL)");
const insertion = database.prepare("INSERT INTO instance (state, done) VALUES (?, 0)");
const update = database.prepare("UPDATE instance SET state = ?, done = ? WHERE id = ?");
const query = database.prepare("SELECT state FROM instance WHERE id = ?").pluck();

// What is typed into a task is where the conditions look for it.
const extensions = {
  typed(element) {
    if (element.type !== "bpmn:UserTask") return;
    element.on("end", ({ environment, content }) => Object.assign(environment.output, content.output));
  },
};

async function start() {
  const engine = new Engine({ name: "review", source: told.diagram, extensions });
  await engine.execute();
  const { lastInsertRowid } = insertion.run(JSON.stringify(engine.execution.getState()));
  engine.stop();
  return lastInsertRowid;
}

async function complete(instance, task, typed) {
  database.exec("BEGIN IMMEDIATE");
  const engine = new Engine({ name: "review", extensions });
  engine.recover(JSON.parse(query.get(instance)));
  const execution = await engine.resume();
  const waiting = execution.getPostponed().find((each) => each.id === task);
  if (!waiting) throw new Error(`${task} is not what instance ${instance} waits for`);
  waiting.signal(typed);
  const state = execution.getState();
  const done = state.definitions.every((each) => each.execution.completed);
  update.run(JSON.stringify(state), done ? 1 : 0, instance);
  database.exec("COMMIT");
  engine.stop();
  return done;
}

function spent() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

async function main() {
  const walls = [], starts = [];
  let cpu = 0, bytes = 0;
  for (const typed of told.typed) {
    const began = performance.now();
    const instance = await start();
    starts.push(performance.now() - began);
    bytes += query.get(instance).length;
    let done = false;
    for (const [number, task] of told.tasks.entries()) {
      const wall = performance.now(), before = spent();
      done = await complete(instance, task, typed[number]);
      walls.push(performance.now() - wall);
      cpu += spent() - before;
    }
    if (!done) throw new Error(`instance ${instance} has not ended`);
  }
  starts.sort((a, b) => a - b);
  console.log(JSON.stringify({
    start_ms: starts[starts.length >> 1], walls, cpu, bytes_each: bytes / told.typed.length,
    memory_mb: process.resourceUsage().maxRSS / 1024,
  }));
}

main();
