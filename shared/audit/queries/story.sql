-- All that the log has about an elevation, in order.
-- ? elevation text: the id
SELECT log_index, recorded_at, kind, actor, approve, cause, seen, COALESCE(why, reason) AS why
FROM evidence
WHERE elevation = ?
ORDER BY log_index
