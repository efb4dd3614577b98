-- Elevations by the day of the request, and what became of them.
-- Policy or a person denied it, or policy refused the grant after the approval. One that waits has no decision; an approved one
-- is not granted yet. Each request has one outcome.
-- ? from time: requested at or after it
-- ? to time: requested before it
SELECT
  SUBSTR(requested_at, 1, 10) AS requested_on,
  COUNT(*) AS requested,
  SUM(CASE WHEN granted_at IS NOT NULL THEN 1 ELSE 0 END) AS granted,
  SUM(CASE WHEN state = 'denied' THEN 1 ELSE 0 END) AS denied,
  SUM(CASE WHEN state = 'refused' THEN 1 ELSE 0 END) AS refused,
  SUM(CASE WHEN state = 'lapsed' THEN 1 ELSE 0 END) AS lapsed,
  SUM(CASE WHEN state = 'withdrawn' THEN 1 ELSE 0 END) AS withdrawn,
  SUM(CASE WHEN state = 'requested' THEN 1 ELSE 0 END) AS waiting,
  SUM(CASE WHEN state = 'approved' THEN 1 ELSE 0 END) AS approved,
  SUM(CASE WHEN granted_at IS NULL THEN 1 ELSE 0 END) AS not_granted
FROM elevations
WHERE requested_at >= ?
  AND requested_at < ?
GROUP BY SUBSTR(requested_at, 1, 10)
ORDER BY requested_on
