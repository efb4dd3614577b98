-- The elevations that were held longest.
-- Elevations that have not ended are not in it: see held-at.
-- ? from time: granted at or after it
-- ? to time: granted before it
-- ? most number: so many rows
SELECT nth, elevation, requester, requester_name, principal, entitlement, granted_at, gone_at, cause, held_seconds
FROM (
  SELECT elevation, requester, requester_name, principal, entitlement, granted_at, gone_at, cause, held_seconds,
    ROW_NUMBER() OVER (ORDER BY held_seconds DESC, elevation) AS nth
  FROM elevations
  WHERE granted_at >= ? AND granted_at < ?
    AND held_seconds IS NOT NULL
) AS ranked
WHERE nth <= ?
ORDER BY nth
