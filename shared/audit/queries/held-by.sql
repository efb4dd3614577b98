-- All that a principal ever held.
-- Standing privilege is not in it: the log has what was granted for a time.
-- ? principal text: the ARN of the role or user
SELECT elevation, requester, requester_name, entitlement, task_kind, task_id, reason, granted_at, deadline, gone_at, cause, held_seconds, state
FROM elevations
WHERE principal = ?
  AND granted_at IS NOT NULL
ORDER BY granted_at, elevation
