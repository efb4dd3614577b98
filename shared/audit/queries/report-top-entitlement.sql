-- Elevations by entitlement, the most first.
-- ? from time: requested at or after it
-- ? to time: requested before it
SELECT entitlement, COUNT(*) AS requested, SUM(CASE WHEN granted_at IS NOT NULL THEN 1 ELSE 0 END) AS granted, SUM(held_seconds) AS held_seconds, MAX(last_entry) AS last_entry
FROM elevations
WHERE requested_at >= ?
  AND requested_at < ?
GROUP BY entitlement
ORDER BY requested DESC, entitlement
