-- Elevations by requester, the most first.
-- ? from time: requested at or after it
-- ? to time: requested before it
SELECT requester, MAX(requester_name) AS requester_name, MAX(requester_kind) AS requester_kind, COUNT(*) AS requested, SUM(CASE WHEN granted_at IS NOT NULL THEN 1 ELSE 0 END) AS granted, SUM(held_seconds) AS held_seconds, MAX(last_entry) AS last_entry
FROM elevations
WHERE requested_at >= ?
  AND requested_at < ?
GROUP BY requester
ORDER BY requested DESC, requester
