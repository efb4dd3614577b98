-- All that a caller did: requests, decisions, ends, signatures, suspensions and refused calls.
-- Reading is not recorded. Over 60 refused calls in an hour are only counted.
-- ? caller text: the caller id
-- ? from time: the first act
-- ? to time: acts before it
-- ? from time: the first act
-- ? to time: acts before it
SELECT recorded_at, kind, elevation, subject, entitlement, approve, fault, COALESCE(why, reason) AS why, log_index
FROM evidence
WHERE actor = ?
  AND day >= SUBSTR(CAST(? AS varchar), 1, 10) AND day <= ?
  AND recorded_at >= ? AND recorded_at < ?
  AND SUBSTR(kind, 1, 4) <> 'row.'
ORDER BY recorded_at, log_index
