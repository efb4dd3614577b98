-- Overstay of elevations that were granted and ended: seconds from the deadline, or the order to end, until IAM was read without the grant.
-- A percentile is the smallest overstay that so many percent do not exceed.
-- ? from time: ended at or after it
-- ? to time: ended before it
SELECT
  COUNT(*) AS ended,
  MIN(CASE WHEN nth * 100 >= measured * 50 THEN overstay_seconds END) AS p50,
  MIN(CASE WHEN nth * 100 >= measured * 95 THEN overstay_seconds END) AS p95,
  MAX(overstay_seconds) AS longest,
  SUM(CASE WHEN overstay_seconds > 60 THEN 1 ELSE 0 END) AS over_60
FROM (
  SELECT overstay_seconds, ROW_NUMBER() OVER (ORDER BY overstay_seconds) AS nth, COUNT(*) OVER () AS measured
  FROM elevations
  WHERE overstay_seconds IS NOT NULL
    AND granted_at IS NOT NULL
    AND ended_at >= ?
    AND ended_at < ?
) AS ranked
ORDER BY ended
