-- How long grants stayed after they were due to end: the distribution in seconds, by cause of the end.
-- Grants that are not gone yet have no overstay: see stuck. The time until IAM enforces a removal everywhere is not in it.
-- ? from time: ended at or after it
-- ? to time: ended before it
SELECT
  cause,
  COUNT(*) AS ended,
  MIN(CASE WHEN nth * 2 >= total THEN overstay_seconds END) AS median,
  MIN(CASE WHEN nth * 10 >= total * 9 THEN overstay_seconds END) AS p90,
  MIN(CASE WHEN nth * 100 >= total * 99 THEN overstay_seconds END) AS p99,
  MAX(overstay_seconds) AS longest,
  COUNT(CASE WHEN overstay_seconds > 60 THEN 1 END) AS over_a_minute
FROM (
  SELECT cause, overstay_seconds, ROW_NUMBER() OVER (PARTITION BY cause ORDER BY overstay_seconds, elevation) AS nth, COUNT(*) OVER (PARTITION BY cause) AS total
  FROM elevations
  WHERE granted_at IS NOT NULL
    AND ended_at >= ? AND ended_at < ?
    AND overstay_seconds IS NOT NULL
) AS ranked
GROUP BY cause
ORDER BY cause
