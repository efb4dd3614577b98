// Parses statements as Trino does: a line of JSON {name, sql} each; prints a line for each mistake.
import { register } from "node:module";
import { createInterface } from "node:readline";

register("./resolve.mjs", import.meta.url);
const { TrinoSQL } = await import("dt-sql-parser");
const trino = new TrinoSQL();
for await (const line of createInterface({ input: process.stdin })) {
  const { name, sql } = JSON.parse(line);
  for (const e of trino.validate(sql + ";")) {
    console.log(`${name}:${e.startLine}:${e.startColumn}: ${e.message}`);
  }
}
