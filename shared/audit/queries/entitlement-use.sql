-- Each entitlement: how often it was granted, held and used.
-- used counts elevations with a call; calls may still come for days that are not settled.
-- ? from time: granted at or after it
-- ? to time: granted before it
SELECT e.entitlement, COUNT(*) AS grants, COUNT(DISTINCT e.requester) AS requesters, COUNT(DISTINCT e.principal) AS principals, COUNT(e.break_glass) AS emergencies,
  SUM(e.held_seconds) AS held_seconds, COUNT(u.elevation) AS used, SUM(u.calls) AS calls, SUM(u.denied) AS denied
FROM elevations AS e
LEFT JOIN (
  SELECT elevation, SUM(events) AS calls, SUM(denied) AS denied
  FROM latest_usage
  WHERE item = 'total' AND elevation IS NOT NULL
  GROUP BY elevation
) AS u ON u.elevation = e.elevation
WHERE e.granted_at >= ? AND e.granted_at < ?
GROUP BY e.entitlement
ORDER BY grants DESC, e.entitlement
