-- Why granted elevations ended, and whether each was proved gone.
-- IAM was read without the grant for each that is proved.
-- ? from time: ended at or after it
-- ? to time: ended before it
SELECT cause, COUNT(*) AS ended, COUNT(gone_at) AS proved, COUNT(*) - COUNT(gone_at) AS unproved, COUNT(stuck_at) AS were_stuck, MAX(overstay_seconds) AS longest_overstay
FROM ends
WHERE granted_at IS NOT NULL
  AND ended_at >= ? AND ended_at < ?
GROUP BY cause
ORDER BY ended DESC, cause
