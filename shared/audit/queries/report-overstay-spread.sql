-- How many granted elevations ended with how much overstay.
-- ? from time: ended at or after it
-- ? to time: ended before it
SELECT
  CASE
    WHEN overstay_seconds <= 5 THEN '0-5 s'
    WHEN overstay_seconds <= 10 THEN '6-10 s'
    WHEN overstay_seconds <= 20 THEN '11-20 s'
    WHEN overstay_seconds <= 30 THEN '21-30 s'
    WHEN overstay_seconds <= 60 THEN '31-60 s'
    WHEN overstay_seconds <= 300 THEN '61-300 s'
    ELSE 'over 300 s'
  END AS overstay,
  COUNT(*) AS elevations,
  MIN(overstay_seconds) AS shortest,
  MAX(overstay_seconds) AS longest
FROM elevations
WHERE overstay_seconds IS NOT NULL
  AND granted_at IS NOT NULL
  AND ended_at >= ?
  AND ended_at < ?
GROUP BY 1
ORDER BY shortest
