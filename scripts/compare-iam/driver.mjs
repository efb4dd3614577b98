// Reads one case a line, answers one outcome a line.
import { createInterface } from 'node:readline'
import { runUnsafeSimulation } from '@cloud-copilot/iam-simulate'

const outcomes = { Allowed: 'allowed', ImplicitlyDenied: 'implicit-deny', ExplicitlyDenied: 'explicit-deny' }

for await (const line of createInterface({ input: process.stdin })) {
  const c = JSON.parse(line)
  const result = runUnsafeSimulation(
    {
      request: {
        principal: c.principal,
        action: c.action,
        resource: { resource: c.resource, accountId: '111122223333' },
        contextVariables: c.context,
      },
      identityPolicies: c.identity.map((policy, i) => ({ name: `p${i}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      permissionBoundaryPolicies: c.boundary ? [{ name: 'boundary', policy: c.boundary }] : undefined,
    },
    {},
  )
  process.stdout.write((outcomes[result] ?? result) + '\n')
}
