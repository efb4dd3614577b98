-- What a caller caused through others: the elevations that they requested or approved, and the calls that principals made in them.
-- A person calls through a role. A machine requests for its own role or for another. Calls that CloudTrail does not log are
-- not counted, and NULL means that no call was counted.
-- ? caller text: the caller id
-- ? caller text: the caller id
-- ? from time: the first request
-- ? to time: requests before it
SELECT e.elevation, part.role, e.requester, e.principal, e.account, e.entitlement, e.task_kind, e.task_id, e.granted_at, e.gone_at, u.calls, u.denied, u.first_at, u.last_at
FROM (
  SELECT elevation, 'requested' AS role
  FROM elevations
  WHERE requester = ?
  UNION ALL
  SELECT elevation, 'approved' AS role
  FROM decisions
  WHERE decider = ? AND approve = 1
) AS part
JOIN elevations AS e ON e.elevation = part.elevation
LEFT JOIN (
  SELECT elevation, SUM(events) AS calls, SUM(denied) AS denied, MIN(first_at) AS first_at, MAX(last_at) AS last_at
  FROM latest_usage
  WHERE item = 'total' AND elevation IS NOT NULL
  GROUP BY elevation
) AS u ON u.elevation = e.elevation
WHERE e.granted_at IS NOT NULL
  AND e.requested_at >= ? AND e.requested_at < ?
ORDER BY e.requested_at, e.elevation, part.role
