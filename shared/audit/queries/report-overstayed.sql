-- Granted elevations that ended with at least so much overstay, the longest first.
-- ? seconds number: at least so many
-- ? from time: ended at or after it
-- ? to time: ended before it
-- ? most number: so many rows
SELECT elevation, requester, requester_name, principal, entitlement, cause, due, gone_at, overstay_seconds, first_entry, last_entry
FROM (
  SELECT elevation, requester, requester_name, principal, entitlement, cause, due, gone_at, overstay_seconds, first_entry, last_entry,
    ROW_NUMBER() OVER (ORDER BY overstay_seconds DESC, elevation) AS nth
  FROM elevations
  WHERE overstay_seconds >= ?
    AND granted_at IS NOT NULL
    AND ended_at >= ? AND ended_at < ?
) AS ranked
WHERE nth <= ?
ORDER BY nth
