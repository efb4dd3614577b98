-- Who approved or denied what, and how long after the request.
-- Elevations that policy alone decides have no decision of a person.
-- ? from time: the first decision
-- ? to time: decisions before it
SELECT d.decided_at, d.decider, d.decider_name, d.approve, d.reason, d.elevation, e.requester, e.requester_name, e.principal, e.entitlement,
  e.task_kind, e.task_id, d.decided - e.requested AS after_seconds
FROM decisions AS d
JOIN elevations AS e ON e.elevation = d.elevation
WHERE d.decided_at >= ? AND d.decided_at < ?
ORDER BY d.decided_at, d.elevation, d.decider
