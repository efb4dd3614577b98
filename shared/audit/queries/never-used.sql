-- Elevations that ended without a single call.
-- Only those that ended before the calls of their account were settled, and not while log files may be missing. CloudTrail
-- logs data events only where a trail has them, so a grant of such actions may have been used.
-- ? from time: granted at or after it
-- ? to time: granted before it
SELECT e.elevation, e.requester, e.requester_name, e.principal, e.account, e.entitlement, e.task_kind, e.task_id, e.granted_at, e.gone_at, e.held_seconds, e.first_entry, e.last_entry
FROM elevations AS e
JOIN (
  SELECT account, MAX(settled_until) AS settled_until
  FROM usage
  WHERE kind = 'usage.settled'
  GROUP BY account
) AS s ON s.account = e.account AND e.ended_at < s.settled_until
LEFT JOIN (
  SELECT elevation, SUM(events) AS calls
  FROM latest_usage
  WHERE item = 'total' AND elevation IS NOT NULL
  GROUP BY elevation
) AS u ON u.elevation = e.elevation
LEFT JOIN (
  SELECT DISTINCT account, first_at, last_at
  FROM usage
  WHERE item = 'unproven'
) AS n ON n.account = e.account AND n.first_at <= e.ended_at AND n.last_at >= e.granted_at
WHERE e.granted_at >= ? AND e.granted_at < ?
  AND n.account IS NULL
  AND COALESCE(u.calls, 0) = 0
ORDER BY e.granted_at, e.elevation
