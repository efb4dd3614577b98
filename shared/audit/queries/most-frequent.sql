-- Which requester asks for which entitlement on which principal most often: candidates for a task of their own.
-- ? from time: the first grant
-- ? to time: grants before it
-- ? least number: granted at least so often
SELECT requester, MIN(requester_name) AS requester_name, entitlement, principal, COUNT(*) AS grants, SUM(held_seconds) AS held_seconds, MIN(granted_at) AS first_at, MAX(granted_at) AS last_at
FROM elevations
WHERE granted_at >= ? AND granted_at < ?
GROUP BY requester, entitlement, principal
HAVING COUNT(*) >= ?
ORDER BY grants DESC, requester, entitlement, principal
