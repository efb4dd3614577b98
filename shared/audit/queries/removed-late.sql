-- Removals of a grant that were recorded late, or came after the proof of its end.
-- after_end: IAM had been read without the grant, so it came back. gone_at is with such removals, proved_gone_at without.
-- ? from time: removed at or after it
-- ? to time: removed before it
-- ? from time: removed at or after it
-- ? to time: removed before it
SELECT r.recorded_at AS removed_at, r.elevation, r.actor AS removed_by, e.principal, e.account, e.entitlement, e.due, e.proved_gone_at, e.gone_at, e.ended_at,
  CASE WHEN r.recorded_at > e.ended_at THEN 1 END AS after_end, e.overstay_seconds, r.log_index
FROM evidence AS r
JOIN elevations AS e ON e.elevation = r.elevation
WHERE r.kind = 'grant.removed'
  AND r.day >= SUBSTR(CAST(? AS varchar), 1, 10) AND r.day <= ?
  AND r.recorded_at >= ? AND r.recorded_at < ?
ORDER BY r.recorded_at, r.log_index
