-- Grants whose removal failed for a time, and grants that are not gone after their deadline.
-- A NULL gone_at means that IAM was not read without the grant.
-- ? from time: granted at or after it
-- ? to time: granted before it
-- ? at time: the deadline is before it
SELECT e.elevation, e.principal, e.account, e.entitlement, e.granted_at, e.deadline, n.stuck_at, n.stuck_why, n.contained_at, e.gone_at, e.overstay_seconds
FROM elevations AS e
LEFT JOIN ends AS n ON n.elevation = e.elevation
WHERE e.granted_at >= ? AND e.granted_at < ?
  AND (n.stuck_at IS NOT NULL OR n.contained_at IS NOT NULL OR e.gone_at IS NULL AND e.deadline < ?)
ORDER BY e.granted_at, e.elevation
