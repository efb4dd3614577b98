-- Ended elevations whose review has no signature, the oldest first.
-- They are to be signed within a week of their end.
-- ? at time: ended before it
SELECT elevation, cause, ended_at, requester, requester_name, principal, entitlement, findings, first_entry, last_entry
FROM reviews
WHERE signed_at IS NULL
  AND ended_at < ?
ORDER BY ended_at, elevation
