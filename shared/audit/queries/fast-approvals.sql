-- Approvals within some seconds of the request: the decider may not have read it.
-- ? seconds number: at most so many seconds after the request
-- ? from time: the first decision
-- ? to time: decisions before it
SELECT d.decider, d.decider_name, d.decided - e.requested AS after_seconds, d.decided_at, d.elevation, e.requester, e.entitlement, d.reason
FROM decisions AS d
JOIN elevations AS e ON e.elevation = d.elevation
WHERE d.approve = 1
  AND d.decided - e.requested <= ?
  AND d.decided_at >= ? AND d.decided_at < ?
ORDER BY after_seconds, d.decided_at, d.elevation, d.decider
