-- What machines, agents and triggers obtained without a person: grants by requester, and how many a person approved.
-- ? from time: granted at or after it
-- ? to time: granted before it
SELECT e.requester, e.entitlement, COUNT(*) AS grants, COUNT(d.elevation) AS approved_by_people, COUNT(DISTINCT e.principal) AS principals, SUM(e.held_seconds) AS held_seconds, MAX(e.granted_at) AS last_at
FROM elevations AS e
LEFT JOIN (
  SELECT DISTINCT elevation
  FROM decisions
  WHERE approve = 1
) AS d ON d.elevation = e.elevation
WHERE e.requester_kind = 'machine'
  AND e.granted_at >= ? AND e.granted_at < ?
GROUP BY e.requester, e.entitlement
ORDER BY grants DESC, e.requester, e.entitlement
