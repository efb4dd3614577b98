-- Emergencies: each break-glass elevation, and who signed its review, how long after its end.
-- A NULL signed_at is a review that is still open: see unsigned-reviews.
-- ? from time: the first request
-- ? to time: requests before it
SELECT elevation, requested_at, requester, requester_name, principal, entitlement, task_kind, task_id, reason, ended_at, signed_at, signer, note, waited_seconds, first_entry, last_entry
FROM reviews
WHERE cause = 'break-glass'
  AND requested_at >= ? AND requested_at < ?
ORDER BY requested_at, elevation
