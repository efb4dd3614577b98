-- Who held what in an account at an instant.
-- A grant is held from the moment it may exist in IAM until IAM was read without it.
-- ? account text: the account
-- ? at time: the instant
-- ? at time: the instant
SELECT elevation, requester, requester_name, principal, entitlement, task_kind, task_id, granted_at, deadline, gone_at
FROM elevations
WHERE account = ?
  AND granted_at <= ?
  AND (gone_at IS NULL OR gone_at > ?)
ORDER BY granted_at, elevation
