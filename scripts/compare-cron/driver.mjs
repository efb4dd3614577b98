// Reads one expression a line, answers whether it is accepted.
import { createInterface } from 'node:readline'
import validator from 'aws-cron-expression-validator'

for await (const line of createInterface({ input: process.stdin })) {
  let answer = 'accepted'
  try {
    validator.awsCronExpressionValidator(JSON.parse(line))
  } catch {
    answer = 'refused'
  }
  process.stdout.write(answer + '\n')
}
